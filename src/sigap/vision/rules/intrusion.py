"""Person (or other road user) in a zone: one alarm for each stay of each road user.

Decode level: analysis rate (5 pictures a second) while something moves near the zone.
Causes of false alarms: feet hidden behind an obstacle (the box ends too high), a shadow or a
poster taken for a person, a zone drawn along a path so that jitter enters it, and a camera that
looks straight down, where the lower edge of the box is not where the feet are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sigap.vision.geometry import contains
from sigap.vision.rules.events import Point, RuleAlarm, RuleSpec
from sigap.vision.rules.rule import RuleEvent, concerns
from sigap.vision.tracks import TrackView

CONFIRMING_PICTURES = 3
"""Pictures in a row with the feet inside before a stay counts."""

REARM_S = 2.0
"""Time outside after which coming back is a new stay."""

HANDOVER_S = 3.0
"""A track that begins inside, where an alarmed one was just lost, is the same road user."""

HANDOVER_HEIGHTS = 1.0
"""How far from there it may begin, in heights of its box."""


@dataclass(slots=True)
class _Stay:
    since_s: float
    pictures: int = 0
    alarmed: bool = False
    left_at_s: float | None = None
    foot: Point = (0.0, 0.0)
    last_seen_s: float = 0.0


class IntrusionRule:
    """Serves `RuleKind.ZONE`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._aspect = frame_size[0] / frame_size[1]
        self._stays: dict[int, _Stay] = {}

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        present = {track.track_id for track in tracks}
        alarms: list[RuleEvent] = []
        for track in tracks:
            if track.coasting or not concerns(self._spec, track):
                continue
            if contains(self._spec.points, track.foot_norm):
                alarms.extend(self._inside(track, present, at_s))
            else:
                self._outside(track, at_s)
        self._forget(present, at_s)
        return alarms

    def _inside(self, track: TrackView, present: set[int], at_s: float) -> list[RuleAlarm]:
        stay = self._stays.get(track.track_id)
        if stay is None:
            stay = self._inherited(track, present, at_s) or _Stay(since_s=at_s)
            self._stays[track.track_id] = stay
        stay.left_at_s = None
        stay.pictures += 1
        stay.foot = track.foot_norm
        stay.last_seen_s = at_s
        long_enough = at_s - stay.since_s >= self._spec.dwell_s
        if stay.alarmed or stay.pictures < CONFIRMING_PICTURES or not long_enough:
            return []
        stay.alarmed = True
        return [self._alarm(track, stay, at_s)]

    def _outside(self, track: TrackView, at_s: float) -> None:
        stay = self._stays.get(track.track_id)
        if stay is None:
            return
        if not stay.alarmed:
            del self._stays[track.track_id]
            return
        stay.last_seen_s = at_s
        if stay.left_at_s is None:
            stay.left_at_s = at_s
        if at_s - stay.left_at_s >= REARM_S:
            del self._stays[track.track_id]

    def _inherited(self, track: TrackView, present: set[int], at_s: float) -> _Stay | None:
        """The stay of a lost track that this one continues under a new number."""
        if not contains(self._spec.points, track.trail_norm[0]):
            return None
        reach = HANDOVER_HEIGHTS * track.height_norm
        for lost_id, stay in self._stays.items():
            recent = track.first_seen_s - stay.last_seen_s <= HANDOVER_S
            if lost_id in present or not stay.alarmed or not recent:
                continue
            if self._distance(stay.foot, track.trail_norm[0]) <= reach:
                return self._stays.pop(lost_id)
        return None

    def _distance(self, first: Point, second: Point) -> float:
        """In picture heights."""
        across = (first[0] - second[0]) * self._aspect
        return float((across**2 + (first[1] - second[1]) ** 2) ** 0.5)

    def _forget(self, present: set[int], at_s: float) -> None:
        self._stays = {
            track_id: stay
            for track_id, stay in self._stays.items()
            if track_id in present or at_s - stay.last_seen_s <= HANDOVER_S
        }

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
        )
