"""Routes for staff: cameras and their masks, their video and their counts."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from ninja import Path, Query, Router, Status
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.cctv import actions
from sigap.cctv.actions import CameraForm
from sigap.cctv.counts import count_series
from sigap.cctv.inputs import Latitude, Longitude, Moment, PicturePoint, RowId, Version
from sigap.cctv.models import CameraPurpose, StreetClass
from sigap.cctv.queries import (
    CameraDetail,
    CameraRow,
    NearCamera,
    camera_detail,
    camera_row,
    cameras_near,
    console_rows,
)
from sigap.cctv.viewing import ViewKind, ViewWish, open_view
from sigap.core import clock
from sigap.core.geometry import LatLon

router = Router(tags=["cctv"])

CameraId = Annotated[RowId, Path()]
DEFAULT_COUNTS = timedelta(hours=24)


class CameraIn(BaseModel):
    """A camera as its form sends it. An empty `source_url` keeps the one there is."""

    name: str = Field(min_length=1, max_length=120)
    source_url: str = Field("", max_length=500)
    lat: Latitude
    lon: Longitude
    bearing_deg: float = Field(0, ge=0, le=360, allow_inf_nan=False)
    field_of_view_deg: float = Field(70, ge=5, le=360, allow_inf_nan=False)
    range_m: float = Field(60, ge=1, le=5000, allow_inf_nan=False)
    purpose: CameraPurpose = CameraPurpose.SECURITY
    analyse: bool = True
    enabled: bool = True
    retention_h: int | None = Field(None, ge=1, le=24 * 366)
    sub_url: str = Field("", max_length=500)
    onvif_url: str = Field("", max_length=200, pattern=r"^(https?://[^\s]+)?$")
    critical: bool = False
    keep_audio: bool = False
    node_id: RowId | None = None

    def form(self) -> CameraForm:
        """What the action takes."""
        values = self.model_dump(exclude={"lat", "lon", "version"})
        return CameraForm(place=LatLon(self.lat, self.lon), **values)


class CameraChange(CameraIn):
    """A changed camera; `version` is the one that the user had before the eyes."""

    version: Version


class MasksIn(BaseModel):
    """All masks of a camera. `known_ids`: those that the user had before the eyes, so that nobody
    takes away a mask that somebody else has drawn meanwhile; None replaces whatever there is."""

    masks: list[list[PicturePoint]] = Field(max_length=20)
    known_ids: list[RowId] | None = Field(None, max_length=100)


class ViewIn(BaseModel):
    """What to see and what for; the log keeps the answer with the viewer's name."""

    what: ViewKind
    purpose: str = Field(min_length=3, max_length=200)
    start: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")
    incident_id: RowId | None = None


class ViewOut(BaseModel):
    """Signed addresses; ask again before `expires_at`."""

    expires_at: Moment
    snapshot: str
    live_ws: str | None
    live_sub_ws: str | None
    live_hls: str | None
    play: str | None
    play_hls: str | None
    index: str | None
    motion: str | None
    thumb: str | None
    clip: str | None


class CountStepOut(BaseModel):
    """Crossings of one line by one class within one step."""

    rule_id: int
    start: Moment
    street_class: StreetClass
    forward: int
    backward: int


class NearQuery(BaseModel):
    """A place, and how many cameras around it."""

    lat: Latitude
    lon: Longitude
    limit: int = Field(8, ge=1, le=50)


class CountsQuery(BaseModel):
    """A period and the width of its steps."""

    start: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")
    step_s: int = Field(3600, ge=60, le=7 * 86400)


@operation(router, "GET", "/cameras", permission=Permission.VIEW_CAMERAS, response=list[CameraRow])
def list_cameras(request: ActorRequest) -> list[CameraRow]:
    """All cameras of the city."""
    return console_rows(request.actor.city, None)


@operation(
    router, "GET", "/cameras/near", permission=Permission.VIEW_CAMERAS, response=list[NearCamera]
)
def list_cameras_near(request: ActorRequest, near: Query[NearQuery]) -> list[NearCamera]:
    """Cameras around a place, first those that see it."""
    return cameras_near(request.actor.city, LatLon(near.lat, near.lon), limit=near.limit)


@operation(
    router, "POST", "/cameras", permission=Permission.MANAGE_CAMERAS, response={201: CameraRow}
)
def create_camera(request: ActorRequest, body: CameraIn) -> Status[CameraRow]:
    """Give the city a camera."""
    return Status(201, camera_row(actions.add_camera(request.actor, body.form())))


@operation(
    router,
    "GET",
    "/cameras/{camera_id}",
    permission=Permission.VIEW_CAMERAS,
    response=CameraDetail,
)
def read_camera(request: ActorRequest, camera_id: CameraId) -> CameraDetail:
    """One camera with its rules and masks."""
    return camera_detail(request.actor, camera_id)


@operation(
    router,
    "PUT",
    "/cameras/{camera_id}",
    permission=Permission.MANAGE_CAMERAS,
    response=CameraRow,
)
def update_camera(request: ActorRequest, camera_id: CameraId, body: CameraChange) -> CameraRow:
    """Change a camera."""
    return camera_row(actions.change_camera(request.actor, camera_id, body.version, body.form()))


@operation(
    router,
    "DELETE",
    "/cameras/{camera_id}",
    permission=Permission.MANAGE_CAMERAS,
    response={204: None},
)
def delete_camera(request: ActorRequest, camera_id: CameraId) -> Status[None]:
    """Switch a camera off; its history stays."""
    actions.retire_camera(request.actor, camera_id)
    return Status(204, None)


@operation(
    router,
    "PUT",
    "/cameras/{camera_id}/masks",
    permission=Permission.MANAGE_CAMERAS,
    response=CameraDetail,
)
def update_masks(request: ActorRequest, camera_id: CameraId, body: MasksIn) -> CameraDetail:
    """Replace the masked parts of a camera's picture; 409 if others drew some meanwhile."""
    actions.set_masks(request.actor, camera_id, body.masks, known_ids=body.known_ids)
    return camera_detail(request.actor, camera_id)


@operation(
    router,
    "POST",
    "/cameras/{camera_id}/view",
    permission=Permission.VIEW_VIDEO,
    response=ViewOut,
)
def view_camera(request: ActorRequest, camera_id: CameraId, body: ViewIn) -> ViewOut:
    """Signed addresses of a camera's video; every call is written to the log with its purpose."""
    wish = ViewWish(
        what=body.what,
        purpose=body.purpose,
        start=body.start,
        end=body.end,
        incident_id=body.incident_id,
    )
    return ViewOut(**asdict(open_view(request.actor, camera_id, wish)))


@operation(
    router,
    "GET",
    "/cameras/{camera_id}/counts",
    permission=Permission.VIEW_CAMERAS,
    response=list[CountStepOut],
)
def read_counts(
    request: ActorRequest, camera_id: CameraId, period: Query[CountsQuery]
) -> list[CountStepOut]:
    """How many crossed the camera's lines, per step; by default the last 24 hours per hour."""
    camera_detail(request.actor, camera_id)
    end = period.end or clock.now()
    series = count_series(
        request.actor.city,
        camera_id,
        start=period.start or end - DEFAULT_COUNTS,
        end=end,
        step=timedelta(seconds=period.step_s),
    )
    return [
        CountStepOut(
            rule_id=step.rule_id,
            start=step.start,
            street_class=StreetClass(step.street_class),
            forward=step.forward,
            backward=step.backward,
        )
        for step in series
    ]
