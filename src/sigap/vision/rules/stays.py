"""Who stays where, for how long: one alarm a stay, whatever the tracker does.

Used by the rules about zones (intrusion, loitering, stopped vehicle). A road user who is lost and
found under a new number goes on with the stay of the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sigap.vision.geometry import contains
from sigap.vision.rules.events import Point, RuleAlarm, RuleEnded, RuleEvent, RuleSpec
from sigap.vision.rules.rule import concerns
from sigap.vision.tracks import TrackView

CONFIRMING_PICTURES = 3
"""Pictures with the feet inside before a stay counts."""

HANDOVER_HEIGHTS = 1.0
"""How far from where it was lost a road user may be found, in heights of its box."""

IsStaying = Callable[[TrackView], bool]


@dataclass(frozen=True, slots=True)
class StayHabits:
    """`absence_s`: outside for so long, and coming back is a new stay. `handover_s`: lost for so
    long, and whoever is found there is somebody else. `patient`: a stay that has not yet raised an
    alarm outlives absence and loss too; otherwise it starts anew.
    """

    absence_s: float = 2.0
    handover_s: float = 3.0
    patient: bool = False


@dataclass(slots=True)
class _Stay:
    since_s: float
    last_seen_s: float
    foot: Point
    pictures: int = 0
    left_at_s: float | None = None
    alarm: RuleAlarm | None = None


class Stays:
    """`frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int], habits: StayHabits) -> None:
        self._spec = spec
        self._habits = habits
        self._aspect = frame_size[0] / frame_size[1]
        self._stays: dict[int, _Stay] = {}

    def observe(
        self, tracks: Sequence[TrackView], at_s: float, is_staying: IsStaying
    ) -> list[RuleEvent]:
        present = {track.track_id for track in tracks}
        events: list[RuleEvent] = []
        for track in tracks:
            if track.coasting or not concerns(self._spec, track):
                continue
            if is_staying(track):
                events.extend(self._inside(track, present, at_s))
            else:
                events.extend(self._outside(track, at_s))
        return events + self._forget(present, at_s)

    def _inside(self, track: TrackView, present: set[int], at_s: float) -> list[RuleEvent]:
        stay = self._stays.get(track.track_id)
        if stay is None:
            stay = self._inherited(track, present) or _Stay(at_s, at_s, track.foot_norm)
            self._stays[track.track_id] = stay
        stay.left_at_s = None
        stay.pictures += 1
        stay.foot = track.foot_norm
        stay.last_seen_s = at_s
        long_enough = at_s - stay.since_s >= self._spec.dwell_s
        if stay.alarm or stay.pictures < CONFIRMING_PICTURES or not long_enough:
            return []
        stay.alarm = self._alarm(track, stay, at_s)
        return [stay.alarm]

    def _outside(self, track: TrackView, at_s: float) -> list[RuleEvent]:
        stay = self._stays.get(track.track_id)
        if stay is None:
            return []
        if not stay.alarm and not self._habits.patient:
            del self._stays[track.track_id]
            return []
        stay.last_seen_s = at_s
        if stay.left_at_s is None:
            stay.left_at_s = at_s
        if at_s - stay.left_at_s < self._habits.absence_s:
            return []
        del self._stays[track.track_id]
        return _ended(stay, stay.left_at_s)

    def _inherited(self, track: TrackView, present: set[int]) -> _Stay | None:
        """The stay of a lost track that this one continues under a new number."""
        begun_at = track.trail_norm[0]
        if not contains(self._spec.points, begun_at):
            return None
        reach = HANDOVER_HEIGHTS * track.height_norm
        for lost_id, stay in self._stays.items():
            lost_s = track.first_seen_s - stay.last_seen_s
            worth_it = stay.alarm is not None or self._habits.patient
            if lost_id in present or not worth_it or lost_s > self._habits.handover_s:
                continue
            if self._distance(stay.foot, begun_at) <= reach:
                return self._stays.pop(lost_id)
        return None

    def _distance(self, first: Point, second: Point) -> float:
        """In picture heights."""
        across = (first[0] - second[0]) * self._aspect
        return float((across**2 + (first[1] - second[1]) ** 2) ** 0.5)

    def _forget(self, present: set[int], at_s: float) -> list[RuleEvent]:
        events: list[RuleEvent] = []
        for track_id, stay in list(self._stays.items()):
            if track_id in present or at_s - stay.last_seen_s <= self._habits.handover_s:
                continue
            del self._stays[track_id]
            left_at_s = stay.last_seen_s if stay.left_at_s is None else stay.left_at_s
            events.extend(_ended(stay, left_at_s))
        return events

    def _alarm(self, track: TrackView, stay: _Stay, at_s: float) -> RuleAlarm:
        return RuleAlarm(
            rule_id=self._spec.id,
            track_id=track.track_id,
            street_class=track.street_class,
            score=track.score,
            box_norm=track.box_norm,
            track_norm=track.trail_norm,
            started_at_s=stay.since_s,
            observed_at_s=at_s,
            kind=self._spec.kind,
        )


def _ended(stay: _Stay, at_s: float) -> list[RuleEvent]:
    if stay.alarm is None:
        return []
    return [RuleEnded(stay.alarm.rule_id, stay.alarm.alarm_key, at_s)]
