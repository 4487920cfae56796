"""The states of an agency task, one table."""

from enum import StrEnum

from sigap.accounts.permissions import Permission as P
from sigap.core.machine import StateMachine, Transition
from sigap.intake.transitions import BY_REPORTER


class TaskState(StrEnum):
    FORWARDED = "forwarded"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    RETURNED = "returned"


class TaskAction(StrEnum):
    ACCEPT = "accept"
    START = "start"
    RESOLVE = "resolve"
    RETURN = "return"
    REASSIGN = "reassign"
    SEND_BACK = "send_back"
    CONFIRM = "confirm"
    REOPEN = "reopen"


_S, _A = TaskState, TaskAction
_WORK, _MANAGE = P.WORK_TASKS.value, P.MANAGE_INCIDENTS.value

# With the agency: the clock runs, and passing `due_at` makes the task overdue.
RUNNING = (_S.FORWARDED, _S.ACCEPTED, _S.IN_PROGRESS, _S.REOPENED)
# Somebody still has to do something: the rows of the live table.
LIVE = (*RUNNING, _S.RETURNED)

# `send_back` is the supervisor refusing a proof; `reopen` and `confirm` belong to the reporter.
TASK_MACHINE = StateMachine(
    "task",
    TaskState,
    TaskAction,
    [
        Transition(_S.FORWARDED, _A.ACCEPT, _S.ACCEPTED, _WORK),
        Transition(_S.REOPENED, _A.ACCEPT, _S.ACCEPTED, _WORK),
        Transition(_S.FORWARDED, _A.START, _S.IN_PROGRESS, _WORK),
        Transition(_S.ACCEPTED, _A.START, _S.IN_PROGRESS, _WORK),
        Transition(_S.REOPENED, _A.START, _S.IN_PROGRESS, _WORK),
        Transition(_S.FORWARDED, _A.RESOLVE, _S.RESOLVED, _WORK, ("proof",)),
        Transition(_S.ACCEPTED, _A.RESOLVE, _S.RESOLVED, _WORK, ("proof",)),
        Transition(_S.IN_PROGRESS, _A.RESOLVE, _S.RESOLVED, _WORK, ("proof",)),
        Transition(_S.REOPENED, _A.RESOLVE, _S.RESOLVED, _WORK, ("proof",)),
        Transition(_S.FORWARDED, _A.RETURN, _S.RETURNED, _WORK, ("reason",)),
        Transition(_S.ACCEPTED, _A.RETURN, _S.RETURNED, _WORK, ("reason",)),
        Transition(_S.IN_PROGRESS, _A.RETURN, _S.RETURNED, _WORK, ("reason",)),
        Transition(_S.REOPENED, _A.RETURN, _S.RETURNED, _WORK, ("reason",)),
        Transition(_S.FORWARDED, _A.REASSIGN, _S.FORWARDED, _MANAGE, ("agency_id",)),
        Transition(_S.ACCEPTED, _A.REASSIGN, _S.FORWARDED, _MANAGE, ("agency_id",)),
        Transition(_S.IN_PROGRESS, _A.REASSIGN, _S.FORWARDED, _MANAGE, ("agency_id",)),
        Transition(_S.REOPENED, _A.REASSIGN, _S.FORWARDED, _MANAGE, ("agency_id",)),
        Transition(_S.RETURNED, _A.REASSIGN, _S.FORWARDED, _MANAGE, ("agency_id",)),
        Transition(_S.RESOLVED, _A.SEND_BACK, _S.REOPENED, _MANAGE, ("reason",)),
        Transition(_S.RESOLVED, _A.CONFIRM, _S.CONFIRMED, BY_REPORTER),
        Transition(_S.RESOLVED, _A.REOPEN, _S.REOPENED, BY_REPORTER, ("reason",)),
        Transition(_S.CONFIRMED, _A.REOPEN, _S.REOPENED, BY_REPORTER, ("reason",)),
    ],
)
