"""What nodes tell of the exports that they cut; the end of the chain moves here and only here.

Called by the node's API.
"""

from sigap.cctv.actions import tell_node
from sigap.cctv.evidence import WAITING
from sigap.cctv.evidence_manifest import append_to_chain, locked_chain, manifest_text
from sigap.cctv.keeping_events import EvidenceFailed, EvidenceReady
from sigap.cctv.models import EvidenceExport, ExportProblem, ExportState, Node
from sigap.cctv.report_forms import CutItem, ExportAnswer, ExportReport, ReportedExport
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Invalid, NotFound
from sigap.core.unit_of_work import Work, unit_of_work


def take_report(actor: Actor, node: Node, report: ExportReport) -> ExportAnswer:
    """Keep a node's word. Said again, READY gets the same manifest again.

    Raises NotFound for an export of another node, Invalid for items nobody asked for.
    """
    with unit_of_work(actor, node.city_id) as work:
        exports = EvidenceExport.objects.select_for_update(of=("self",))
        export = exports.select_related("node", "requested_by").filter(node=node, uuid=report.uuid)
        found = export.first()
        if found is None:
            raise NotFound("export")
        if found.state == ExportState.READY:
            return _ready(found)
        if found.state not in WAITING:
            return ExportAnswer(wanted=False)
        if report.state is ReportedExport.READY:
            _finish(work, found, report.items)
            return _ready(found)
        if report.state is ReportedExport.FAILED:
            _fail(work, found, report.problem or ExportProblem.UNREADABLE)
            return ExportAnswer(wanted=False)
        found.state, found.progress = ExportState.CUTTING, report.progress
        found.save(update_fields=["state", "progress"])
        return ExportAnswer(wanted=True)


def _finish(work: Work, export: EvidenceExport, items: list[CutItem]) -> None:
    wanted = {
        (item.camera.uuid, item.starts_at, item.ends_at)
        for item in export.items.select_related("camera")
    }
    if {(item.camera_uuid, item.start, item.end) for item in items} != wanted:
        raise Invalid("other_items", "These are not the stretches that were asked for.")
    names = [file.name for item in items for file in item.files]
    if not names or len(set(names)) < len(names):
        raise Invalid("bad_files", "An export has at least one file, each of its own name.")
    now = clock.now()
    append_to_chain(export, locked_chain(work.city_id), items, now)
    export.state, export.progress, export.ready_at = ExportState.READY, 1, now
    export.size_bytes = sum(file.size_bytes for item in items for file in item.files)
    export.save()
    work.record(
        EvidenceReady(
            export=str(export.uuid),
            number=export.number or 0,
            manifest_sha256=export.manifest_sha256,
            size_bytes=export.size_bytes,
            incident_id=export.incident_id,
        )
    )
    tell_node(export.node_id)


def _fail(work: Work, export: EvidenceExport, problem: ExportProblem) -> None:
    export.state, export.problem = ExportState.FAILED, problem.value
    export.save(update_fields=["state", "problem"])
    work.record(
        EvidenceFailed(
            export=str(export.uuid), problem=problem.value, incident_id=export.incident_id
        )
    )
    tell_node(export.node_id)


def _ready(export: EvidenceExport) -> ExportAnswer:
    return ExportAnswer(wanted=True, manifest=manifest_text(export), signature=export.signature)
