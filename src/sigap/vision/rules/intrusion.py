"""Person (or other road user) in a zone: one alarm for each stay of each road user.

Decode level: analysis rate (5 pictures a second) while something moves near the zone.
Causes of false alarms: feet hidden behind an obstacle (the box ends too high), a shadow or a
poster taken for a person, a zone drawn along a path so that jitter enters it, and a camera that
looks straight down, where the lower edge of the box is not where the feet are.
"""

from __future__ import annotations

from collections.abc import Sequence

from sigap.vision.geometry import contains
from sigap.vision.rules.events import RuleEvent, RuleSpec
from sigap.vision.rules.stays import StayHabits, Stays
from sigap.vision.tracks import TrackView

HABITS = StayHabits(absence_s=2.0, handover_s=3.0)


class IntrusionRule:
    """Serves `RuleKind.ZONE`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._stays = Stays(spec, frame_size, HABITS)

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        return self._stays.observe(tracks, at_s, self._is_inside)

    def _is_inside(self, track: TrackView) -> bool:
        return contains(self._spec.points, track.foot_norm)
