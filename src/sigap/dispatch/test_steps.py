"""The steps: by the unit, by a dispatcher for it, with wrong clocks, with stale screens."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from sigap.core import clock
from sigap.core.refusals import Conflict, Invalid, NotFound, NotPermitted
from sigap.core.tenancy import reading
from sigap.dispatch.actions import (
    Step,
    accept,
    arrive,
    cancel,
    clear,
    decline,
    depart,
    set_unit_status,
    take_step,
)
from sigap.dispatch.conftest import Desk
from sigap.dispatch.device_time import DeviceMoment
from sigap.dispatch.models import AssignmentStep
from sigap.dispatch.transitions import AssignmentAction, UnitStatus

Moment = Callable[[float], datetime]


@pytest.mark.parametrize("who", ["citra", "bima", "gita"])
def test_the_way_through(desk: Desk, moment: Moment, who: str) -> None:
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
        desk.crew("citra", assignment.unit)
    actor = desk.cast.actor(who)
    for at_s, step in ((20, accept), (50, depart), (400, arrive), (900, clear)):
        with clock.frozen_at(moment(at_s)):
            step(actor, assignment.pk)
    done = desk.fresh(assignment)
    assert done.state == "cleared"
    assert done.unit.status == UnitStatus.AVAILABLE
    assert done.incident.state == "resolved"
    stamps = (done.accepted_at, done.en_route_at, done.on_scene_at, done.cleared_at)
    assert stamps == tuple(moment(s) for s in (20, 50, 400, 900))
    kinds = desk.kinds(incident_id=assignment.incident_id)
    steps = [kind for kind in kinds if kind.startswith("assignment.")]
    assert steps == [f"assignment.{s}" for s in ("created", "accepted", "departed", "arrived")] + [
        "assignment.cleared"
    ]


def test_a_skipped_step_leaves_its_stamp_empty(desk: Desk) -> None:
    assignment = desk.assigned()
    arrive(desk.cast.actor("bima"), assignment.pk)
    now = desk.fresh(assignment)
    assert now.accepted_at is None
    assert now.en_route_at is None
    assert now.on_scene_at is not None


def test_declining_frees_the_unit_and_needs_a_reason(desk: Desk) -> None:
    assignment = desk.assigned()
    desk.crew("citra", assignment.unit)
    citra = desk.cast.actor("citra")
    with pytest.raises(Invalid):
        decline(citra, assignment.pk, reason="  ")
    decline(citra, assignment.pk, reason="Ban bocor")
    now = desk.fresh(assignment)
    assert (now.state, now.note, now.unit.status) == ("declined", "Ban bocor", "available")


def test_an_officer_does_not_cancel(desk: Desk) -> None:
    assignment = desk.assigned()
    desk.crew("citra", assignment.unit)
    with pytest.raises(NotPermitted):
        cancel(desk.cast.actor("citra"), assignment.pk, reason="Tidak mau")


def test_an_officer_acts_for_the_own_unit_only(desk: Desk) -> None:
    assignment = desk.assigned()
    desk.crew("citra", desk.unit("DAMKAR-09"))
    with pytest.raises(NotFound):
        accept(desk.cast.actor("citra"), assignment.pk)


@pytest.mark.parametrize("name", ["ana", "dewi", "hadi", "putu"])
def test_others_take_no_step(desk: Desk, name: str) -> None:
    assignment = desk.assigned()
    with pytest.raises(NotPermitted):
        accept(desk.cast.actor(name), assignment.pk)


def test_a_stale_screen_is_told(desk: Desk) -> None:
    assignment = desk.assigned()
    accept(desk.cast.actor("bima"), assignment.pk, version=assignment.version)
    with pytest.raises(Conflict) as refusal:
        depart(desk.cast.actor("bayu"), assignment.pk, version=assignment.version)
    assert refusal.value.code == "stale_version"
    assert refusal.value.detail["current"] == assignment.version + 1


@pytest.mark.parametrize("wrong_by_h", [-1, 0, 1])
def test_a_phone_with_a_wrong_clock_and_no_link(
    desk: Desk, moment: Moment, wrong_by_h: int
) -> None:
    wrong = timedelta(hours=wrong_by_h)
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
        desk.crew("citra", assignment.unit)
    with clock.frozen_at(moment(600)):
        for action, at_s in ((AssignmentAction.ACCEPT, 30), (AssignmentAction.DEPART, 60)):
            told = DeviceMoment(moment(at_s) + wrong, sent_at=moment(600) + wrong)
            take_step(desk.cast.actor("citra"), assignment.pk, Step(action, moment=told))
    now = desk.fresh(assignment)
    assert now.accepted_at == moment(30)
    assert now.en_route_at == moment(60)
    with reading(assignment.city_id):
        step = AssignmentStep.objects.filter(assignment=assignment).earliest("id")
    assert (step.observed_at, step.received_at) == (moment(30) + wrong, moment(600))


def test_our_own_clock_set_back_makes_no_negative_interval(desk: Desk, moment: Moment) -> None:
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
    with clock.frozen_at(moment(-3600)):
        told = DeviceMoment(moment(-3605), sent_at=moment(-3600))
        step = Step(AssignmentAction.ACCEPT, moment=told)
        take_step(desk.cast.actor("bima"), assignment.pk, step)
    now = desk.fresh(assignment)
    assert now.accepted_at is not None
    assert now.accepted_at >= now.assigned_at


def test_transporting_and_at_hospital_are_set_by_hand(desk: Desk) -> None:
    assignment, bima = desk.assigned(), desk.cast.actor("bima")
    with pytest.raises(Conflict):
        set_unit_status(bima, assignment.unit_id, UnitStatus.TRANSPORTING)
    arrive(bima, assignment.pk)
    set_unit_status(bima, assignment.unit_id, UnitStatus.TRANSPORTING)
    set_unit_status(bima, assignment.unit_id, UnitStatus.AT_HOSPITAL)
    clear(bima, assignment.pk)
    assert desk.fresh(assignment).unit.status == UnitStatus.AVAILABLE


@pytest.mark.parametrize(
    "status", [UnitStatus.OFF_DUTY, UnitStatus.OUT_OF_SERVICE, UnitStatus.AVAILABLE]
)
def test_a_unit_at_work_is_not_taken_off_by_hand(desk: Desk, status: UnitStatus) -> None:
    assignment = desk.assigned()
    with pytest.raises(Conflict) as refusal:
        set_unit_status(desk.cast.actor("bima"), assignment.unit_id, status)
    assert refusal.value.code == "wrong_state"


def test_a_status_that_is_so_already_changes_nothing(desk: Desk) -> None:
    unit = desk.unit("DAMKAR-01")
    before = desk.kinds()
    set_unit_status(desk.cast.actor("bima"), unit.pk, UnitStatus.AVAILABLE)
    assert desk.kinds() == before


def test_an_unknown_assignment_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        accept(desk.cast.actor("bima"), 10**15)
