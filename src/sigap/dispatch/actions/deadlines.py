"""A unit that does not accept in time: the alert, once. Called by `tasks`."""

from sigap.core import clock
from sigap.core.actor import system_actor
from sigap.core.tenancy import reading_every_city
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.actions.locking import lock_engagement
from sigap.dispatch.actions.status import put_status
from sigap.dispatch.events import AssignmentUnanswered
from sigap.dispatch.models import Assignment
from sigap.dispatch.transitions import AssignmentState, UnitStatus


def mark_unanswered(city_id: int, assignment_id: int) -> bool:
    """Raise the alert if the assignment still waits past its limit; True if raised now."""
    actor = system_actor("accept clock", city_id=city_id)
    with unit_of_work(actor) as work:
        held = lock_engagement(actor, assignment_id, None)
        assignment = held.assignment
        if not _is_overdue(assignment):
            return False
        assignment.unanswered_at = clock.now()
        assignment.version += 1
        assignment.save(update_fields=["unanswered_at", "version"])
        limit = assignment.accept_due_at - assignment.assigned_at
        work.record(
            AssignmentUnanswered(
                incident_id=assignment.incident_id,
                assignment_id=assignment.pk,
                unit_id=assignment.unit_id,
                agency_id=held.unit.agency_id,
                call_sign=held.unit.call_sign,
                at=assignment.unanswered_at,
                limit_s=round(limit.total_seconds()),
            )
        )
        put_status(work, held.unit, UnitStatus(held.unit.status))
        return True


def _is_overdue(assignment: Assignment) -> bool:
    return (
        assignment.state == AssignmentState.ASSIGNED
        and assignment.unanswered_at is None
        and assignment.accept_due_at <= clock.now()
    )


def sweep_unanswered() -> int:
    """Raise every alert of every city that is due: the net under the deferred checks."""
    with reading_every_city():
        due = list(
            Assignment.objects.filter(
                state=AssignmentState.ASSIGNED.value,
                unanswered_at__isnull=True,
                accept_due_at__lte=clock.now(),
            ).values_list("city_id", "pk")
        )
    return sum(mark_unanswered(city_id, pk) for city_id, pk in due)
