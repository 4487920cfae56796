"""Live pictures of many cameras at once: a wall asks one time, not once a tile."""

from dataclasses import asdict

from ninja import Router
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.cctv.api import ViewOut
from sigap.cctv.inputs import RowId
from sigap.cctv.viewing import open_live_views

router = Router(tags=["cctv"])

MOST_CAMERAS = 64


class LiveViewsIn(BaseModel):
    """Which cameras to see live and what for; each is written to the log by itself."""

    camera_ids: list[RowId] = Field(min_length=1, max_length=MOST_CAMERAS)
    purpose: str = Field(min_length=3, max_length=200)
    incident_id: RowId | None = None


class CameraView(ViewOut):
    """The addresses of one of them."""

    camera_id: int


@operation(
    router, "POST", "/live-views", permission=Permission.VIEW_VIDEO, response=list[CameraView]
)
def view_cameras(request: ActorRequest, body: LiveViewsIn) -> list[CameraView]:
    """Signed live addresses of many cameras; one that cannot be seen is left out of the answer."""
    views = open_live_views(request.actor, body.camera_ids, body.purpose, body.incident_id)
    return [CameraView(camera_id=pk, **asdict(view)) for pk, view in views.items()]
