"""Routes for who sets cameras up and steers them: leave for the node, a table of cameras."""

from dataclasses import asdict
from typing import Annotated

from ninja import File, Path, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.cctv.csv_import import ImportResult, OnExisting, Outcome, import_cameras
from sigap.cctv.csv_table import MAX_BYTES, Complaint, Mistake
from sigap.cctv.inputs import Moment, RowId
from sigap.cctv.onvif_access import names_of_source, open_setup, open_steering
from sigap.core.refusals import Invalid

router = Router(tags=["cctv"])


class SetupIn(BaseModel):
    """Which node is to look; without it the city's first."""

    node_id: RowId | None = None


class SetupOut(BaseModel):
    """Addresses at the node; ask again before `expires_at`."""

    expires_at: Moment
    node_id: int
    node_name: str
    discover: str
    probe_device: str
    probe_stream: str


class SteeringIn(BaseModel):
    """What for; the log keeps it with the name."""

    purpose: str = Field(min_length=3, max_length=200)


class SteeringOut(BaseModel):
    """GET tells the presets, POST moves; ask again before `expires_at`."""

    expires_at: Moment
    ptz: str


class SourceIn(BaseModel):
    """An address, and the camera that it may belong to."""

    source_url: str = Field(min_length=1, max_length=500)
    camera_id: RowId | None = None


class SameSourceOut(BaseModel):
    """Names of cameras that have this source already."""

    names: list[str]


class ImportQuery(BaseModel):
    """`dry_run`: only look what would happen."""

    dry_run: bool = True
    existing: OnExisting = OnExisting.REFUSE


class ComplaintOut(BaseModel):
    """`row` as a spreadsheet numbers it, 0 for the file. `other`: what it collides with."""

    row: int
    column: str
    mistake: Mistake
    other: str


class ImportedRowOut(BaseModel):
    """What a row becomes."""

    row: int
    name: str
    outcome: Outcome


class ImportOut(BaseModel):
    """With `complaints` nothing was written. `warnings` stop nothing."""

    written: bool
    rows: list[ImportedRowOut]
    complaints: list[ComplaintOut]
    warnings: list[ComplaintOut]


@operation(
    router,
    "POST",
    "/cameras/setup-access",
    permission=Permission.MANAGE_CAMERAS,
    response=SetupOut,
)
def open_camera_setup(request: ActorRequest, body: SetupIn) -> SetupOut:
    """Leave to find cameras and to look at streams through a node; written to the log."""
    return SetupOut(**asdict(open_setup(request.actor, body.node_id)))


@operation(
    router,
    "POST",
    "/cameras/same-source",
    permission=Permission.MANAGE_CAMERAS,
    response=SameSourceOut,
)
def find_same_source(request: ActorRequest, body: SourceIn) -> SameSourceOut:
    """Which cameras have this source already."""
    try:
        names = names_of_source(request.actor.city, body.source_url, but=body.camera_id)
    except ValueError:
        raise Invalid("bad_source", "This is no address.", field="source_url") from None
    return SameSourceOut(names=names)


@operation(
    router,
    "POST",
    "/cameras/import",
    permission=Permission.MANAGE_CAMERAS,
    response=ImportOut,
)
def import_camera_table(
    request: ActorRequest, query: Query[ImportQuery], table: Annotated[UploadedFile, File()]
) -> ImportOut:
    """Cameras of a CSV file: all or none; by default only what would happen."""
    if (table.size or 0) > MAX_BYTES:
        raise Invalid("file_too_large", "The file is larger than 2 MB.", field="table")
    result = import_cameras(
        request.actor, table.read(), existing=query.existing, dry_run=query.dry_run
    )
    return _import_out(result)


@operation(
    router,
    "POST",
    "/cameras/{camera_id}/ptz-access",
    permission=Permission.CONTROL_PTZ,
    response=SteeringOut,
)
def open_camera_steering(
    request: ActorRequest, camera_id: Annotated[RowId, Path()], body: SteeringIn
) -> SteeringOut:
    """Leave to turn a camera; written to the log with its purpose."""
    return SteeringOut(**asdict(open_steering(request.actor, camera_id, body.purpose)))


def _import_out(result: ImportResult) -> ImportOut:
    return ImportOut(
        written=result.written,
        rows=[ImportedRowOut(**asdict(row)) for row in result.rows],
        complaints=[_complaint(one) for one in result.complaints],
        warnings=[_complaint(one) for one in result.warnings],
    )


def _complaint(complaint: Complaint) -> ComplaintOut:
    return ComplaintOut(**asdict(complaint))
