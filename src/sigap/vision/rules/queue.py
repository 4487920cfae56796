"""Vehicles that stand in a row: their number, the queue's length, an alarm over a limit.

Decode level: analysis rate while anything moves. A vehicle counts when it has stood for 2 s in the
zone. The length in metres (with `settings.ground`) runs along the zone's longer axis on the ground
from the first to the last standing vehicle, plus the length of one. An alarm when the number
reaches `settings.min_count` or the length `settings.limit_m` for `dwell_s` (at least 5 s).
Causes of wrong figures: parked vehicles in the zone, vehicles that hide each other (a lorry in
front), and a zone over two lanes with different queues (draw two). The far end of a long queue is
where the detector loses vehicles: draw the zone no farther than it sees.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sigap.vision.geometry import contains
from sigap.vision.ground import GroundPlane
from sigap.vision.rules.area_alarm import area_alarm
from sigap.vision.rules.events import (
    AlarmDetails,
    Measure,
    MeasureKind,
    Point,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleSpec,
)
from sigap.vision.rules.rule import concerns
from sigap.vision.rules.standing import Standing
from sigap.vision.rules.threshold import Threshold, Turn
from sigap.vision.tracks import TrackView

STANDING_S = 2.0
LASTING_S = 5.0
MEASURE_EVERY_S = 1.0
VEHICLE_LENGTH_M = 4.5


class QueueRule:
    """Serves `RuleKind.QUEUE`. Raises GroundError where ground points fix no plane."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._ground = GroundPlane(spec.settings.ground) if spec.settings.ground else None
        lasting_s = max(LASTING_S, spec.dwell_s)
        self._number = Threshold(spec.settings.min_count, lasting_s=lasting_s)
        self._length = Threshold(spec.settings.limit_m, lasting_s=lasting_s)
        self._standing = Standing()
        self._alarm: RuleAlarm | None = None
        self._measured_s = float("-inf")

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        self._standing.observe(tracks, at_s)
        queue = [track for track in tracks if self._is_queuing(track, at_s)]
        turns = (
            self._number.observe(len(queue), at_s),
            self._length.observe(self._length_m(self._feet(queue)), at_s),
        )
        events: list[RuleEvent] = []
        if Turn.BEGAN in turns and self._alarm is None:
            self._alarm = self._raise(queue, at_s)
            events.append(self._alarm)
        is_over = self._number.is_over or self._length.is_over
        if self._alarm is not None and not is_over:
            events.append(RuleEnded(self._spec.id, self._alarm.alarm_key, at_s))
            self._alarm = None
        return events + self._measures(at_s)

    def _is_queuing(self, track: TrackView, at_s: float) -> bool:
        rest = self._standing.rest(track.track_id)
        if rest is None or not concerns(self._spec, track):
            return False
        stands = at_s - rest.since_s >= STANDING_S
        return stands and contains(self._spec.points, rest.foot_norm)

    def _feet(self, queue: Sequence[TrackView]) -> list[Point]:
        rests = [self._standing.rest(track.track_id) for track in queue]
        return [rest.foot_norm for rest in rests if rest is not None]

    def _length_m(self, feet: Sequence[Point]) -> float:
        """0 where nobody stands or the ground is not known."""
        if self._ground is None or not feet or not self._ground.sees([*feet, *self._spec.points]):
            return 0.0
        corners = self._ground.metres(self._spec.points)
        axis = np.linalg.svd(corners - corners.mean(axis=0))[2][0]
        along = self._ground.metres(feet) @ axis
        return float(np.ptp(along)) + VEHICLE_LENGTH_M

    def _raise(self, queue: Sequence[TrackView], at_s: float) -> RuleAlarm:
        first = self._number if self._number.is_over else self._length
        length_m = round(self._length.value, 1) if self._ground else None
        return area_alarm(
            self._spec,
            queue,
            AlarmDetails(count=round(self._number.value), length_m=length_m),
            started_at_s=first.began_s,
            at_s=at_s,
        )

    def _measures(self, at_s: float) -> list[RuleEvent]:
        if at_s - self._measured_s < MEASURE_EVERY_S:
            return []
        self._measured_s = at_s
        rule_id, street_class = self._spec.id, min(self._spec.classes)
        number, length = self._number.value, self._length.value
        found: list[RuleEvent] = [
            Measure(rule_id, MeasureKind.QUEUE_COUNT, street_class, number, at_s)
        ]
        if self._ground:
            found.append(Measure(rule_id, MeasureKind.QUEUE_M, street_class, length, at_s))
        return found
