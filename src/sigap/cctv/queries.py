"""Reading cameras: rows for the console, details, the ones nearest to a place."""

import math
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from sigap.accounts.permissions import Permission, scope_of
from sigap.cctv.models import (
    Camera,
    CameraPurpose,
    CameraState,
    DecodeLevel,
    Mask,
    Rule,
    RuleKind,
    StreetClass,
)
from sigap.cctv.rule_settings import RuleSettings
from sigap.cctv.shapes import Points
from sigap.cctv.sources import shown_source
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon, box_around, distance_m
from sigap.core.refusals import NotFound


class CameraRow(BaseModel):
    """A camera as the console's table and map show it."""

    id: int
    uuid: UUID
    name: str
    lat: float
    lon: float
    bearing_deg: float
    field_of_view_deg: float
    range_m: float
    area_id: int | None
    purpose: CameraPurpose
    enabled: bool
    analyse: bool
    recording: bool
    state: CameraState
    state_since: datetime | None
    state_reason: str
    last_frame_at: datetime | None
    fps: float
    bitrate_bps: int
    width: int
    height: int
    version: int
    # Seconds of the last 24 hours that should have been recorded and were not.
    gap_s_24h: float = 0
    # Has an address for steering; whether the camera turns, it says itself.
    steerable: bool = False
    agency_ids: list[int] = []


class NearCamera(BaseModel):
    """A camera near a place; `sees`: the place lies in its field of view, within its range."""

    camera: CameraRow
    distance_m: float
    sees: bool


class RuleRow(BaseModel):
    """A rule as its editor needs it."""

    id: int
    uuid: UUID
    camera_id: int
    name: str
    kind: RuleKind
    points: Points
    classes: list[StreetClass]
    min_score: float
    dwell_s: float
    category: str | None
    priority: int | None
    enabled: bool
    settings: RuleSettings
    floor: float
    quiet: bool
    quiet_since: datetime | None
    quiet_reason: str
    version: int


class MaskRow(BaseModel):
    """A masked part of the picture."""

    id: int
    points: Points


class CameraDetail(BaseModel):
    """A camera with its rules and masks. `source` is for who manages cameras, password covered."""

    camera: CameraRow
    rules: list[RuleRow]
    masks: list[MaskRow]
    source: str | None
    sub_source: str | None
    onvif_url: str
    critical: bool
    keep_audio: bool
    retention_h: int | None
    codec: str
    audio_codec: str
    recorded_bytes: int
    recorded_from: datetime | None
    gap_s_24h: float
    clock_skew_s: float | None
    key_interval_s: float
    analysis_state: str
    analysis_dropped: int
    decode_level: DecodeLevel
    detector_wait_ms: float
    node_id: int
    node_name: str


def console_rows(city_id: int, ids: Sequence[int] | None) -> list[CameraRow]:
    """All cameras of the city, or those of `ids`."""
    cameras = Camera.objects.filter(city_id=city_id)
    if ids is not None:
        cameras = cameras.filter(pk__in=ids)
    return [camera_row(camera) for camera in cameras]


def camera_row(camera: Camera) -> CameraRow:
    """The row of one camera."""
    return CameraRow(
        id=camera.pk,
        uuid=camera.uuid,
        name=camera.name,
        lat=camera.lat,
        lon=camera.lon,
        bearing_deg=camera.bearing_deg,
        field_of_view_deg=camera.field_of_view_deg,
        range_m=camera.range_m,
        area_id=camera.area_id,
        purpose=CameraPurpose(camera.purpose),
        enabled=camera.enabled,
        analyse=camera.analyse,
        recording=camera.recording,
        state=CameraState(camera.state),
        state_since=camera.state_since,
        state_reason=camera.state_reason,
        last_frame_at=camera.last_frame_at,
        fps=camera.fps,
        bitrate_bps=camera.bitrate_bps,
        width=camera.width,
        height=camera.height,
        version=camera.version,
        gap_s_24h=camera.gap_s_24h,
        steerable=bool(camera.onvif_url),
    )


def cameras_near(
    city_id: int, place: LatLon, *, limit: int = 8, radius_m: float = 3000
) -> list[NearCamera]:
    """Cameras around `place`: first those that see it, then by distance."""
    box = box_around(place, radius_m)
    cameras = Camera.objects.filter(
        city_id=city_id,
        enabled=True,
        lat__range=(box.south, box.north),
        lon__range=(box.west, box.east),
    )
    near = [
        NearCamera(
            camera=camera_row(camera),
            distance_m=round(distance_m(LatLon(camera.lat, camera.lon), place), 1),
            sees=sees(camera, place),
        )
        for camera in cameras
    ]
    near.sort(key=lambda found: (not found.sees, found.distance_m))
    return near[:limit]


def sees(camera: Camera, place: LatLon) -> bool:
    """Whether `place` lies in the camera's field of view on flat ground; walls are not known."""
    at = LatLon(camera.lat, camera.lon)
    metres = distance_m(at, place)
    if metres > camera.range_m:
        return False
    off = (bearing_deg(at, place) - camera.bearing_deg + 180) % 360 - 180
    return metres < 2 or abs(off) <= camera.field_of_view_deg / 2


def bearing_deg(start: LatLon, end: LatLon) -> float:
    """Direction from `start` to `end`, clockwise from north; for distances within a city."""
    east = (end.lon - start.lon) * math.cos(math.radians(start.lat))
    return math.degrees(math.atan2(east, end.lat - start.lat)) % 360


def camera_detail(actor: Actor, camera_id: int) -> CameraDetail:
    """A camera of the actor's city. Raises NotFound."""
    camera = Camera.objects.filter(pk=camera_id, city_id=actor.city).select_related("node").first()
    if camera is None:
        raise NotFound("camera")
    manages = scope_of(actor, Permission.MANAGE_CAMERAS) is not None
    rules = camera.rules.filter(removed_at=None).select_related("category").order_by("id")
    return CameraDetail(
        camera=camera_row(camera),
        rules=[rule_row(rule) for rule in rules],
        masks=[mask_row(mask) for mask in camera.masks.order_by("id")],
        source=shown_source(camera.source_url) if manages else None,
        sub_source=shown_source(camera.sub_url) if manages and camera.sub_url else None,
        onvif_url=camera.onvif_url if manages else "",
        critical=camera.critical,
        keep_audio=camera.keep_audio,
        retention_h=camera.retention_h,
        codec=camera.codec,
        audio_codec=camera.audio_codec,
        recorded_bytes=camera.recorded_bytes,
        recorded_from=camera.recorded_from,
        gap_s_24h=camera.gap_s_24h,
        clock_skew_s=camera.clock_skew_s,
        key_interval_s=camera.key_interval_s,
        analysis_state=camera.analysis_state,
        analysis_dropped=camera.analysis_dropped,
        decode_level=DecodeLevel(camera.decode_level),
        detector_wait_ms=camera.detector_wait_ms,
        node_id=camera.node_id,
        node_name=camera.node.name,
    )


def rule_row(rule: Rule) -> RuleRow:
    """The row of one rule."""
    return RuleRow(
        id=rule.pk,
        uuid=rule.uuid,
        camera_id=rule.camera_id,
        name=rule.name,
        kind=RuleKind(rule.kind),
        points=rule.points,
        classes=[StreetClass(name) for name in rule.classes],
        min_score=rule.min_score,
        dwell_s=rule.dwell_s,
        category=rule.category.code if rule.category else None,
        priority=rule.priority,
        enabled=rule.enabled,
        settings=RuleSettings.model_validate(rule.settings),
        floor=rule.floor,
        quiet=rule.quiet,
        quiet_since=rule.quiet_since,
        quiet_reason=rule.quiet_reason,
        version=rule.version,
    )


def mask_row(mask: Mask) -> MaskRow:
    """The row of one mask."""
    return MaskRow(id=mask.pk, points=mask.points)
