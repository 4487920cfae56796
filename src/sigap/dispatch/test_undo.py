"""Undo: the last step only, within seconds, and not over somebody else's work."""

from collections.abc import Callable
from datetime import datetime

import pytest

from sigap.core import clock
from sigap.core.refusals import Conflict, NotPermitted
from sigap.dispatch.actions import (
    NewAssignment,
    Step,
    accept,
    arrive,
    assign_unit,
    cancel,
    clear,
    depart,
    take_step,
    undo_step,
)
from sigap.dispatch.conftest import Desk
from sigap.dispatch.device_time import DeviceMoment
from sigap.dispatch.transitions import AssignmentAction, UnitStatus

Moment = Callable[[float], datetime]


def test_the_last_step_is_taken_back(desk: Desk, moment: Moment) -> None:
    bima = desk.cast.actor("bima")
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
        accept(bima, assignment.pk)
        depart(bima, assignment.pk)
    with clock.frozen_at(moment(5)):
        undo_step(bima, assignment.pk)
    now = desk.fresh(assignment)
    assert (now.state, now.unit.status, now.en_route_at) == ("accepted", "assigned", None)
    assert now.accepted_at == moment(0)
    assert "assignment.undone" in desk.kinds(incident_id=assignment.incident_id)


def test_only_one_step_back(desk: Desk) -> None:
    bima, assignment = desk.cast.actor("bima"), desk.assigned()
    with pytest.raises(Conflict) as refusal:
        undo_step(bima, assignment.pk)
    assert refusal.value.code == "nothing_to_undo"
    accept(bima, assignment.pk)
    depart(bima, assignment.pk)
    undo_step(bima, assignment.pk)
    with pytest.raises(Conflict):
        undo_step(bima, assignment.pk)


def test_too_late(desk: Desk, moment: Moment) -> None:
    bima = desk.cast.actor("bima")
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
        accept(bima, assignment.pk)
    with clock.frozen_at(moment(8)), pytest.raises(Conflict) as refusal:
        undo_step(bima, assignment.pk)
    assert refusal.value.code == "too_late"


def test_both_without_a_link_count_by_the_phone(desk: Desk, moment: Moment) -> None:
    with clock.frozen_at(moment(0)):
        assignment = desk.assigned()
        desk.crew("citra", assignment.unit)
    citra = desk.cast.actor("citra")
    with clock.frozen_at(moment(300)):
        step = Step(AssignmentAction.ACCEPT, moment=DeviceMoment(moment(100), moment(300)))
        take_step(citra, assignment.pk, step)
    with clock.frozen_at(moment(310)):
        undo_step(citra, assignment.pk, moment=DeviceMoment(moment(104), moment(310)))
    assert desk.fresh(assignment).state == "assigned"


def test_clearing_taken_back_goes_on_with_the_incident(desk: Desk) -> None:
    bima, assignment = desk.cast.actor("bima"), desk.assigned()
    arrive(bima, assignment.pk)
    clear(bima, assignment.pk)
    assert desk.fresh(assignment).incident.state == "resolved"
    undo_step(bima, assignment.pk)
    now = desk.fresh(assignment)
    assert (now.incident.state, now.unit.status) == ("in_progress", UnitStatus.ON_SCENE)
    assert now.cleared_at is None


def test_not_over_a_new_assignment(desk: Desk) -> None:
    bima, assignment = desk.cast.actor("bima"), desk.assigned()
    arrive(bima, assignment.pk)
    clear(bima, assignment.pk)
    assign_unit(bima, NewAssignment(desk.incident().pk, assignment.unit_id))
    with pytest.raises(Conflict) as refusal:
        undo_step(bima, assignment.pk)
    assert refusal.value.code == "unit_busy"


def test_an_officer_does_not_undo_the_dispatchers_cancel(desk: Desk) -> None:
    assignment = desk.assigned()
    desk.crew("citra", assignment.unit)
    cancel(desk.cast.actor("bima"), assignment.pk, reason="Salah unit")
    with pytest.raises(NotPermitted):
        undo_step(desk.cast.actor("citra"), assignment.pk)
