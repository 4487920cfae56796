"""A rule's passport: how often it was right, with the uncertainty of it. For editors and the queue.

The interval is Wilson's score interval (Wilson 1927, JASA 22), which keeps its promise for few
verdicts and for shares near 0 and 1 (Brown, Cai, DasGupta 2001, Statistical Science 16).
"""

from collections.abc import Sequence
from datetime import timedelta
from math import sqrt

from django.db.models import Count, F, Q
from pydantic import BaseModel

from sigap.cctv.models import Alarm, Rule, Verdict
from sigap.core import clock

PERIOD = timedelta(days=30)
FEWEST_VERDICTS = 20
_Z95 = 1.959964


class RulePassport(BaseModel):
    """Verdicts on a rule's alarms of the last 30 days, or since it was retuned or put back.

    `right`, `wrong`, `useless` count acts of judgement: a decision on a signal with thirty firings
    behind it is one, because these are no independent trials. `share_right` = right ÷ judged, with
    its 95 % interval `low`..`high`; all three None before the first verdict.
    """

    rule_id: int
    alarms: int
    right: int
    wrong: int
    useless: int
    share_right: float | None
    low: float | None
    high: float | None

    @property
    def judged(self) -> int:
        return self.right + self.wrong + self.useless

    def is_below(self, floor: float) -> bool:
        """Whether the rule is worse than `floor` beyond doubt: enough verdicts, and the whole
        interval lies under it."""
        return self.judged >= FEWEST_VERDICTS and self.high is not None and self.high < floor


def wilson_interval(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share of `hits` in `trials` > 0."""
    share, z2 = hits / trials, _Z95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z95 / (1 + z2 / trials) * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def passports(city_id: int, rule_ids: Sequence[int]) -> dict[int, RulePassport]:
    """The passport of each rule of `rule_ids` that exists."""
    since = clock.now() - PERIOD
    counted = (
        Alarm.objects.filter(city_id=city_id, rule_id__in=rule_ids, observed_at__gte=since)
        .filter(Q(rule__judged_from=None) | Q(observed_at__gte=F("rule__judged_from")))
        .values("rule_id")
        .annotate(
            alarms=Count("id"),
            right=_acts(Verdict.TRUE),
            wrong=_acts(Verdict.FALSE),
            useless=_acts(Verdict.USELESS),
        )
    )
    rows = {
        row["rule_id"]: (row["alarms"], row["right"], row["wrong"], row["useless"])
        for row in counted
    }
    known = Rule.objects.filter(city_id=city_id, pk__in=rule_ids).values_list("pk", flat=True)
    return {pk: _passport(pk, rows.get(pk, (0, 0, 0, 0))) for pk in known}


def _acts(verdict: Verdict) -> Count:
    """Verdicts written at one moment follow from one decision."""
    return Count("verdict_at", filter=Q(verdict=verdict), distinct=True)


def _passport(rule_id: int, counts: tuple[int, int, int, int]) -> RulePassport:
    alarms, right, wrong, useless = counts
    judged = right + wrong + useless
    low, high = wilson_interval(right, judged) if judged else (None, None)
    return RulePassport(
        rule_id=rule_id,
        alarms=alarms,
        right=right,
        wrong=wrong,
        useless=useless,
        share_right=right / judged if judged else None,
        low=low,
        high=high,
    )
