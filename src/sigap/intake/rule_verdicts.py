"""What operators decide about a camera's signal is a verdict on the alarms behind it, and a rule
that is wrong too often goes quiet. Subscribed to decisions, verdicts and quiet rules.
"""

from datetime import datetime

from sigap.cctv.accuracy import passports
from sigap.cctv.alarms import judge_signal_alarms, take_back_decision
from sigap.cctv.events import AlarmsJudged, RuleQuieted
from sigap.cctv.models import Camera, Rule, Verdict
from sigap.cctv.rules import quieten_rule
from sigap.city.queries import city_by_id
from sigap.core.actor import Actor, system_actor
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.events import SignalDismissed
from sigap.intake.models import SignalSource
from sigap.intake.transitions import SignalAction
from sigap.intake.triage import DismissReason

_DECISIONS = ("signal.dismissed", "signal.decided")
_WORTH_ACTING = (SignalAction.LINK, SignalAction.PROMOTE)
NOTE_PRIORITY = 3


def judge_by_dismissal(record: EventRecord) -> None:
    """A false alarm is a verdict; the other reasons say nothing of the rule."""
    event = SignalDismissed.model_validate(record.payload)
    if event.reason == DismissReason.FALSE_ALARM:
        actor = _judge(record)
        judge_signal_alarms(actor, event.signal_id, Verdict.FALSE, record.occurred_at)


def judge_by_decision(record: EventRecord) -> None:
    """What became an incident was right; what was taken out of it again is open."""
    signal_id, action = int(record.payload["signal_id"]), str(record.payload["action"])
    if action in _WORTH_ACTING:
        judge_signal_alarms(_judge(record), signal_id, Verdict.TRUE, record.occurred_at)
    elif action == SignalAction.UNLINK:
        _take_back(record, signal_id)


def forget_dismissal(record: EventRecord) -> None:
    """The signal waits again: its verdict by decision no longer stands."""
    _take_back(record, int(record.payload["signal_id"]))


def demote_wrong_rule(record: EventRecord) -> None:
    """After each verdict: a rule that is under its floor beyond doubt goes quiet."""
    event = AlarmsJudged.model_validate(record.payload)
    with unit_of_work(_judge(record), record.city_id) as work:
        rule = Rule.objects.filter(pk=event.rule_id, removed_at=None, quiet=False).first()
        if rule is None:
            return
        passport = passports(record.city_id, [rule.pk])[rule.pk]
        if passport.is_below(rule.floor):
            # Read by people, and taken apart by the console for its other language.
            reason = (
                f"Benar {passport.right} dari {passport.judged}, paling banyak "
                f"{passport.high or 0:.0%}; ambang {rule.floor:.0%}"
            )
            quieten_rule(work.actor, rule.pk, reason=reason)


def note_quiet_rule(record: EventRecord) -> None:
    """Tell the supervisor: what a rule no longer shows must be known."""
    event = RuleQuieted.model_validate(record.payload)
    if not event.by_system:
        return
    with unit_of_work(_judge(record), record.city_id) as work:
        camera = Camera.objects.get(pk=event.camera_id, city_id=record.city_id)
        receive_signal(
            work.actor,
            NewSignal(
                city=city_by_id(record.city_id),
                source=SignalSource.HEALTH,
                title=f"Aturan disenyapkan: {event.name} · {camera.name}",
                text=f"{event.reason}. Kembalikan, atau perbaiki, di pengaturan {camera.name}.",
                observed_at=record.occurred_at,
                category=None,
                priority=NOTE_PRIORITY,
                place=LatLon(camera.lat, camera.lon),
                place_text=camera.name,
            ),
        )


def _judge(record: EventRecord) -> Actor:
    return system_actor("rule passport", city_id=record.city_id)


def _take_back(record: EventRecord, signal_id: int) -> None:
    at = _decided_at(record, signal_id)
    if at is not None:
        take_back_decision(_judge(record), signal_id, at)


def _decided_at(record: EventRecord, signal_id: int) -> datetime | None:
    """When the decision was made that `record` undoes."""
    return (
        EventRecord.objects.filter(
            city_id=record.city_id,
            kind__in=_DECISIONS,
            seq__lt=record.seq,
            payload__signal_id=signal_id,
        )
        .order_by("-seq")
        .values_list("occurred_at", flat=True)
        .first()
    )
