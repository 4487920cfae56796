"""Taking back the last step within seconds: a thumb in a glove hits the wrong button."""

from datetime import timedelta

from sigap.accounts.permissions import Permission
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, NotPermitted
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.actions.assigning import unit_busy
from sigap.dispatch.actions.locking import Engagement, is_dispatcher, lock_engagement
from sigap.dispatch.actions.status import put_status
from sigap.dispatch.actions.stepping import STAMP_OF
from sigap.dispatch.device_time import DeviceMoment
from sigap.dispatch.events import AssignmentUndone
from sigap.dispatch.models import Assignment, AssignmentStep
from sigap.dispatch.queries import active_assignment
from sigap.dispatch.transitions import AssignmentAction, UnitStatus
from sigap.incidents.ending import begin_incident
from sigap.incidents.transitions import IncidentState

UNDO_WINDOW = timedelta(seconds=5)
# The way through the network does not eat up the person's five seconds.
NETWORK_GRACE = timedelta(seconds=2)


def undo_step(
    actor: Actor, assignment_id: int, *, moment: DeviceMoment | None = None
) -> Assignment:
    """Take back the last step. `moment` is the phone's, where both were done without a link.

    Raises Conflict("nothing_to_undo" | "too_late" | "unit_busy" | "incident_closed").
    """
    with unit_of_work(actor) as work:
        held = lock_engagement(actor, assignment_id, None)
        step = _last_step(held.assignment)
        _check(actor, held, step, moment)
        step.undone_at = clock.now()
        step.save(update_fields=["undone_at"])
        _put_back(held.assignment, step)
        work.record(
            AssignmentUndone(
                incident_id=held.incident.pk,
                assignment_id=held.assignment.pk,
                unit_id=held.unit.pk,
                agency_id=held.unit.agency_id,
                call_sign=held.unit.call_sign,
                at=step.undone_at,
                undone=step.action,
            )
        )
        put_status(work, held.unit, UnitStatus(step.unit_status_before))
        begin_incident(actor, held.incident.pk)
        return held.assignment


def _last_step(assignment: Assignment) -> AssignmentStep:
    """The newest step; only one can be taken back, not the ones before it."""
    step = AssignmentStep.objects.filter(assignment=assignment).order_by("-id").first()
    if step is None or step.undone_at is not None:
        raise Conflict("nothing_to_undo", "There is no step to take back.")
    return step


def _check(
    actor: Actor, held: Engagement, step: AssignmentStep, moment: DeviceMoment | None
) -> None:
    if step.action == AssignmentAction.CANCEL and not is_dispatcher(actor):
        raise NotPermitted(Permission.DISPATCH_UNITS.value)
    if _waited(step, moment) > UNDO_WINDOW + NETWORK_GRACE:
        raise Conflict(
            "too_late", "More than 5 seconds ago. Take the next step instead.", limit_s=5
        )
    if held.incident.state == IncidentState.CLOSED:
        raise Conflict("incident_closed", "The incident was closed in the meantime.")
    busy = active_assignment(held.unit.pk)
    if busy is not None and busy.pk != held.assignment.pk:
        raise unit_busy(held.unit, busy)


def _waited(step: AssignmentStep, moment: DeviceMoment | None) -> timedelta:
    """Between the step and its undo: by the phone's clock if that stamped both, else by ours."""
    if moment is not None and step.observed_at is not None:
        return abs(moment.happened_at - step.observed_at)
    return clock.now() - step.received_at


def _put_back(assignment: Assignment, step: AssignmentStep) -> None:
    setattr(assignment, STAMP_OF[AssignmentAction(step.action)], None)
    assignment.state = step.state_before
    assignment.version += 1
    assignment.save()
