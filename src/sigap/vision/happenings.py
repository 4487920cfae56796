"""Compares what rules reported with what the ground truth says should have happened.

Used by `evaluate`. What is expected is worked out from the annotated foot points alone, with no
code of the rules, so that a rule does not mark its own work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from sigap.vision.geometry import contains, segments_meet, side_of_line
from sigap.vision.ground_truth import GroundTruth
from sigap.vision.rules.events import Crossing, Direction, Point, RuleAlarm, RuleSpec

CROSSING_TOLERANCE_S = 1.5
STAY_GAP_S = 2.0
"""Leaving a zone for less than this is the same stay."""

SHORTEST_STAY_S = 0.5
"""A shorter touch of the zone need not be reported, and is no false alarm where it is."""


@dataclass(frozen=True, slots=True)
class ExpectedCrossing:
    at_s: float
    direction: Direction


@dataclass(slots=True)
class ExpectedStay:
    identity: int
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class LineScore:
    """Counts over one line; `wrong` = missed + invented. None where there is no ground truth."""

    name: str
    forward: int
    backward: int
    expected_forward: int | None = None
    expected_backward: int | None = None
    missed: int | None = None
    invented: int | None = None

    @property
    def wrong(self) -> int | None:
        if self.missed is None or self.invented is None:
            return None
        return self.missed + self.invented


@dataclass(frozen=True, slots=True)
class ZoneScore:
    """Alarms of one zone; `delay_s` is the median from entering to the alarm."""

    name: str
    alarms: int
    expected: int | None = None
    precision: float | None = None
    recall: float | None = None
    delay_s: float | None = None


class Geometry:
    """Pixels and seconds of a clip for ground truth that counts pictures."""

    def __init__(self, frame_size: tuple[int, int], times_s: Sequence[float]) -> None:
        self._frame_size = frame_size
        self._times_s = times_s

    def pixels(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self._frame_size[0], y * self._frame_size[1]) for x, y in points]

    def in_picture(self, foot: Point) -> Point:
        """Annotated boxes may hang over the edge; a line or zone never does."""
        width, height = self._frame_size
        return (min(max(foot[0], 0.5), width - 0.5), min(max(foot[1], 0.5), height - 0.5))

    def time_s(self, index: int) -> float:
        """Ground truth may tell of pictures after a truncated clip: those never come."""
        return self._times_s[index] if index < len(self._times_s) else float("inf")


def expected_crossings(
    truth: GroundTruth, line: RuleSpec, geometry: Geometry
) -> list[ExpectedCrossing]:
    """Every change of side of a foot path through the line's segment."""
    start, end = geometry.pixels(line.points)
    crossings: list[ExpectedCrossing] = []
    for path in truth.feet().values():
        for (_, before), (index, after) in pairwise(path):
            was_right = side_of_line(start, end, before) > 0
            is_right = side_of_line(start, end, after) > 0
            at_s = geometry.time_s(index)
            if was_right == is_right or at_s == float("inf"):
                continue
            step = (geometry.in_picture(before), geometry.in_picture(after))
            if segments_meet(step, (start, end)):
                direction = Direction.FORWARD if is_right else Direction.BACKWARD
                crossings.append(ExpectedCrossing(at_s, direction))
    return sorted(crossings, key=lambda crossing: crossing.at_s)


def expected_stays(truth: GroundTruth, zone: RuleSpec, geometry: Geometry) -> list[ExpectedStay]:
    """Every time span in which somebody's feet are inside, short absences bridged."""
    polygon = geometry.pixels(zone.points)
    stays: list[ExpectedStay] = []
    for identity, path in truth.feet().items():
        current: ExpectedStay | None = None
        for index, foot in path:
            at_s = geometry.time_s(index)
            if at_s == float("inf") or not contains(polygon, geometry.in_picture(foot)):
                continue
            if current is None or at_s - current.to_s > STAY_GAP_S:
                current = ExpectedStay(identity, at_s, at_s)
                stays.append(current)
            current.to_s = at_s
    return stays


def score_line(
    line: RuleSpec, counted: Sequence[Crossing], expected: Sequence[ExpectedCrossing] | None
) -> LineScore:
    forward = sum(crossing.direction is Direction.FORWARD for crossing in counted)
    if expected is None:
        return LineScore(line.name, forward, len(counted) - forward)
    waiting = list(expected)
    invented = 0
    for crossing in counted:
        match = _nearest_crossing(crossing, waiting)
        if match is None:
            invented += 1
        else:
            waiting.remove(match)
    expected_forward = sum(item.direction is Direction.FORWARD for item in expected)
    return LineScore(
        name=line.name,
        forward=forward,
        backward=len(counted) - forward,
        expected_forward=expected_forward,
        expected_backward=len(expected) - expected_forward,
        missed=len(waiting),
        invented=invented,
    )


def _nearest_crossing(
    crossing: Crossing, waiting: Sequence[ExpectedCrossing]
) -> ExpectedCrossing | None:
    near = [
        item
        for item in waiting
        if item.direction is crossing.direction
        and abs(item.at_s - crossing.at_s) <= CROSSING_TOLERANCE_S
    ]
    return min(near, key=lambda item: abs(item.at_s - crossing.at_s), default=None)


def score_zone(
    zone: RuleSpec, alarms: Sequence[RuleAlarm], expected: Sequence[ExpectedStay] | None
) -> ZoneScore:
    """An alarm is right when somebody was inside, long enough, and not yet reported."""
    if expected is None:
        return ZoneScore(zone.name, len(alarms))
    due_after_s = max(SHORTEST_STAY_S, zone.dwell_s)
    due = [stay for stay in expected if stay.to_s - stay.from_s >= due_after_s]
    brief = [stay for stay in expected if stay.to_s - stay.from_s < due_after_s]
    delays_s: list[float] = []
    excused = 0
    for alarm in alarms:
        stay = _stay_of(alarm, due)
        if stay is not None:
            due.remove(stay)
            delays_s.append(alarm.observed_at_s - stay.from_s)
        elif _stay_of(alarm, brief) is not None:
            excused += 1
    scored = len(alarms) - excused
    expected_count = len(due) + len(delays_s)
    return ZoneScore(
        name=zone.name,
        alarms=len(alarms),
        expected=expected_count,
        precision=len(delays_s) / scored if scored else None,
        recall=len(delays_s) / expected_count if expected_count else None,
        delay_s=median(delays_s) if delays_s else None,
    )


def _stay_of(alarm: RuleAlarm, stays: Sequence[ExpectedStay]) -> ExpectedStay | None:
    """The stay whose beginning is nearest to the alarm's."""
    open_stays = [
        stay
        for stay in stays
        if stay.from_s - CROSSING_TOLERANCE_S
        <= alarm.observed_at_s
        <= stay.to_s + CROSSING_TOLERANCE_S
    ]
    return min(open_stays, key=lambda stay: abs(stay.from_s - alarm.started_at_s), default=None)
