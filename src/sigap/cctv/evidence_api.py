"""Routes of evidence exports: for staff, for the node that cuts them; and the keys, for all."""

from typing import Annotated

from ninja import Path, Router, Status
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import Access, ActorRequest, operation
from sigap.cctv.evidence import (
    MAX_ITEMS,
    ExportForm,
    Stretch,
    cancel_export,
    open_download,
    request_export,
    retry_export,
)
from sigap.cctv.evidence_queries import (
    ExportDetail,
    ExportRow,
    SigningKey,
    export_detail,
    export_row,
    list_exports,
    signing_keys,
)
from sigap.cctv.evidence_report import take_report
from sigap.cctv.inputs import Moment, RowId
from sigap.cctv.node_auth import node_of
from sigap.cctv.report_forms import ExportAnswer, ExportReport
from sigap.core.tenancy import reading_every_city

router = Router(tags=["evidence"])

ExportId = Annotated[RowId, Path()]


class StretchIn(BaseModel):
    """A stretch of one camera."""

    camera_id: RowId
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")


class ExportIn(BaseModel):
    """What to cut and what for; the log and the manifest keep the reason."""

    items: list[StretchIn] = Field(min_length=1, max_length=MAX_ITEMS)
    reason: str = Field(min_length=3, max_length=200)
    incident_id: RowId | None = None
    masked: bool = False


class DownloadIn(BaseModel):
    """What the files are fetched for."""

    purpose: str = Field(min_length=3, max_length=200)


class DownloadOut(BaseModel):
    """Where the files are, as one ZIP, for ten minutes."""

    url: str
    expires_at: Moment


@operation(
    router,
    "GET",
    "/cctv/evidence",
    permission=Permission.EXPORT_EVIDENCE,
    response=list[ExportRow],
)
def read_exports(request: ActorRequest, before: RowId | None = None) -> list[ExportRow]:
    """Exports, the newest first, 50 at a time."""
    return list_exports(request.actor.city, before=before)


@operation(
    router,
    "POST",
    "/cctv/evidence",
    permission=Permission.EXPORT_EVIDENCE,
    response={201: list[ExportRow]},
)
def create_export(request: ActorRequest, body: ExportIn) -> Status[list[ExportRow]]:
    """Have recordings cut as evidence; one export for each node that holds some of them."""
    form = ExportForm(
        items=[Stretch(item.camera_id, item.start, item.end) for item in body.items],
        reason=body.reason,
        incident_id=body.incident_id,
        masked=body.masked,
    )
    return Status(201, [export_row(export) for export in request_export(request.actor, form)])


@operation(
    router,
    "GET",
    "/cctv/evidence/{export_id}",
    permission=Permission.EXPORT_EVIDENCE,
    response=ExportDetail,
)
def read_export(request: ActorRequest, export_id: ExportId) -> ExportDetail:
    """One export with its manifest."""
    return export_detail(request.actor.city, export_id)


@operation(
    router,
    "POST",
    "/cctv/evidence/{export_id}/cancel",
    permission=Permission.EXPORT_EVIDENCE,
    response=ExportRow,
)
def give_up_export(request: ActorRequest, export_id: ExportId) -> ExportRow:
    """Give up an export that is not ready."""
    return export_row(cancel_export(request.actor, export_id))


@operation(
    router,
    "POST",
    "/cctv/evidence/{export_id}/retry",
    permission=Permission.EXPORT_EVIDENCE,
    response=ExportRow,
)
def try_export_again(request: ActorRequest, export_id: ExportId) -> ExportRow:
    """Have a failed or cancelled export cut after all."""
    return export_row(retry_export(request.actor, export_id))


@operation(
    router,
    "POST",
    "/cctv/evidence/{export_id}/download",
    permission=Permission.EXPORT_EVIDENCE,
    response=DownloadOut,
)
def fetch_export(request: ActorRequest, export_id: ExportId, body: DownloadIn) -> DownloadOut:
    """A signed address of the files."""
    url, expires_at = open_download(request.actor, export_id, purpose=body.purpose)
    return DownloadOut(url=url, expires_at=expires_at)


@operation(
    router, "GET", "/public/evidence-keys", permission=Access.PUBLIC, response=list[SigningKey]
)
def read_signing_keys(request: ActorRequest) -> list[SigningKey]:
    """The public keys that cities sign their manifests with."""
    with reading_every_city():
        return signing_keys()


@operation(router, "POST", "/node/evidence", permission=Access.NODE, response=ExportAnswer)
def report_export(request: ActorRequest, body: ExportReport) -> ExportAnswer:
    """How far an export is; when it is ready, its manifest comes back."""
    return take_report(request.actor, node_of(request), body)
