"""The agency's steps on a task: accept, start, resolve with proof, return. And the supervisor's."""

from collections.abc import Callable
from dataclasses import dataclass

from sigap.accounts.permissions import Permission
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.photos import store_photo
from sigap.core.refusals import Invalid, NotFound
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.events import (
    TaskAccepted,
    TaskEvent,
    TaskReopened,
    TaskResolved,
    TaskReturned,
    TaskStarted,
)
from sigap.followup.locking import lock_task, move_task, restart_clock
from sigap.followup.models import Proof, Task
from sigap.followup.proofs import check_proof
from sigap.followup.queries import visible_tasks
from sigap.followup.report_steps import (
    TO_REOPENED,
    TO_RESOLVED,
    TO_STARTED,
    lead_reports,
    reports_of,
)
from sigap.followup.transitions import LIVE, TaskAction
from sigap.incidents.ending import begin_incident, reopen_by_follow_up, resolve_incident
from sigap.incidents.transitions import INCIDENT_MACHINE, IncidentAction, IncidentState


def accept_task(actor: Actor, task_id: int, version: int) -> Task:
    """The agency takes the task on."""

    def change(task: Task) -> TaskEvent:
        task.accepted_at = clock.now()
        return TaskAccepted(task_id=task.pk, agency_id=task.agency_id, incident_id=task.incident_id)

    return _step(actor, task_id, version, TaskAction.ACCEPT, change)


def start_task(actor: Actor, task_id: int, version: int) -> Task:
    """The agency begins the work; the incident and the citizen's report show it."""

    def change(task: Task) -> TaskEvent:
        task.started_at = clock.now()
        task.accepted_at = task.accepted_at or task.started_at
        begin_incident(actor, task.incident_id)
        lead_reports(actor, reports_of(task.city_id, task.incident_id), TO_STARTED)
        return TaskStarted(task_id=task.pk, agency_id=task.agency_id, incident_id=task.incident_id)

    return _step(actor, task_id, version, TaskAction.START, change)


def _step(
    actor: Actor,
    task_id: int,
    version: int,
    action: TaskAction,
    change: Callable[[Task], TaskEvent],
) -> Task:
    with unit_of_work(actor) as work:
        task = lock_task(actor, task_id, version, Permission.WORK_TASKS)
        move_task(task, action)
        event = change(task)
        task.save()
        work.record(event)
        return task


@dataclass(frozen=True, slots=True)
class GivenProof:
    """What the agency shows: photo bytes or a written reason, and where it was taken."""

    photo: bytes | None = None
    reason: str = ""
    taken: LatLon | None = None


def resolve_task(actor: Actor, task_id: int, version: int, given: GivenProof) -> Task:
    """The agency says that it is done. Raises Invalid("proof_needed") without photo and reason."""
    if given.photo is None and not given.reason.strip():
        raise Invalid(
            "proof_needed", "Add a photo or write how it was done.", fields=["photo", "reason"]
        )
    with unit_of_work(actor) as work:
        _require_visible(actor, task_id)
        # Decoding takes a while: before the locks.
        photo = store_photo(work.city_id, given.photo) if given.photo is not None else None
        task = lock_task(actor, task_id, version, Permission.WORK_TASKS)
        move_task(task, TaskAction.RESOLVE, {"proof": True})
        checks = check_proof(task.incident, photo, given.taken)
        proof = Proof.objects.create(
            city_id=task.city_id,
            task=task,
            photo=photo,
            reason=given.reason.strip(),
            by_id=actor.user_id,
            by_label=actor.label,
            at=clock.now(),
            lat=given.taken.lat if given.taken else None,
            lon=given.taken.lon if given.taken else None,
            distance_m=checks.distance_m,
            similar_to=checks.similar_to,
            flags=[flag.value for flag in checks.flags],
        )
        task.resolved_at = proof.at
        task.save()
        _finish_incident(actor, task, proof)
        work.record(
            TaskResolved(
                task_id=task.pk,
                agency_id=task.agency_id,
                incident_id=task.incident_id,
                proof_id=proof.pk,
                flags=checks.flags,
                on_time=proof.at <= task.due_at,
                area_id=task.incident.area_id,
                note=proof.reason,
            )
        )
        return task


def _require_visible(actor: Actor, task_id: int) -> None:
    if not visible_tasks(actor, Permission.WORK_TASKS).filter(pk=task_id).exists():
        raise NotFound("task")


def _finish_incident(actor: Actor, task: Task, proof: Proof) -> None:
    """When the last live task is resolved, incident and reports are; until then they go on."""
    live = [state.value for state in LIVE]
    siblings = Task.objects.filter(city_id=task.city_id, incident_id=task.incident_id)
    if siblings.filter(state__in=live).exclude(pk=task.pk).exists():
        return
    begin_incident(actor, task.incident_id)
    resolve_incident(actor, task.incident_id)
    reports = reports_of(task.city_id, task.incident_id)
    lead_reports(actor, reports, TO_RESOLVED, note=proof.reason[:1000], photo=proof.photo)


def return_task(actor: Actor, task_id: int, version: int, *, reason: str) -> Task:
    """The agency says it is not theirs; the supervisor reassigns it."""
    with unit_of_work(actor) as work:
        task = lock_task(actor, task_id, version, Permission.WORK_TASKS)
        move_task(task, TaskAction.RETURN, {"reason": reason.strip()})
        task.return_reason = reason.strip()
        task.save()
        work.record(
            TaskReturned(
                task_id=task.pk,
                agency_id=task.agency_id,
                incident_id=task.incident_id,
                reason=task.return_reason,
            )
        )
        return task


def send_back_task(actor: Actor, task_id: int, version: int, *, reason: str) -> Task:
    """The supervisor does not accept the proof: reopened, with a fresh clock."""
    with unit_of_work(actor):
        task = lock_task(actor, task_id, version, Permission.MANAGE_INCIDENTS)
        reopen_locked(actor, task, TaskAction.SEND_BACK, reason.strip())
        reports = reports_of(task.city_id, task.incident_id)
        lead_reports(actor, reports, TO_REOPENED, note=reason.strip())
        return task


def reopen_locked(actor: Actor, task: Task, action: TaskAction, reason: str) -> None:
    """Reopen a locked task and its incident; agency and supervisor are told by the event."""
    with unit_of_work(actor) as work:
        move_task(task, action, {"reason": reason})
        task.reopened_count += 1
        restart_clock(task, clock.now())
        task.save()
        reopen_incident_if_ended(
            actor, task.incident_id, IncidentState(task.incident.state), reason
        )
        work.record(
            TaskReopened(
                task_id=task.pk,
                agency_id=task.agency_id,
                incident_id=task.incident_id,
                reason=reason,
                reopened_count=task.reopened_count,
                due_at=task.due_at,
            )
        )


def reopen_incident_if_ended(
    actor: Actor, incident_id: int, state: IncidentState, reason: str
) -> None:
    """Reopen the incident where its machine allows it; one that goes on needs nothing."""
    if INCIDENT_MACHINE.allows(state, IncidentAction.REOPEN):
        reopen_by_follow_up(actor, incident_id, reason=reason)
