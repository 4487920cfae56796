"""Somebody who stays in a zone for long, walking about or standing: one alarm a stay.

Decode level: analysis rate while something moves. `dwell_s` is the time that counts as loitering.
Unlike an intrusion, stepping out for a few seconds does not end the stay, and who is lost behind
others and found near the same spot goes on waiting.
Causes of false alarms: a place where people are meant to wait (bus stop, queue), two people who
take each other's place within seconds, and a guard. Missed: somebody who keeps leaving the zone
for longer than `HABITS.absence_s`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sigap.vision.geometry import contains
from sigap.vision.rules.events import RuleEvent, RuleSpec
from sigap.vision.rules.stays import StayHabits, Stays
from sigap.vision.tracks import TrackView

HABITS = StayHabits(absence_s=8.0, handover_s=6.0, patient=True)


class LoiteringRule:
    """Serves `RuleKind.LOITERING`. `frame_size` is (width, height) in pixels."""

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
