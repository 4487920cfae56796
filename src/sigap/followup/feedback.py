"""The reporter's answer to "is it fixed?". Called by the citizen pages; the code is the key."""

from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import NotFound
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.actions import reopen_incident_if_ended, reopen_locked
from sigap.followup.events import TaskConfirmed
from sigap.followup.locking import lock_incident_of_task, move_task
from sigap.followup.models import Proof, Task
from sigap.followup.transitions import LIVE, TASK_MACHINE, TaskAction, TaskState
from sigap.incidents.ending import Ending, close_by_follow_up
from sigap.incidents.models import Disposition, Incident
from sigap.incidents.transitions import IncidentState
from sigap.intake.models import Report, Signal
from sigap.intake.reports import advance_report
from sigap.intake.transitions import ReportAction

CONFIRMED_NOTE = "Pelapor menyatakan sudah selesai."


def confirm_report(actor: Actor, report_id: int) -> Report:
    """The reporter says it is fixed: report and tasks confirmed, the incident closed.

    Raises NotFound, Conflict("wrong_state") if it is not resolved.
    """
    with unit_of_work(actor) as work:
        incident = _lock(actor, report_id)
        report = advance_report(actor, report_id, ReportAction.CONFIRM)
        if incident is None:
            return report
        for task in _tasks(incident, TaskAction.CONFIRM):
            move_task(task, TaskAction.CONFIRM)
            task.confirmed_at = clock.now()
            task.save()
            work.record(
                TaskConfirmed(task_id=task.pk, agency_id=task.agency_id, incident_id=incident.pk)
            )
        _close_if_done(actor, incident)
        return report


def reopen_report(actor: Actor, report_id: int, *, reason: str) -> Report:
    """The reporter says it is not fixed: the last task goes on with a fresh clock.

    Raises NotFound, Invalid without reason, Conflict("wrong_state").
    """
    with unit_of_work(actor):
        incident = _lock(actor, report_id)
        report = advance_report(actor, report_id, ReportAction.REOPEN, note=reason.strip())
        if incident is None:
            return report
        tasks = _tasks(incident, TaskAction.REOPEN)
        if tasks:
            reopen_locked(actor, tasks[0], TaskAction.REOPEN, reason.strip())
        else:
            reopen_incident_if_ended(
                actor, incident.pk, IncidentState(incident.state), reason.strip()
            )
        return report


def _lock(actor: Actor, report_id: int) -> Incident | None:
    """Lock signal, incident; None if the report's signal became no incident."""
    report = Report.objects.select_related("signal").filter(pk=report_id).first()
    signal = report.signal if report else None
    if signal is None or signal.city_id != actor.city_id:
        raise NotFound("report")
    if signal.incident_id is None:
        Signal.objects.select_for_update().get(pk=signal.pk)
        return None
    return lock_incident_of_task(signal.city_id, signal.incident_id)


def _tasks(incident: Incident, action: TaskAction) -> list[Task]:
    """The incident's tasks that allow `action`, locked, latest resolved first."""
    tasks = (
        Task.objects.select_for_update(of=("self",))
        .select_related("agency")
        .filter(city_id=incident.city_id, incident=incident)
        .order_by("-resolved_at", "-pk")
    )
    found = [task for task in tasks if TASK_MACHINE.allows(TaskState(task.state), action)]
    for task in found:
        task.incident = incident
    return found


def _close_if_done(actor: Actor, incident: Incident) -> None:
    """Close a resolved incident with the task's own proof; leave one on which others still work."""
    live = [state.value for state in LIVE]
    if Task.objects.filter(incident=incident, state__in=live).exists():
        return
    if incident.state != IncidentState.RESOLVED:
        return
    proof = Proof.objects.filter(task__incident=incident).order_by("-id").first()
    ending = Ending(
        disposition=Disposition.FIXED,
        note=(proof.reason if proof and proof.reason else CONFIRMED_NOTE),
        photo=proof.photo if proof else None,
    )
    close_by_follow_up(actor, incident.pk, ending)
