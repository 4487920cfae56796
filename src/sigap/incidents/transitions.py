"""The states of an incident, one table."""

from enum import StrEnum

from sigap.accounts.permissions import Permission as P
from sigap.core.machine import StateMachine, Transition


class IncidentState(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class IncidentAction(StrEnum):
    BEGIN = "begin"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


_S, _A = IncidentState, IncidentAction
_MANAGE = P.MANAGE_INCIDENTS.value

# `begin` and `resolve` follow from units and tasks; `close` is a person's decision, with proof.
INCIDENT_MACHINE = StateMachine(
    "incident",
    IncidentState,
    IncidentAction,
    [
        Transition(_S.OPEN, _A.BEGIN, _S.IN_PROGRESS, _MANAGE),
        Transition(_S.IN_PROGRESS, _A.RESOLVE, _S.RESOLVED, _MANAGE),
        Transition(_S.RESOLVED, _A.BEGIN, _S.IN_PROGRESS, _MANAGE),
        Transition(_S.OPEN, _A.CLOSE, _S.CLOSED, _MANAGE, ("disposition", "proof")),
        Transition(_S.IN_PROGRESS, _A.CLOSE, _S.CLOSED, _MANAGE, ("disposition", "proof")),
        Transition(_S.RESOLVED, _A.CLOSE, _S.CLOSED, _MANAGE, ("disposition", "proof")),
        Transition(_S.RESOLVED, _A.REOPEN, _S.OPEN, _MANAGE, ("reason",)),
        Transition(_S.CLOSED, _A.REOPEN, _S.OPEN, _MANAGE, ("reason",)),
    ],
)
