"""Every pair of state and action of the task machine: allowed as the table says, else refused."""

import itertools

import pytest

from sigap.core.refusals import Conflict, Invalid
from sigap.followup.transitions import LIVE, RUNNING, TASK_MACHINE, TaskAction, TaskState

GIVEN = {"proof": True, "reason": "bukan milik kami", "agency_id": 1}

S, A = TaskState, TaskAction
EXPECTED: dict[tuple[TaskState, TaskAction], TaskState] = {
    **{(s, A.ACCEPT): S.ACCEPTED for s in (S.FORWARDED, S.REOPENED)},
    **{(s, A.START): S.IN_PROGRESS for s in (S.FORWARDED, S.ACCEPTED, S.REOPENED)},
    **{(s, A.RESOLVE): S.RESOLVED for s in RUNNING},
    **{(s, A.RETURN): S.RETURNED for s in RUNNING},
    **{(s, A.REASSIGN): S.FORWARDED for s in LIVE},
    (S.RESOLVED, A.SEND_BACK): S.REOPENED,
    (S.RESOLVED, A.CONFIRM): S.CONFIRMED,
    (S.RESOLVED, A.REOPEN): S.REOPENED,
    (S.CONFIRMED, A.REOPEN): S.REOPENED,
}


@pytest.mark.parametrize(("state", "action"), list(itertools.product(TaskState, TaskAction)))
def test_every_pair_of_state_and_action(state: TaskState, action: TaskAction) -> None:
    target = EXPECTED.get((state, action))
    if target is None:
        with pytest.raises(Conflict) as refused:
            TASK_MACHINE.step(state, action, GIVEN)
        assert refused.value.detail["state"] == state.value
    else:
        assert TASK_MACHINE.step(state, action, GIVEN).target is target


@pytest.mark.parametrize(
    ("state", "action", "missing"),
    [
        (S.IN_PROGRESS, A.RESOLVE, "proof"),
        (S.FORWARDED, A.RETURN, "reason"),
        (S.RETURNED, A.REASSIGN, "agency_id"),
        (S.RESOLVED, A.REOPEN, "reason"),
        (S.RESOLVED, A.SEND_BACK, "reason"),
    ],
)
def test_required_fields_are_asked_for(state: TaskState, action: TaskAction, missing: str) -> None:
    with pytest.raises(Invalid) as refused:
        TASK_MACHINE.step(state, action, {})
    assert refused.value.detail["fields"] == [missing]
