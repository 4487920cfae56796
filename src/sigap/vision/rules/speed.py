"""How fast road users drive through a zone, in km/h; an alarm over `settings.limit_kmh`.

Decode level: analysis rate while anything moves. `settings.ground` takes foot points to metres.
The speed is a robust line through all places within the zone (Theil–Sen: the median of the slopes
of all pairs), never a difference from picture to picture. An alarm needs the limit to be passed by
twice the error; a road user that leaves the zone is one measure. `settings.direction` limits both
to those who go forward or backward across the way from the zone's first to its second corner.
Causes of wrong speeds: ground points that were measured badly (the speed errs as the distances
do), a hill or bridge (there is no one plane), a zone so far away that a pixel is half a metre, and
a box that grows while the vehicle comes into the picture. Keep the zone away from the edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sigap.vision.geometry import contains, side_of_line
from sigap.vision.ground import GroundPlane
from sigap.vision.rules.events import (
    AlarmDetails,
    Direction,
    Measure,
    MeasureKind,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleSpec,
)
from sigap.vision.rules.rule import concerns
from sigap.vision.tracks import TrackView

SETTLED_HITS = 5
"""Pictures after which a track's filter follows its speed; before, it lags and catches up."""

LEAST_PLACES = 4
LEAST_SPAN_S = 0.5
LEAST_DISTANCE_M = 3.0
MOST_PLACES = 50
SLOWEST_KMH = 3.0
KMH_PER_MPS = 3.6
MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """`error_mps`: one standard deviation."""

    speed_mps: float
    error_mps: float

    @property
    def kmh(self) -> float:
        return self.speed_mps * KMH_PER_MPS


@dataclass(slots=True)
class _Passage:
    track: TrackView
    times_s: list[float] = field(default_factory=list)
    feet: list[tuple[float, float]] = field(default_factory=list)
    alarm: RuleAlarm | None = None


class SpeedRule:
    """Serves `RuleKind.SPEED`. Raises GroundError where the ground points fix no plane."""

    def __init__(self, spec: RuleSpec, frame_size: tuple[int, int]) -> None:
        self._spec = spec
        self._ground = GroundPlane(spec.settings.ground)
        self._passages: dict[int, _Passage] = {}

    @property
    def spec(self) -> RuleSpec:
        return self._spec

    def observe(self, tracks: Sequence[TrackView], at_s: float) -> list[RuleEvent]:
        events: list[RuleEvent] = []
        still_inside: set[int] = set()
        for track in tracks:
            if track.coasting:
                still_inside.add(track.track_id)
            elif contains(self._spec.points, track.foot_norm):
                still_inside.add(track.track_id)
                if track.hits >= SETTLED_HITS:
                    events.extend(self._inside(track, at_s))
        for track_id in [key for key in self._passages if key not in still_inside]:
            events.extend(self._left(self._passages.pop(track_id), at_s))
        return events

    def _inside(self, track: TrackView, at_s: float) -> list[RuleEvent]:
        passage = self._passages.setdefault(track.track_id, _Passage(track))
        passage.track = track
        passage.times_s.append(at_s)
        passage.feet.append(track.foot_norm)
        del passage.times_s[:-MOST_PLACES], passage.feet[:-MOST_PLACES]
        limit_kmh = self._spec.settings.limit_kmh
        if limit_kmh is None or passage.alarm is not None or not self._is_meant(passage):
            return []
        estimate = self._estimate(passage)
        if estimate is None:
            return []
        if estimate.speed_mps - 2 * estimate.error_mps <= limit_kmh / KMH_PER_MPS:
            return []
        passage.alarm = self._alarm(passage, estimate, at_s)
        return [passage.alarm]

    def _left(self, passage: _Passage, at_s: float) -> list[RuleEvent]:
        """The zone is left, or the track lost: one measure, and the end of an alarm."""
        estimate = self._estimate(passage)
        events: list[RuleEvent] = []
        if estimate is not None and estimate.kmh >= SLOWEST_KMH and self._is_meant(passage):
            street_class = passage.track.street_class
            kind = MeasureKind.SPEED_KMH
            events.append(Measure(self._spec.id, kind, street_class, estimate.kmh, at_s))
        if passage.alarm is not None:
            events.append(RuleEnded(self._spec.id, passage.alarm.alarm_key, at_s))
        return events

    def _estimate(self, passage: _Passage) -> SpeedEstimate | None:
        long_enough = passage.times_s[-1] - passage.times_s[0] >= LEAST_SPAN_S
        if len(passage.times_s) < LEAST_PLACES or not long_enough:
            return None
        if not self._ground.sees(passage.feet):
            return None
        places = self._ground.metres(passage.feet)
        if np.linalg.norm(places[-1] - places[0]) < LEAST_DISTANCE_M:
            return None
        return robust_speed(np.array(passage.times_s), places)

    def _is_meant(self, passage: _Passage) -> bool:
        if not concerns(self._spec, passage.track):
            return False
        wanted = self._spec.settings.direction or Direction.BOTH
        if wanted is Direction.BOTH:
            return True
        first, second = self._spec.points[:2]
        across = [side_of_line(first, second, passage.feet[index]) for index in (0, -1)]
        return (across[1] > across[0]) is (wanted is Direction.FORWARD)

    def _alarm(self, passage: _Passage, estimate: SpeedEstimate, at_s: float) -> RuleAlarm:
        track = passage.track
        return RuleAlarm(
            rule_id=self._spec.id,
            track_id=track.track_id,
            street_class=track.street_class,
            score=track.score,
            box_norm=track.box_norm,
            track_norm=track.trail_norm,
            started_at_s=passage.times_s[0],
            observed_at_s=at_s,
            kind=self._spec.kind,
            details=AlarmDetails(speed_kmh=round(estimate.kmh, 1)),
        )


def robust_speed(
    times_s: NDArray[np.float64], places_m: NDArray[np.float64]
) -> SpeedEstimate | None:
    """Theil–Sen velocity of places (N, 2) at times (N,); None where no two times differ.

    The error is that of a least-squares slope with the spread (median absolute deviation) of the
    residuals, which single wild places do not inflate.
    """
    first, second = np.triu_indices(len(times_s), k=1)
    elapsed = times_s[second] - times_s[first]
    apart = elapsed > 0
    if not apart.any():
        return None
    slopes = (places_m[second] - places_m[first])[apart] / elapsed[apart, np.newaxis]
    velocity = np.median(slopes, axis=0)
    residuals = places_m - times_s[:, np.newaxis] * velocity
    residuals = residuals - np.median(residuals, axis=0)
    deviation = MAD_TO_DEVIATION * float(np.median(np.abs(residuals), axis=0).max())
    spread_s = float(np.sqrt(np.sum((times_s - times_s.mean()) ** 2)))
    return SpeedEstimate(float(np.linalg.norm(velocity)), deviation / spread_s)
