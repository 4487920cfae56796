"""The steps of an assignment, by its unit or by a dispatcher for it."""

from dataclasses import dataclass
from datetime import datetime

from sigap.accounts.permissions import Permission
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import NotPermitted
from sigap.core.unit_of_work import Work, unit_of_work
from sigap.dispatch.actions.locking import (
    Engagement,
    acting_permission,
    is_dispatcher,
    lock_engagement,
)
from sigap.dispatch.actions.status import apply_unit_action, put_status
from sigap.dispatch.device_time import DeviceMoment, counted
from sigap.dispatch.events import (
    AssignmentAccepted,
    AssignmentArrived,
    AssignmentCancelled,
    AssignmentCleared,
    AssignmentDeclined,
    AssignmentDeparted,
    AssignmentStepTaken,
)
from sigap.dispatch.models import Assignment, AssignmentStep
from sigap.dispatch.queries import ACTIVE
from sigap.dispatch.transitions import (
    ASSIGNMENT_MACHINE,
    UNIT_ACTION_OF,
    AssignmentAction,
    AssignmentState,
    UnitStatus,
)
from sigap.incidents.ending import resolve_incident

STAMP_OF: dict[AssignmentAction, str] = {
    AssignmentAction.ACCEPT: "accepted_at",
    AssignmentAction.DEPART: "en_route_at",
    AssignmentAction.ARRIVE: "on_scene_at",
    AssignmentAction.CLEAR: "cleared_at",
    AssignmentAction.DECLINE: "declined_at",
    AssignmentAction.CANCEL: "cancelled_at",
}

EVENT_OF: dict[AssignmentAction, type[AssignmentStepTaken]] = {
    AssignmentAction.ACCEPT: AssignmentAccepted,
    AssignmentAction.DEPART: AssignmentDeparted,
    AssignmentAction.ARRIVE: AssignmentArrived,
    AssignmentAction.CLEAR: AssignmentCleared,
    AssignmentAction.DECLINE: AssignmentDeclined,
    AssignmentAction.CANCEL: AssignmentCancelled,
}

ENDINGS = frozenset({AssignmentAction.CLEAR, AssignmentAction.DECLINE, AssignmentAction.CANCEL})


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `note` is the reason of a decline or cancel, the words on clearing.

    `version` None skips the comparison: the officer's phone, which may be offline.
    """

    action: AssignmentAction
    version: int | None = None
    note: str = ""
    moment: DeviceMoment | None = None


def take_step(actor: Actor, assignment_id: int, step: Step) -> Assignment:
    """Take a step. Raises NotFound out of scope, Conflict("wrong_state" | "stale_version"),
    Invalid("missing_fields") for a decline or cancel without a reason."""
    with unit_of_work(actor) as work:
        held = lock_engagement(actor, assignment_id, step.version)
        note = step.note.strip()
        row = ASSIGNMENT_MACHINE.step(
            AssignmentState(held.assignment.state), step.action, {"reason": note}
        )
        _check_permission(actor, row.permission)
        _write(actor, held, step, row.target)
        _record(work, actor, held.assignment, step)
        _move_unit(work, held, step.action)
        if step.action in ENDINGS:
            _settle_incident(actor, held.assignment)
        return held.assignment


def accept(actor: Actor, assignment_id: int, *, version: int | None = None) -> Assignment:
    """The unit will go."""
    return take_step(actor, assignment_id, Step(AssignmentAction.ACCEPT, version))


def decline(
    actor: Actor, assignment_id: int, *, reason: str, version: int | None = None
) -> Assignment:
    """The unit cannot go, and says why."""
    return take_step(actor, assignment_id, Step(AssignmentAction.DECLINE, version, reason))


def depart(actor: Actor, assignment_id: int, *, version: int | None = None) -> Assignment:
    """The unit is on its way."""
    return take_step(actor, assignment_id, Step(AssignmentAction.DEPART, version))


def arrive(actor: Actor, assignment_id: int, *, version: int | None = None) -> Assignment:
    """The unit is there."""
    return take_step(actor, assignment_id, Step(AssignmentAction.ARRIVE, version))


def clear(
    actor: Actor, assignment_id: int, *, note: str = "", version: int | None = None
) -> Assignment:
    """The unit has done its work; with the last unit the incident is resolved."""
    return take_step(actor, assignment_id, Step(AssignmentAction.CLEAR, version, note))


def cancel(
    actor: Actor, assignment_id: int, *, reason: str, version: int | None = None
) -> Assignment:
    """A dispatcher takes the unit off, and says why."""
    return take_step(actor, assignment_id, Step(AssignmentAction.CANCEL, version, reason))


def _check_permission(actor: Actor, needed: str) -> None:
    if needed == Permission.DISPATCH_UNITS.value and not is_dispatcher(actor):
        raise NotPermitted(needed)
    acting_permission(actor)


def _write(actor: Actor, held: Engagement, step: Step, target: AssignmentState) -> None:
    assignment, received_at = held.assignment, clock.now()
    at = counted(step.moment, received_at=received_at, not_before=_last_stamp(assignment))
    AssignmentStep.objects.create(
        city_id=assignment.city_id,
        assignment=assignment,
        action=step.action.value,
        state_before=assignment.state,
        unit_status_before=held.unit.status,
        by_label=actor.label,
        observed_at=step.moment.happened_at if step.moment else None,
        received_at=received_at,
        counted_at=at,
    )
    setattr(assignment, STAMP_OF[step.action], at)
    assignment.state = target.value
    assignment.note = step.note.strip() or assignment.note
    assignment.version += 1
    assignment.save()


def _last_stamp(assignment: Assignment) -> datetime:
    stamps = [assignment.accepted_at, assignment.en_route_at, assignment.on_scene_at]
    return max([assignment.assigned_at, *(at for at in stamps if at is not None)])


def _record(work: Work, actor: Actor, assignment: Assignment, step: Step) -> None:
    at: datetime = getattr(assignment, STAMP_OF[step.action])
    work.record(
        EVENT_OF[step.action](
            incident_id=assignment.incident_id,
            assignment_id=assignment.pk,
            unit_id=assignment.unit_id,
            agency_id=assignment.unit.agency_id,
            call_sign=assignment.unit.call_sign,
            at=at,
            observed_at=step.moment.happened_at if step.moment else None,
            on_behalf=is_dispatcher(actor),
            note=step.note.strip(),
        )
    )


def _move_unit(work: Work, held: Engagement, action: AssignmentAction) -> None:
    unit_action = UNIT_ACTION_OF.get(action)
    if unit_action is None:
        put_status(work, held.unit, UnitStatus(held.unit.status))
    else:
        apply_unit_action(work, held.unit, unit_action)


def _settle_incident(actor: Actor, ended: Assignment) -> None:
    """With the last unit gone, the incident is resolved if any of them did the work.

    Only work that overlapped with `ended` counts, so that an incident that was reopened is not
    resolved by what was done before.
    """
    of_incident = Assignment.objects.filter(incident_id=ended.incident_id)
    if of_incident.filter(state__in=ACTIVE).exists():
        return
    done = of_incident.filter(
        state=AssignmentState.CLEARED.value, cleared_at__gte=ended.assigned_at
    )
    if done.exists():
        resolve_incident(actor, ended.incident_id)
