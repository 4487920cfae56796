"""Reading evidence exports: the list, one with its manifest, the keys that sign. Called by the
API and by `node_config`.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel

from sigap.cctv.health import NODE_SILENT_AFTER
from sigap.cctv.models import EvidenceChain, EvidenceExport, ExportProblem, ExportState
from sigap.core import clock
from sigap.core.refusals import NotFound

PAGE = 50


class ExportItemRow(BaseModel):
    """A stretch of one camera."""

    camera_id: int
    camera_name: str
    start: datetime
    end: datetime


class ExportRow(BaseModel):
    """An export as the list shows it. `node_away`: it cannot go on before its node returns."""

    id: int
    uuid: UUID
    number: int | None
    state: ExportState
    progress: float
    problem: ExportProblem | None
    masked: bool
    reason: str
    incident_id: int | None
    incident_number: int | None
    requested_by: str
    requested_at: datetime
    ready_at: datetime | None
    size_bytes: int
    manifest_sha256: str
    node_name: str
    node_away: bool
    items: list[ExportItemRow]


class ExportDetail(ExportRow):
    """With its manifest, its signature and the manifest before it."""

    manifest: dict[str, Any] | None
    signature: str
    previous_sha256: str


class SigningKey(BaseModel):
    """What a city's manifests are signed with: Ed25519, hexadecimal."""

    city: str
    public_key: str
    last_number: int


def list_exports(city_id: int, *, before: int | None = None) -> list[ExportRow]:
    """The newest first, 50 at a time; `before`: the smallest id of the page before."""
    exports = _exports(city_id)
    if before is not None:
        exports = exports.filter(pk__lt=before)
    return [export_row(export) for export in exports.order_by("-pk")[:PAGE]]


def export_detail(city_id: int, export_id: int) -> ExportDetail:
    """One export. Raises NotFound."""
    export = _exports(city_id).filter(pk=export_id).first()
    if export is None:
        raise NotFound("export")
    return ExportDetail(
        **export_row(export).model_dump(),
        manifest=export.manifest,
        signature=export.signature,
        previous_sha256=export.previous_sha256,
    )


def export_row(export: EvidenceExport) -> ExportRow:
    """The row of one export."""
    seen_at = export.node.last_seen_at
    return ExportRow(
        id=export.pk,
        uuid=export.uuid,
        number=export.number,
        state=ExportState(export.state),
        progress=export.progress,
        problem=ExportProblem(export.problem) if export.problem else None,
        masked=export.masked,
        reason=export.reason,
        incident_id=export.incident_id,
        incident_number=export.incident_number,
        requested_by=export.requested_by.display_name if export.requested_by else "",
        requested_at=export.requested_at,
        ready_at=export.ready_at,
        size_bytes=export.size_bytes,
        manifest_sha256=export.manifest_sha256,
        node_name=export.node.name,
        node_away=seen_at is None or clock.now() - seen_at > NODE_SILENT_AFTER,
        items=[
            ExportItemRow(
                camera_id=item.camera_id,
                camera_name=item.camera.name,
                start=item.starts_at,
                end=item.ends_at,
            )
            for item in export.items.all()
        ],
    )


def signing_keys() -> list[SigningKey]:
    """Of all cities; for whoever has to trust a manifest. Call it where every city is seen."""
    chains = EvidenceChain.objects.select_related("city").order_by("city__code")
    return [
        SigningKey(city=chain.city.code, public_key=chain.public_key, last_number=chain.last_number)
        for chain in chains
    ]


def _exports(city_id: int) -> QuerySet[EvidenceExport]:
    return (
        EvidenceExport.objects.filter(city_id=city_id)
        .select_related("node", "requested_by")
        .prefetch_related("items__camera")
    )
