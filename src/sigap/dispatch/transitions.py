"""The states of an assignment and of a unit, one table each.

A step whose permission is RESPOND is open to the unit itself and to every dispatcher over it:
nobody's screen is stuck because a phone has no link.
"""

from enum import StrEnum

from sigap.accounts.permissions import Permission
from sigap.core.machine import StateMachine, Transition


class AssignmentState(StrEnum):
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    CLEARED = "cleared"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class AssignmentAction(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    DEPART = "depart"
    ARRIVE = "arrive"
    CLEAR = "clear"
    CANCEL = "cancel"


class UnitStatus(StrEnum):
    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_HOSPITAL = "at_hospital"
    RETURNING = "returning"
    OUT_OF_SERVICE = "out_of_service"


class UnitAction(StrEnum):
    GO_ON_DUTY = "go_on_duty"
    GO_OFF_DUTY = "go_off_duty"
    TAKE_OUT = "take_out"
    PUT_BACK = "put_back"
    TRANSPORT = "transport"
    REACH_HOSPITAL = "reach_hospital"
    RETURN = "return"
    BE_HOME = "be_home"
    ASSIGN = "assign"
    DEPART = "depart"
    ARRIVE = "arrive"
    RELEASE = "release"


_S, _A = AssignmentState, AssignmentAction
_RESPOND, _DISPATCH = Permission.RESPOND.value, Permission.DISPATCH_UNITS.value

# Steps may be skipped (a unit that calls in "on scene" by radio); their stamps then stay empty.
ASSIGNMENT_MACHINE = StateMachine(
    "assignment",
    AssignmentState,
    AssignmentAction,
    [
        Transition(_S.ASSIGNED, _A.ACCEPT, _S.ACCEPTED, _RESPOND),
        Transition(_S.ASSIGNED, _A.DEPART, _S.EN_ROUTE, _RESPOND),
        Transition(_S.ASSIGNED, _A.ARRIVE, _S.ON_SCENE, _RESPOND),
        Transition(_S.ASSIGNED, _A.DECLINE, _S.DECLINED, _RESPOND, ("reason",)),
        Transition(_S.ASSIGNED, _A.CANCEL, _S.CANCELLED, _DISPATCH, ("reason",)),
        Transition(_S.ACCEPTED, _A.DEPART, _S.EN_ROUTE, _RESPOND),
        Transition(_S.ACCEPTED, _A.ARRIVE, _S.ON_SCENE, _RESPOND),
        Transition(_S.ACCEPTED, _A.DECLINE, _S.DECLINED, _RESPOND, ("reason",)),
        Transition(_S.ACCEPTED, _A.CANCEL, _S.CANCELLED, _DISPATCH, ("reason",)),
        Transition(_S.EN_ROUTE, _A.ARRIVE, _S.ON_SCENE, _RESPOND),
        Transition(_S.EN_ROUTE, _A.CANCEL, _S.CANCELLED, _DISPATCH, ("reason",)),
        Transition(_S.ON_SCENE, _A.CLEAR, _S.CLEARED, _RESPOND),
        Transition(_S.ON_SCENE, _A.CANCEL, _S.CANCELLED, _DISPATCH, ("reason",)),
    ],
)

ACTIVE_STATES = (_S.ASSIGNED, _S.ACCEPTED, _S.EN_ROUTE, _S.ON_SCENE)

# The one large button of the officer's phone.
NEXT_STEP: dict[AssignmentState, AssignmentAction] = {
    _S.ASSIGNED: _A.ACCEPT,
    _S.ACCEPTED: _A.DEPART,
    _S.EN_ROUTE: _A.ARRIVE,
    _S.ON_SCENE: _A.CLEAR,
}

_U, _V = UnitStatus, UnitAction

UNIT_MACHINE = StateMachine(
    "unit",
    UnitStatus,
    UnitAction,
    [
        Transition(_U.OFF_DUTY, _V.GO_ON_DUTY, _U.AVAILABLE, _RESPOND),
        Transition(_U.AVAILABLE, _V.GO_OFF_DUTY, _U.OFF_DUTY, _RESPOND),
        Transition(_U.RETURNING, _V.GO_OFF_DUTY, _U.OFF_DUTY, _RESPOND),
        Transition(_U.OUT_OF_SERVICE, _V.GO_OFF_DUTY, _U.OFF_DUTY, _RESPOND),
        Transition(_U.OFF_DUTY, _V.TAKE_OUT, _U.OUT_OF_SERVICE, _RESPOND),
        Transition(_U.AVAILABLE, _V.TAKE_OUT, _U.OUT_OF_SERVICE, _RESPOND),
        Transition(_U.RETURNING, _V.TAKE_OUT, _U.OUT_OF_SERVICE, _RESPOND),
        Transition(_U.OUT_OF_SERVICE, _V.PUT_BACK, _U.AVAILABLE, _RESPOND),
        Transition(_U.AVAILABLE, _V.RETURN, _U.RETURNING, _RESPOND),
        Transition(_U.RETURNING, _V.BE_HOME, _U.AVAILABLE, _RESPOND),
        Transition(_U.ON_SCENE, _V.TRANSPORT, _U.TRANSPORTING, _RESPOND),
        Transition(_U.TRANSPORTING, _V.REACH_HOSPITAL, _U.AT_HOSPITAL, _RESPOND),
        Transition(_U.AVAILABLE, _V.ASSIGN, _U.ASSIGNED, _DISPATCH),
        Transition(_U.RETURNING, _V.ASSIGN, _U.ASSIGNED, _DISPATCH),
        Transition(_U.ASSIGNED, _V.DEPART, _U.EN_ROUTE, _RESPOND),
        Transition(_U.ASSIGNED, _V.ARRIVE, _U.ON_SCENE, _RESPOND),
        Transition(_U.EN_ROUTE, _V.ARRIVE, _U.ON_SCENE, _RESPOND),
        Transition(_U.ASSIGNED, _V.RELEASE, _U.AVAILABLE, _RESPOND),
        Transition(_U.EN_ROUTE, _V.RELEASE, _U.AVAILABLE, _RESPOND),
        Transition(_U.ON_SCENE, _V.RELEASE, _U.AVAILABLE, _RESPOND),
        Transition(_U.TRANSPORTING, _V.RELEASE, _U.AVAILABLE, _RESPOND),
        Transition(_U.AT_HOSPITAL, _V.RELEASE, _U.AVAILABLE, _RESPOND),
    ],
)

# What a step of the assignment does to its unit; a step that is not named leaves it as it is.
UNIT_ACTION_OF: dict[AssignmentAction, UnitAction] = {
    _A.DEPART: _V.DEPART,
    _A.ARRIVE: _V.ARRIVE,
    _A.DECLINE: _V.RELEASE,
    _A.CLEAR: _V.RELEASE,
    _A.CANCEL: _V.RELEASE,
}

# What a person sets directly; the others follow from the assignment.
SET_BY_HAND = frozenset(
    {
        _V.GO_ON_DUTY,
        _V.GO_OFF_DUTY,
        _V.TAKE_OUT,
        _V.PUT_BACK,
        _V.TRANSPORT,
        _V.REACH_HOSPITAL,
        _V.RETURN,
        _V.BE_HOME,
    }
)

# Statuses in which a unit may be given an assignment.
FREE_STATUSES = frozenset({_U.AVAILABLE, _U.RETURNING})


def action_by_hand(source: UnitStatus, target: UnitStatus) -> UnitAction | None:
    """The action that leads a person from `source` to `target`; None if only a step does."""
    for row in UNIT_MACHINE.rows:
        if row.source == source and row.target == target and row.action in SET_BY_HAND:
            return row.action
    return None
