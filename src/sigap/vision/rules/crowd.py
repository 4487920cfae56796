"""Many people in a zone, and a crowd that suddenly runs apart.

Decode level: analysis rate while anything moves.
Density: the median number of feet in the zone over 2 s reaches `settings.min_count` for `dwell_s`
(at least 2 s). Dispersal: of a crowd at least that large, most (`settings.sensitivity`) were seen
to leave the zone within 4 s, faster than one walks. Who vanishes inside the zone has not left it:
a lorry that drives in front of a crowd disperses nobody.
Causes of false alarms: people who only pass through together (a train's passengers). Missed:
people who hide each other; from a low camera the detector finds about half of a dense crowd, so
set the number by what `sigap vision evaluate --crowd` counts there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sigap.vision.geometry import contains
from sigap.vision.rules.area_alarm import area_alarm
from sigap.vision.rules.events import (
    AlarmDetails,
    Change,
    Measure,
    MeasureKind,
    Point,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleSpec,
)
from sigap.vision.rules.rule import concerns
from sigap.vision.rules.threshold import Threshold, Turn
from sigap.vision.tracks import TrackView

LASTING_S = 2.0
MEASURE_EVERY_S = 1.0
COASTING_S = 1.0
DISPERSAL_S = 4.0
DISPERSAL_REARM_S = 30.0
PACE_S = 0.8
FLEEING_HEIGHTS_PER_S = 1.0
"""An easy walk is 0.8 heights of the body a second, as seen from the side."""

COARSE_SHARE, FINE_SHARE = 0.9, 0.5
"""Which part of a crowd has to leave at once, at sensitivity 0 and 1."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """Feet by track, in picture heights."""

    at_s: float
    inside: frozenset[int]
    feet: dict[int, Point]


class CrowdRule:
    """Serves `RuleKind.CROWD`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._aspect = frame_size[0] / frame_size[1]
        self._least = spec.settings.min_count or 1
        self._density = Threshold(self._least, lasting_s=max(LASTING_S, spec.dwell_s))
        self._alarm: RuleAlarm | None = None
        self._measured_s = float("-inf")
        self._moments: deque[_Moment] = deque()
        self._fled: dict[int, float] = {}
        self._dispersed_s = float("-inf")

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        people = [
            track
            for track in tracks
            if concerns(self._spec, track) and at_s - track.last_seen_s <= COASTING_S
        ]
        inside = [track for track in people if contains(self._spec.points, track.foot_norm)]
        events = self._crowded(inside, at_s)
        events.extend(self._dispersal(people, inside, at_s))
        return events + self._measure(at_s)

    def _crowded(self, inside: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        turn = self._density.observe(len(inside), at_s)
        if turn is Turn.BEGAN:
            self._alarm = area_alarm(
                self._spec,
                inside,
                AlarmDetails(count=round(self._density.value)),
                started_at_s=self._density.began_s,
                at_s=at_s,
            )
            return [self._alarm]
        if turn is Turn.ENDED and self._alarm is not None:
            return [RuleEnded(self._spec.id, self._alarm.alarm_key, at_s)]
        return []

    def _measure(self, at_s: float) -> list[RuleEvent]:
        if at_s - self._measured_s < MEASURE_EVERY_S:
            return []
        self._measured_s = at_s
        street_class = min(self._spec.classes)
        value = self._density.value
        return [Measure(self._spec.id, MeasureKind.CROWD_COUNT, street_class, value, at_s)]

    def _dispersal(
        self, people: Sequence[TrackView], inside: Sequence[TrackView], at_s: float
    ) -> list[RuleEvent]:
        now_inside = frozenset(track.track_id for track in inside)
        self._note_who_left(people, now_inside, at_s)
        largest = max(self._moments, key=lambda moment: len(moment.inside))
        left = [track_id for track_id in largest.inside if track_id in self._fled]
        sensitivity = self._spec.settings.sensitivity
        wanted = COARSE_SHARE - (COARSE_SHARE - FINE_SHARE) * (
            0.5 if sensitivity is None else sensitivity
        )
        enough = len(largest.inside) >= self._least and len(left) >= wanted * len(largest.inside)
        if not enough or at_s - self._dispersed_s < DISPERSAL_REARM_S:
            return []
        self._dispersed_s = at_s
        alarm = area_alarm(
            self._spec,
            people,
            AlarmDetails(count=len(left), change=Change.DISPERSAL),
            started_at_s=largest.at_s,
            at_s=at_s,
        )
        return [alarm, RuleEnded(self._spec.id, alarm.alarm_key, at_s)]

    def _note_who_left(
        self, people: Sequence[TrackView], now_inside: frozenset[int], at_s: float
    ) -> None:
        feet = {
            track.track_id: (track.foot_norm[0] * self._aspect, track.foot_norm[1])
            for track in people
        }
        self._moments.append(_Moment(at_s, now_inside, feet))
        while at_s - self._moments[0].at_s > DISPERSAL_S:
            self._moments.popleft()
        for track in people:
            outside = track.track_id not in now_inside and not track.coasting
            if outside and self._pace(track, at_s) >= FLEEING_HEIGHTS_PER_S:
                self._fled[track.track_id] = at_s
        self._fled = {
            key: seen_s
            for key, seen_s in self._fled.items()
            if key not in now_inside and at_s - seen_s <= DISPERSAL_S
        }

    def _pace(self, track: TrackView, at_s: float) -> float:
        """Over about the last second, in heights of the body a second."""
        key = track.track_id
        known = [moment for moment in self._moments if key in moment.feet]
        before = next((m for m in reversed(known) if at_s - m.at_s >= PACE_S), known[0])
        if before.at_s >= at_s:
            return 0.0
        now, then = known[-1].feet[key], before.feet[key]
        way = ((now[0] - then[0]) ** 2 + (now[1] - then[1]) ** 2) ** 0.5
        return float(way / (at_s - before.at_s) / max(track.height_norm, 1e-6))
