"""Routes for camera nodes: configuration, health, counts. Alarms are intake's (they make signals).

Every route proves the node by its token before the body is read.
"""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from sigap.accounts.routing import Access, ActorRequest, operation
from sigap.cctv.counts import MinuteCount, take_counts
from sigap.cctv.health import (
    CameraHealth,
    NodeHealth,
    ReportedState,
    ViewerHealth,
    take_health,
)
from sigap.cctv.inputs import BIGGEST_ID, BIGGEST_INT, Moment, RowId
from sigap.cctv.measures import MinuteMeasure, take_measures
from sigap.cctv.models import DecodeLevel, MeasureKind, StreetClass
from sigap.cctv.node_auth import node_of
from sigap.cctv.node_config import NodeConfig, node_config
from sigap.cctv.revocation import users_to_cut
from sigap.core.tenancy import reading

router = Router(tags=["node"])

# Of one node, those that are switched off among them.
MAX_CAMERAS = 10_000

Bytes = Annotated[int, Field(ge=0, le=BIGGEST_ID)]
Finite = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=0, le=20_000)]
Crossings = Annotated[int, Field(ge=0, le=BIGGEST_INT)]


class CameraHealthIn(BaseModel):
    """One camera's health in a node's report."""

    camera_id: RowId
    state: ReportedState
    reason: str = Field("", max_length=1000)
    fps: float = Field(0, ge=0, le=1000, allow_inf_nan=False)
    bitrate_bps: int = Field(0, ge=0, le=BIGGEST_ID)
    last_frame_at: Moment | None = None
    width: Pixels = 0
    height: Pixels = 0
    codec: str | None = Field("", max_length=40)
    recording: bool = False
    segments_bytes: Bytes = 0
    recorded_from: Moment | None = None
    gap_s_24h: Finite = 0
    clock_skew_s: float | None = Field(None, ge=-1e9, le=1e9, allow_inf_nan=False)
    key_interval_s: Finite = 0
    audio_codec: str = Field("", max_length=20)
    analysis: str = Field("", max_length=12)
    analysis_dropped: Bytes = 0
    decode_level: DecodeLevel = DecodeLevel.OFF
    detector_wait_ms: Finite = 0


class ViewerIn(BaseModel):
    """Somebody who is watching now."""

    user_id: str = Field(max_length=20)
    camera_uuid: str = Field(max_length=64)
    view: str = Field(max_length=12)
    since: Moment
    mark: str = Field("", max_length=40)


class HealthIn(BaseModel):
    """A node's report on itself and its cameras."""

    sent_at: Moment
    epoch: int = Field(ge=0, le=BIGGEST_INT)
    cameras: list[CameraHealthIn] = Field(max_length=MAX_CAMERAS)
    rss_bytes: Bytes = 0
    cpu_s: float = Field(0, ge=0, allow_inf_nan=False)
    disk_total_bytes: Bytes = 0
    disk_free_bytes: Bytes = 0
    disk_full_at: Moment | None = None
    detector_busy: Finite = 0
    detector_queue_ms: Finite = 0
    viewers: list[ViewerIn] = Field(default=[], max_length=5000)


class CountIn(BaseModel):
    """One minute of one line and class, as the node has it now."""

    camera_id: RowId
    rule_id: RowId
    minute: Moment
    street_class: StreetClass = Field(alias="class")
    forward: Crossings
    backward: Crossings


class CountsIn(BaseModel):
    """Minutes of counts."""

    rows: list[CountIn] = Field(max_length=5000)


class HealthTaken(BaseModel):
    """How many rows were kept, and the users whose viewing ends now."""

    taken: int
    cut: list[str] = []


class Taken(BaseModel):
    """How many rows were kept."""

    taken: int


@operation(
    router,
    "GET",
    "/node/config",
    permission=Access.NODE,
    response={200: NodeConfig, 304: None},
)
def read_node_config(request: ActorRequest, since: int | None = None) -> NodeConfig | HttpResponse:
    """What the node has to watch; 304 if nothing changed since version `since`."""
    node = node_of(request)
    if since is not None and since == node.config_version:
        return HttpResponse(status=304)
    with reading(node.city_id):
        return node_config(node)


@operation(router, "POST", "/node/health", permission=Access.NODE, response=HealthTaken)
def report_health(request: ActorRequest, body: HealthIn) -> HealthTaken:
    """Health of the node and its cameras, every two seconds and at every change."""
    node = node_of(request)
    viewers = [ViewerHealth(**viewer.model_dump()) for viewer in body.viewers]
    take_health(
        request.actor,
        node,
        NodeHealth(
            epoch=body.epoch,
            rss_bytes=body.rss_bytes,
            cpu_s=body.cpu_s,
            cameras=[_health(camera) for camera in body.cameras],
            disk_total_bytes=body.disk_total_bytes,
            disk_free_bytes=body.disk_free_bytes,
            disk_full_at=body.disk_full_at,
            detector_busy=body.detector_busy,
            detector_queue_ms=body.detector_queue_ms,
            viewers=viewers,
        ),
    )
    return HealthTaken(taken=len(body.cameras), cut=users_to_cut(node, viewers))


@operation(router, "POST", "/node/counts", permission=Access.NODE, response=Taken)
def report_counts(request: ActorRequest, body: CountsIn) -> Taken:
    """Line counts; repeating a minute replaces it."""
    counts = [
        MinuteCount(
            camera_id=row.camera_id,
            rule_id=row.rule_id,
            minute=row.minute,
            street_class=row.street_class,
            forward=row.forward,
            backward=row.backward,
        )
        for row in body.rows
    ]
    return Taken(taken=take_counts(request.actor, node_of(request), counts))


class MeasureIn(BaseModel):
    """What one rule read in one minute, as the node has it now."""

    camera_id: RowId
    rule_id: RowId
    minute: Moment
    measure: MeasureKind
    street_class: StreetClass = Field(alias="class")
    samples: Crossings
    mean: Finite
    largest: Finite


class MeasuresIn(BaseModel):
    """Minutes of readings."""

    rows: list[MeasureIn] = Field(max_length=5000)


@operation(router, "POST", "/node/measures", permission=Access.NODE, response=Taken)
def report_measures(request: ActorRequest, body: MeasuresIn) -> Taken:
    """Readings of speed, queue and crowd; repeating a minute replaces it."""
    rows = [MinuteMeasure(**row.model_dump()) for row in body.rows]
    return Taken(taken=take_measures(request.actor, node_of(request), rows))


def _health(told: CameraHealthIn) -> CameraHealth:
    return CameraHealth(
        camera_id=told.camera_id,
        state=told.state,
        reason=told.reason[:120],
        fps=told.fps,
        bitrate_bps=told.bitrate_bps,
        last_frame_at=told.last_frame_at,
        width=told.width,
        height=told.height,
        codec=told.codec or "",
        recording=told.recording,
        segments_bytes=told.segments_bytes,
        recorded_from=told.recorded_from,
        gap_s_24h=told.gap_s_24h,
        clock_skew_s=told.clock_skew_s,
        key_interval_s=told.key_interval_s,
        audio_codec=told.audio_codec,
        analysis=told.analysis,
        analysis_dropped=told.analysis_dropped,
        decode_level=told.decode_level,
        detector_wait_ms=told.detector_wait_ms,
    )
