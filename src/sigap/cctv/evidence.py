"""Evidence exports as people handle them: ask, cancel, try again, fetch. Called by the API.

The cutting is the node's (`sigap.node.evidence`), which reports to `evidence_report`.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sigap.accounts.permissions import Permission, require, scope_of
from sigap.cctv.actions import tell_node
from sigap.cctv.keeping_events import (
    EvidenceCancelled,
    EvidenceDownloaded,
    EvidenceRequested,
    EvidenceRetried,
)
from sigap.cctv.models import Camera, EvidenceExport, EvidenceItem, ExportState
from sigap.cctv.viewing import signed_claims
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, Invalid, NotFound, NotPermitted
from sigap.core.unit_of_work import Work, unit_of_work

LONGEST_ITEM = timedelta(hours=24)
MAX_ITEMS = 64
MAX_WAITING = 20
DOWNLOAD_LIFETIME = timedelta(minutes=10)
WAITING = (ExportState.REQUESTED, ExportState.CUTTING)

# How a higher package tells the number of an incident that the actor may see (config.lookups).
incident_number_lookups: list[Callable[[Actor, int], int]] = []


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one camera."""

    camera_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ExportForm:
    """What to cut, and what for. `masked`: with the privacy masks burnt in, encoded anew."""

    items: Sequence[Stretch]
    reason: str
    incident_id: int | None = None
    masked: bool = False


def request_export(actor: Actor, form: ExportForm) -> list[EvidenceExport]:
    """Have recordings cut; one export for each node that holds some of them.

    Raises NotFound for a camera of another city, NotPermitted for unmasked pictures without leave,
    Conflict when too many wait already.
    """
    require(actor, Permission.EXPORT_EVIDENCE)
    if not form.masked and scope_of(actor, Permission.VIEW_UNMASKED) is None:
        raise NotPermitted(Permission.VIEW_UNMASKED.value)
    for stretch in form.items:
        _refuse_bad_stretch(stretch, clock.now())
    number = _incident_number(actor, form.incident_id)
    with unit_of_work(actor) as work:
        waiting = EvidenceExport.objects.filter(city_id=work.city_id, state__in=WAITING)
        if waiting.count() >= MAX_WAITING:
            raise Conflict("too_many_exports", "Wait until some exports are ready.")
        return [
            _create(work, form, number, node_id=node_id, stretches=stretches)
            for node_id, stretches in _by_node(work.city_id, form.items).items()
        ]


def _create(
    work: Work, form: ExportForm, number: int | None, *, node_id: int, stretches: list[Stretch]
) -> EvidenceExport:
    export = EvidenceExport.objects.create(
        city_id=work.city_id,
        node_id=node_id,
        requested_by_id=work.actor.user_id,
        requested_at=clock.now(),
        reason=form.reason.strip(),
        incident_id=form.incident_id,
        incident_number=number,
        masked=form.masked,
    )
    EvidenceItem.objects.bulk_create(
        EvidenceItem(
            city_id=work.city_id,
            export=export,
            camera_id=stretch.camera_id,
            starts_at=stretch.start,
            ends_at=stretch.end,
        )
        for stretch in stretches
    )
    work.record(
        EvidenceRequested(
            export=str(export.uuid),
            cameras=sorted({stretch.camera_id for stretch in stretches}),
            masked=form.masked,
            reason=export.reason,
            incident_id=form.incident_id,
        )
    )
    tell_node(node_id)
    return export


def cancel_export(actor: Actor, export_id: int) -> EvidenceExport:
    """Give up an export that is not ready. Raises Conflict if it is too late."""
    with unit_of_work(actor) as work:
        export = _lock(actor, export_id, *WAITING)
        export.state = ExportState.CANCELLED
        export.save(update_fields=["state"])
        work.record(EvidenceCancelled(export=str(export.uuid), incident_id=export.incident_id))
        tell_node(export.node_id)
        return export


def retry_export(actor: Actor, export_id: int) -> EvidenceExport:
    """Have a failed or cancelled export cut after all."""
    with unit_of_work(actor) as work:
        export = _lock(actor, export_id, ExportState.FAILED, ExportState.CANCELLED)
        export.state, export.problem, export.progress = ExportState.REQUESTED, "", 0
        export.save(update_fields=["state", "problem", "progress"])
        work.record(EvidenceRetried(export=str(export.uuid), incident_id=export.incident_id))
        tell_node(export.node_id)
        return export


def open_download(actor: Actor, export_id: int, *, purpose: str) -> tuple[str, datetime]:
    """The address of the files as one ZIP, and until when it counts; the log keeps what for."""
    with unit_of_work(actor) as work:
        export = _lock(actor, export_id, ExportState.READY)
        if not export.masked and scope_of(actor, Permission.VIEW_UNMASKED) is None:
            raise NotPermitted(Permission.VIEW_UNMASKED.value)
        work.record(
            EvidenceDownloaded(
                export=str(export.uuid),
                number=export.number or 0,
                purpose=purpose.strip(),
                incident_id=export.incident_id,
            )
        )
        now = clock.now()
        expires_at = now + DOWNLOAD_LIFETIME
        claims: dict[str, object] = {
            "c": str(export.uuid),
            "v": ["export"],
            "u": actor.user_id or 0,
            "e": int(expires_at.timestamp()),
            "i": int(now.timestamp()),
            "m": export.masked,
        }
        base = export.node.base_url.rstrip("/")
        query = urlencode({"t": signed_claims(export.node, claims)})
        return f"{base}/media/evidence/{export.uuid}.zip?{query}", expires_at


def _lock(actor: Actor, export_id: int, *states: ExportState) -> EvidenceExport:
    require(actor, Permission.EXPORT_EVIDENCE)
    exports = EvidenceExport.objects.select_for_update(of=("self",)).select_related("node")
    export = exports.filter(pk=export_id, city_id=actor.city).first()
    if export is None:
        raise NotFound("export")
    if export.state not in states:
        raise Conflict(
            "wrong_state", f"Not possible now: this export is {export.state}.", state=export.state
        )
    return export


def _refuse_bad_stretch(stretch: Stretch, now: datetime) -> None:
    if stretch.end <= stretch.start:
        raise Invalid("bad_period", "The period must end after it begins.", field="to")
    if stretch.end - stretch.start > LONGEST_ITEM:
        raise Invalid("period_too_long", "Export no more than 24 hours of a camera.", field="to")
    if stretch.end > now:
        raise Invalid("not_over", "The period must be over.", field="to")


def _by_node(city_id: int, items: Sequence[Stretch]) -> dict[int, list[Stretch]]:
    wanted = {stretch.camera_id for stretch in items}
    cameras = Camera.objects.filter(city_id=city_id, pk__in=wanted)
    node_of = dict(cameras.values_list("pk", "node_id"))
    if len(node_of) < len(wanted):
        raise NotFound("camera")
    found: dict[int, list[Stretch]] = defaultdict(list)
    for stretch in items:
        found[node_of[stretch.camera_id]].append(stretch)
    return found


def _incident_number(actor: Actor, incident_id: int | None) -> int | None:
    if incident_id is None:
        return None
    for look_up in incident_number_lookups:
        return look_up(actor, incident_id)
    return None
