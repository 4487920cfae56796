"""All rules of one camera: hands each what it needs, remembers which alarms are not over.

Owned by `pipeline.Analyser`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sigap.vision.rules.events import RuleAlarm, RuleEnded, RuleEvent, RuleSpec
from sigap.vision.rules.registry import AnyRule, make_rule
from sigap.vision.rules.rule import PictureRule, Rule, Scenery
from sigap.vision.tracks import TrackView

CLOCK_STEP_S = 60.0
"""A picture so much older than the last is no replay: the clock was set back."""


class RuleBook:
    """`frame_size` is (width, height) in pixels."""

    def __init__(self, specs: Sequence[RuleSpec], frame_size: tuple[int, int]) -> None:
        self._frame_size = frame_size
        self._rules: list[AnyRule] = []
        self._open: dict[str, RuleAlarm] = {}
        self._orphans: list[RuleAlarm] = []
        self._newest_picture_s = float("-inf")
        self.replace(specs)

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        """The rules about tracks."""
        events = self._ends_of_orphans(at_s)
        for rule in self._track_rules:
            events.extend(rule.observe(tracks, at_s))
        return self._noted(events)

    def observe_picture(self, scenery: Scenery, at_s: float) -> list[RuleEvent]:
        """The rules about pictures; one that was seen before (a replay) is passed over."""
        if at_s < self._newest_picture_s - CLOCK_STEP_S:
            self.start_anew()
        if at_s <= self._newest_picture_s:
            return []
        self._newest_picture_s = at_s
        events = self._ends_of_orphans(at_s)
        for rule in self._picture_rules:
            events.extend(rule.observe_picture(scenery, at_s))
        return self._noted(events)

    def replace(self, specs: Sequence[RuleSpec]) -> None:
        """Rules whose spec is the same keep their memory."""
        kept = {rule.spec: rule for rule in self._rules}
        self._use(
            [kept.get(spec) or make_rule(spec, self._frame_size) for spec in specs if spec.enabled]
        )
        dropped = {spec.id for spec in kept} - {
            rule.spec.id for rule in self._rules if rule.spec in kept
        }
        self._abandon(dropped)

    def start_anew(self) -> None:
        """Forget what was seen; the rules stay."""
        self._abandon({rule.spec.id for rule in self._rules})
        self._use([make_rule(rule.spec, self._frame_size) for rule in self._rules])
        self._newest_picture_s = float("-inf")

    def _use(self, rules: list[AnyRule]) -> None:
        """Told apart once: asking a rule at every picture what it is costs more than most rules."""
        self._rules = rules
        self._track_rules = [rule for rule in rules if isinstance(rule, Rule)]
        self._picture_rules = [rule for rule in rules if isinstance(rule, PictureRule)]

    def _ends_of_orphans(self, at_s: float) -> list[RuleEvent]:
        """The alarms of rules that are gone are over."""
        orphans, self._orphans = self._orphans, []
        return [RuleEnded(alarm.rule_id, alarm.alarm_key, at_s) for alarm in orphans]

    def _abandon(self, rule_ids: set[int]) -> None:
        for key, alarm in list(self._open.items()):
            if alarm.rule_id in rule_ids:
                self._orphans.append(self._open.pop(key))

    def _noted(self, events: list[RuleEvent]) -> list[RuleEvent]:
        for event in events:
            if isinstance(event, RuleAlarm) and event.ended_at_s is None:
                self._open[event.alarm_key] = event
            elif isinstance(event, RuleEnded):
                self._open.pop(event.alarm_key, None)
        return events
