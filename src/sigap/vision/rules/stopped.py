"""A vehicle that stands in a zone for longer than `dwell_s`: one alarm a stop.

Decode level: analysis rate while something moves; afterwards the detector looks twice a second for
as long as the track is alive.
Causes of false alarms: vehicles at a red light or in a jam where `dwell_s` is short, a zone over
parking places (a parked vehicle alarms once each time that the node starts), and a thing of the
scene that is taken for a vehicle. Missed: a vehicle that others hide for most of the time.
"""

from __future__ import annotations

from collections.abc import Sequence

from sigap.vision.geometry import contains
from sigap.vision.rules.events import RuleEvent, RuleSpec
from sigap.vision.rules.standing import Standing
from sigap.vision.rules.stays import StayHabits, Stays
from sigap.vision.tracks import TrackView

HABITS = StayHabits(absence_s=0.0, handover_s=15.0, patient=True)
SURELY_STANDING_S = 1.0


class StoppedRule:
    """Serves `RuleKind.STOPPED`. `frame_size` is (width, height) in pixels."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._standing = Standing()
        self._stays = Stays(spec, frame_size, HABITS)
        self._now_s = 0.0

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        self._now_s = at_s
        self._standing.observe(tracks, at_s)
        return self._stays.observe(tracks, at_s, self._is_stopped)

    def _is_stopped(self, track: TrackView) -> bool:
        rest = self._standing.rest(track.track_id)
        if rest is None or self._now_s - rest.since_s < SURELY_STANDING_S:
            return False
        return contains(self._spec.points, rest.foot_norm)
