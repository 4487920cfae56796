"""Triage: an operator takes a signal, dismisses it with a reason, or takes the dismissal back."""

from enum import StrEnum

from sigap.accounts.permissions import Permission, require
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Invalid
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.actions import lock_signal, move_signal
from sigap.intake.events import SignalAcknowledged, SignalDismissed, SignalRestored
from sigap.intake.models import Report, Signal
from sigap.intake.reports import advance_report
from sigap.intake.transitions import ReportAction, SignalAction


class DismissReason(StrEnum):
    FALSE_ALARM = "false_alarm"
    NO_ACTION = "no_action"
    TEST = "test"
    DUPLICATE = "duplicate"
    NOT_OUR_CITY = "not_our_city"
    MISUSE = "misuse"


def acknowledge_signal(actor: Actor, signal_id: int, version: int) -> Signal:
    """Take a signal: from now on it has an owner."""
    require(actor, Permission.TRIAGE_SIGNALS)
    with unit_of_work(actor) as work:
        signal = lock_signal(actor, signal_id, version)
        move_signal(signal, SignalAction.ACKNOWLEDGE, {})
        signal.acknowledged_at = clock.now()
        signal.acknowledged_by_id = actor.user_id
        signal.save()
        waited = signal.acknowledged_at - signal.received_at
        work.record(SignalAcknowledged(signal_id=signal.pk, waited_s=waited.total_seconds()))
        return signal


def dismiss_signal(
    actor: Actor, signal_id: int, version: int, *, reason: DismissReason, note: str = ""
) -> Signal:
    """Decide that nothing is to be done; a citizen's report is rejected with it.

    Raises Invalid if a report is dismissed without a note: its sender reads it.
    """
    require(actor, Permission.TRIAGE_SIGNALS)
    with unit_of_work(actor) as work:
        signal = lock_signal(actor, signal_id, version)
        move_signal(signal, SignalAction.DISMISS, {"reason": reason.value})
        signal.dismiss_reason, signal.dismiss_note = reason.value, note
        signal.decided_at = clock.now()
        signal.save()
        work.record(SignalDismissed(signal_id=signal.pk, reason=reason.value, note=note))
        _advance_report_of(actor, signal, ReportAction.REJECT, note)
        return signal


def restore_signal(actor: Actor, signal_id: int, version: int) -> Signal:
    """Undo a dismissal."""
    require(actor, Permission.TRIAGE_SIGNALS)
    with unit_of_work(actor) as work:
        signal = lock_signal(actor, signal_id, version)
        move_signal(signal, SignalAction.RESTORE, {})
        signal.dismiss_reason = signal.dismiss_note = ""
        signal.decided_at = None
        signal.acknowledged_at = signal.acknowledged_at or clock.now()
        signal.acknowledged_by_id = actor.user_id
        signal.save()
        work.record(SignalRestored(signal_id=signal.pk))
        _advance_report_of(actor, signal, ReportAction.RECONSIDER, "")
        return signal


def _advance_report_of(actor: Actor, signal: Signal, action: ReportAction, note: str) -> None:
    report = Report.objects.filter(signal=signal).first()
    if report is None:
        return
    if action is ReportAction.REJECT and not note.strip():
        raise Invalid("note_needed", "Write why: the sender of the report reads it.", field="note")
    advance_report(actor, report.pk, action, note=note)
    signal.refresh_from_db(fields=["version"])
