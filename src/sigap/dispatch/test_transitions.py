"""All pairs of states and actions of both machines: what is not in the table is refused."""

import itertools

import pytest

from sigap.core.refusals import Conflict
from sigap.dispatch.transitions import (
    ACTIVE_STATES,
    ASSIGNMENT_MACHINE,
    NEXT_STEP,
    SET_BY_HAND,
    UNIT_ACTION_OF,
    UNIT_MACHINE,
    AssignmentAction,
    AssignmentState,
    UnitAction,
    UnitStatus,
    action_by_hand,
)

A, S = AssignmentAction, AssignmentState
ALLOWED = {
    (S.ASSIGNED, A.ACCEPT, S.ACCEPTED),
    (S.ASSIGNED, A.DEPART, S.EN_ROUTE),
    (S.ASSIGNED, A.ARRIVE, S.ON_SCENE),
    (S.ASSIGNED, A.DECLINE, S.DECLINED),
    (S.ASSIGNED, A.CANCEL, S.CANCELLED),
    (S.ACCEPTED, A.DEPART, S.EN_ROUTE),
    (S.ACCEPTED, A.ARRIVE, S.ON_SCENE),
    (S.ACCEPTED, A.DECLINE, S.DECLINED),
    (S.ACCEPTED, A.CANCEL, S.CANCELLED),
    (S.EN_ROUTE, A.ARRIVE, S.ON_SCENE),
    (S.EN_ROUTE, A.CANCEL, S.CANCELLED),
    (S.ON_SCENE, A.CLEAR, S.CLEARED),
    (S.ON_SCENE, A.CANCEL, S.CANCELLED),
}


@pytest.mark.parametrize(
    ("state", "action"), list(itertools.product(AssignmentState, AssignmentAction))
)
def test_assignment_pairs(state: AssignmentState, action: AssignmentAction) -> None:
    targets = {t for s, a, t in ALLOWED if s == state and a == action}
    if targets:
        assert ASSIGNMENT_MACHINE.step(state, action, {"reason": "x"}).target in targets
    else:
        with pytest.raises(Conflict) as refusal:
            ASSIGNMENT_MACHINE.step(state, action, {"reason": "x"})
        assert refusal.value.code == "wrong_state"


@pytest.mark.parametrize(("status", "action"), list(itertools.product(UnitStatus, UnitAction)))
def test_unit_pairs(status: UnitStatus, action: UnitAction) -> None:
    rows = [r for r in UNIT_MACHINE.rows if r.source == status and r.action == action]
    if rows:
        assert UNIT_MACHINE.step(status, action).target == rows[0].target
    else:
        with pytest.raises(Conflict):
            UNIT_MACHINE.step(status, action)


@pytest.mark.parametrize("state", ACTIVE_STATES)
@pytest.mark.parametrize("action", AssignmentAction)
def test_a_unit_can_follow_every_step_of_its_assignment(
    state: AssignmentState, action: AssignmentAction
) -> None:
    statuses = {
        S.ASSIGNED: [UnitStatus.ASSIGNED],
        S.ACCEPTED: [UnitStatus.ASSIGNED],
        S.EN_ROUTE: [UnitStatus.EN_ROUTE],
        S.ON_SCENE: [UnitStatus.ON_SCENE, UnitStatus.TRANSPORTING, UnitStatus.AT_HOSPITAL],
    }
    unit_action = UNIT_ACTION_OF.get(action)
    if unit_action is not None and ASSIGNMENT_MACHINE.allows(state, action):
        for status in statuses[state]:
            assert UNIT_MACHINE.allows(status, unit_action)


def test_the_large_button_is_always_an_allowed_step() -> None:
    assert set(NEXT_STEP) == set(ACTIVE_STATES)
    assert all(ASSIGNMENT_MACHINE.allows(state, action) for state, action in NEXT_STEP.items())


def test_nobody_sets_by_hand_what_follows_from_an_assignment() -> None:
    for source, target in itertools.product(UnitStatus, UnitStatus):
        action = action_by_hand(source, target)
        assert action is None or action in SET_BY_HAND
    assert action_by_hand(UnitStatus.AVAILABLE, UnitStatus.EN_ROUTE) is None
    assert action_by_hand(UnitStatus.ON_SCENE, UnitStatus.AVAILABLE) is None


def test_the_diagram_names_every_state() -> None:
    assert all(state.value in ASSIGNMENT_MACHINE.diagram() for state in AssignmentState)
