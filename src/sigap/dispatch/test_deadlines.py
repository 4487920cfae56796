"""The alert of a unit that does not accept: once, by the job or by the sweep."""

from collections.abc import Callable
from datetime import datetime

from sigap.core import clock
from sigap.dispatch.actions import accept, mark_unanswered, sweep_unanswered, undo_step
from sigap.dispatch.conftest import Desk
from sigap.dispatch.tasks import accept_check, accept_sweep

Moment = Callable[[float], datetime]
ALERT = "assignment.unanswered"


def test_the_alert_is_raised_once(desk: Desk, moment: Moment) -> None:
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
    with clock.frozen_at(moment(61)):
        mark_unanswered(assignment.city_id, assignment.pk)
        mark_unanswered(assignment.city_id, assignment.pk)
        sweep_unanswered()
    assert desk.kinds(incident_id=assignment.incident_id).count(ALERT) == 1
    now = desk.fresh(assignment)
    assert now.unanswered_at == moment(61)
    assert now.state == "assigned"


def test_not_before_the_limit(desk: Desk, moment: Moment) -> None:
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
    with clock.frozen_at(moment(59)):
        mark_unanswered(assignment.city_id, assignment.pk)
        sweep_unanswered()
    assert desk.fresh(assignment).unanswered_at is None


def test_an_answer_in_time_raises_none(desk: Desk, moment: Moment) -> None:
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
        accept(desk.cast.actor("bima"), assignment.pk)
    with clock.frozen_at(moment(61)):
        mark_unanswered(assignment.city_id, assignment.pk)
        sweep_unanswered()
    assert ALERT not in desk.kinds()


def test_the_sweep_finds_what_the_job_missed(desk: Desk, moment: Moment) -> None:
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
    with clock.frozen_at(moment(75)):
        sweep_unanswered()
    assert desk.fresh(assignment).unanswered_at == moment(75)


def test_an_answer_taken_back_is_found_by_the_sweep(desk: Desk, moment: Moment) -> None:
    bima = desk.cast.actor("bima")
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
    with clock.frozen_at(moment(58)):
        accept(bima, assignment.pk)
    with clock.frozen_at(moment(60)):
        mark_unanswered(assignment.city_id, assignment.pk)
        undo_step(bima, assignment.pk)
    with clock.frozen_at(moment(75)):
        sweep_unanswered()
    assert desk.fresh(assignment).unanswered_at == moment(75)


def test_the_jobs_run_on_connections_of_their_own(live_desk: Desk, moment: Moment) -> None:
    with clock.frozen_at(moment(0)):
        assignment = live_desk.assigned()
    with clock.frozen_at(moment(61)):
        accept_check(assignment.city_id, assignment.pk)
        accept_sweep(0)
    assert live_desk.kinds().count(ALERT) == 1
