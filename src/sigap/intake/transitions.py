"""The states of a signal and of a citizen's report, one table each."""

from enum import StrEnum

from sigap.accounts.permissions import Permission as P
from sigap.core.machine import StateMachine, Transition


class SignalState(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    LINKED = "linked"
    DISMISSED = "dismissed"


class SignalAction(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    LINK = "link"
    PROMOTE = "promote"
    DISMISS = "dismiss"
    RESTORE = "restore"
    UNLINK = "unlink"


def _signal(
    source: SignalState, action: SignalAction, target: SignalState, *required: str
) -> Transition[SignalState, SignalAction]:
    return Transition(source, action, target, P.TRIAGE_SIGNALS.value, required)


_SS, _SA = SignalState, SignalAction

SIGNAL_MACHINE = StateMachine(
    "signal",
    SignalState,
    SignalAction,
    [
        _signal(_SS.NEW, _SA.ACKNOWLEDGE, _SS.ACKNOWLEDGED),
        _signal(_SS.NEW, _SA.LINK, _SS.LINKED, "incident_id"),
        _signal(_SS.NEW, _SA.PROMOTE, _SS.LINKED),
        _signal(_SS.NEW, _SA.DISMISS, _SS.DISMISSED, "reason"),
        _signal(_SS.ACKNOWLEDGED, _SA.LINK, _SS.LINKED, "incident_id"),
        _signal(_SS.ACKNOWLEDGED, _SA.PROMOTE, _SS.LINKED),
        _signal(_SS.ACKNOWLEDGED, _SA.DISMISS, _SS.DISMISSED, "reason"),
        _signal(_SS.DISMISSED, _SA.RESTORE, _SS.ACKNOWLEDGED),
        _signal(_SS.LINKED, _SA.UNLINK, _SS.ACKNOWLEDGED),
    ],
)


class ReportState(StrEnum):
    RECEIVED = "received"
    VERIFIED = "verified"
    FORWARDED = "forwarded"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class ReportAction(StrEnum):
    VERIFY = "verify"
    FORWARD = "forward"
    START = "start"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    REJECT = "reject"
    MARK_DUPLICATE = "mark_duplicate"
    RECONSIDER = "reconsider"


# The reporter holds no role: the tracking code is the permission.
BY_REPORTER = "tracking_code"

_RS, _RA = ReportState, ReportAction
_TRIAGE, _WORK = P.TRIAGE_SIGNALS.value, P.WORK_TASKS.value

REPORT_MACHINE = StateMachine(
    "report",
    ReportState,
    ReportAction,
    [
        Transition(_RS.RECEIVED, _RA.VERIFY, _RS.VERIFIED, _TRIAGE),
        Transition(_RS.RECEIVED, _RA.REJECT, _RS.REJECTED, _TRIAGE, ("note",)),
        Transition(_RS.RECEIVED, _RA.MARK_DUPLICATE, _RS.DUPLICATE, _TRIAGE),
        Transition(_RS.REJECTED, _RA.RECONSIDER, _RS.RECEIVED, _TRIAGE),
        Transition(_RS.DUPLICATE, _RA.RECONSIDER, _RS.RECEIVED, _TRIAGE),
        Transition(_RS.VERIFIED, _RA.FORWARD, _RS.FORWARDED, _TRIAGE),
        Transition(_RS.VERIFIED, _RA.RECONSIDER, _RS.RECEIVED, _TRIAGE),
        Transition(_RS.FORWARDED, _RA.START, _RS.IN_PROGRESS, _WORK),
        Transition(_RS.REOPENED, _RA.START, _RS.IN_PROGRESS, _WORK),
        Transition(_RS.FORWARDED, _RA.RESOLVE, _RS.RESOLVED, _WORK),
        Transition(_RS.IN_PROGRESS, _RA.RESOLVE, _RS.RESOLVED, _WORK),
        Transition(_RS.REOPENED, _RA.RESOLVE, _RS.RESOLVED, _WORK),
        Transition(_RS.RESOLVED, _RA.CONFIRM, _RS.CONFIRMED, BY_REPORTER),
        Transition(_RS.RESOLVED, _RA.REOPEN, _RS.REOPENED, BY_REPORTER, ("note",)),
        Transition(_RS.CONFIRMED, _RA.REOPEN, _RS.REOPENED, BY_REPORTER, ("note",)),
    ],
)
