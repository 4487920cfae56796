"""What a rule is told (`RuleSpec`) and what it says (`RuleAlarm`, `Crossing`).

The camera node makes specs from the core's configuration and posts the events back.
Points and boxes are normalised: 0..1 of the picture's width and height, y down.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sigap.vision.street_class import StreetClass

Point: TypeAlias = tuple[float, float]
NormBox: TypeAlias = tuple[float, float, float, float]


class RuleKind(StrEnum):
    ZONE = "zone"
    LINE = "line"


class Direction(StrEnum):
    """FORWARD = from the left to the right of the vector p0→p1, as seen on the screen."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One rule as drawn by a user.

    Zone: at least three points, the polygon closes itself. Line: exactly two points.
    `min_score` is compared with the track's mean detection score; `dwell_s` is the time a track
    must stay inside a zone before it raises an alarm (0: at once, after a few confirming pictures).
    """

    id: int
    uuid: str
    kind: RuleKind
    name: str
    points: tuple[Point, ...]
    classes: frozenset[StreetClass] = frozenset({StreetClass.PERSON})
    min_score: float = 0.4
    dwell_s: float = 0.0
    enabled: bool = True

    def __post_init__(self) -> None:
        if self.kind is RuleKind.LINE and len(self.points) != 2:
            raise ValueError(f"line rule {self.name!r} needs 2 points, has {len(self.points)}")
        if self.kind is RuleKind.ZONE and len(self.points) < 3:
            raise ValueError(f"zone rule {self.name!r} needs 3 points, has {len(self.points)}")


@dataclass(frozen=True, slots=True)
class RuleAlarm:
    """One happening that a person should look at.

    `started_at_s`: when the track entered; `observed_at_s`: the picture that confirmed it. Both on
    the clock that was passed to `Analyser.process`. `track_norm`: foot points, oldest first.
    """

    rule_id: int
    track_id: int
    street_class: StreetClass
    score: float
    box_norm: NormBox
    track_norm: tuple[Point, ...]
    started_at_s: float
    observed_at_s: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """One road user counted over a line; `at_s` is the picture at which it was certain."""

    rule_id: int
    street_class: StreetClass
    direction: Direction
    at_s: float
    track_id: int
