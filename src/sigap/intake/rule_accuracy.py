"""How often a camera's rule was right lately, from what operators did with its signals."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Count, Q
from pydantic import BaseModel

from sigap.core import clock
from sigap.intake.models import Signal
from sigap.intake.transitions import SignalState
from sigap.intake.triage import DismissReason

PERIOD = timedelta(days=30)


class RuleAccuracy(BaseModel):
    """Of a rule's signals in the last 30 days: made or linked to an incident, dismissed as false
    alarm, all. `share_right` is None before anything was decided."""

    rule_id: int
    promoted: int
    false_alarms: int
    signals: int
    share_right: float | None


def rule_accuracies(city_id: int, rule_ids: Sequence[int]) -> dict[int, RuleAccuracy]:
    """The accuracy of each rule of `rule_ids` that had signals."""
    false_alarm = Q(state=SignalState.DISMISSED, dismiss_reason=DismissReason.FALSE_ALARM)
    rows = (
        Signal.objects.filter(
            city_id=city_id, rule_id__in=rule_ids, received_at__gte=clock.now() - PERIOD
        )
        .values("rule_id")
        .annotate(
            promoted=Count("id", filter=Q(state=SignalState.LINKED)),
            false_alarms=Count("id", filter=false_alarm),
            signals=Count("id"),
        )
    )
    accuracies = [_accuracy(**row) for row in rows]  # type: ignore[arg-type]  # rule_id is asked for
    return {accuracy.rule_id: accuracy for accuracy in accuracies}


def _accuracy(rule_id: int, promoted: int, false_alarms: int, signals: int) -> RuleAccuracy:
    decided = promoted + false_alarms
    return RuleAccuracy(
        rule_id=rule_id,
        promoted=promoted,
        false_alarms=false_alarms,
        signals=signals,
        share_right=promoted / decided if decided else None,
    )
