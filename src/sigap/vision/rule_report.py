"""What each rule that nobody annotates said over a clip: alarms with their times, and measures.

Used by `evaluate`. Lines and zones are scored in `happenings`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sigap.vision.rules.events import (
    AlarmDetails,
    Measure,
    RuleAlarm,
    RuleEnded,
    RuleKind,
    RuleSpec,
)

SCORED_KINDS = frozenset({RuleKind.LINE, RuleKind.ZONE})


@dataclass(frozen=True, slots=True)
class AlarmTimes:
    """Seconds of the clip; `until_s` is None where it went on to the end.

    `what`: the class of road user, or what changed, with the reading where there is one.
    """

    from_s: float
    told_s: float
    until_s: float | None
    what: str


@dataclass(frozen=True, slots=True)
class MeasureSummary:
    measure: str
    readings: int
    least: float
    middle: float
    most: float


@dataclass(frozen=True, slots=True)
class RuleReport:
    name: str
    kind: str
    alarms: tuple[AlarmTimes, ...]
    measures: tuple[MeasureSummary, ...]


def report_rules(
    rules: Sequence[RuleSpec],
    alarms: Sequence[RuleAlarm],
    ended: Sequence[RuleEnded],
    measures: Sequence[Measure],
) -> tuple[RuleReport, ...]:
    """One report for each rule that is not scored, in the order of `rules`."""
    ends_s = {(end.rule_id, end.alarm_key): end.at_s for end in ended}
    return tuple(
        RuleReport(
            rule.name,
            rule.kind.value,
            tuple(
                AlarmTimes(
                    from_s=alarm.started_at_s,
                    told_s=alarm.observed_at_s,
                    until_s=ends_s.get((rule.id, alarm.alarm_key), alarm.ended_at_s),
                    what=_what(alarm),
                )
                for alarm in alarms
                if alarm.rule_id == rule.id
            ),
            _summaries([reading for reading in measures if reading.rule_id == rule.id]),
        )
        for rule in rules
        if rule.kind not in SCORED_KINDS
    )


def _what(alarm: RuleAlarm) -> str:
    words = [_thing(alarm)]
    details: AlarmDetails = alarm.details
    if details.count is not None:
        words.append(f"{details.count} at once")
    if details.speed_kmh is not None:
        words.append(f"{details.speed_kmh:.0f} km/h")
    if details.length_m is not None:
        words.append(f"{details.length_m:.0f} m")
    return ", ".join(words)


def _thing(alarm: RuleAlarm) -> str:
    change = alarm.details.change
    return change.value if change is not None else alarm.street_class.label


def _summaries(readings: Sequence[Measure]) -> tuple[MeasureSummary, ...]:
    values: dict[str, list[float]] = defaultdict(list)
    for reading in readings:
        values[reading.measure.value].append(reading.value)
    return tuple(
        MeasureSummary(name, len(found), min(found), median(found), max(found))
        for name, found in sorted(values.items())
    )
