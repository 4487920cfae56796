"""Jobs of dispatch, queued by name in the transaction of the change. `tasks` runs them."""

from procrastinate.contrib.django import app

from sigap.dispatch.models import Assignment

ACCEPT_CHECK = "dispatch.accept_check"
ACCEPT_SWEEP = "dispatch.accept_sweep"


def defer_accept_check(assignment: Assignment) -> None:
    """Look at the assignment again when its time to accept is over."""
    app.configure_task(ACCEPT_CHECK, schedule_at=assignment.accept_due_at).defer(
        city_id=assignment.city_id, assignment_id=assignment.pk
    )
