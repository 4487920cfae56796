"""What a rule is told (`RuleSpec`) and what it says (`RuleAlarm`, `RuleEnded`, `Crossing`,
`Measure`).

The camera node makes specs from the core's configuration and posts the events back.
Points and boxes are normalised: 0..1 of the picture's width and height, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from sigap.vision.ground import GroundPlane
from sigap.vision.street_class import StreetClass

Point: TypeAlias = tuple[float, float]
NormBox: TypeAlias = tuple[float, float, float, float]
GroundPoint: TypeAlias = tuple[float, float, float, float]
"""x, y in the picture (0..1) and the place on the ground seen there: east, north in metres."""


class RuleKind(StrEnum):
    ZONE = "zone"
    LINE = "line"
    LOITERING = "loitering"
    CROWD = "crowd"
    WRONG_WAY = "wrong_way"
    STOPPED = "stopped"
    OBJECT = "object"
    SPEED = "speed"
    QUEUE = "queue"
    TAMPER = "tamper"


class DecodeLevel(StrEnum):
    """How much of a camera has to be decoded, cheapest first.

    KEYFRAMES: a picture every few seconds will do. ANALYSIS: the analysis rate (5 a second) while
    something moves. FULL: every picture, always.
    """

    KEYFRAMES = "keyframes"
    ANALYSIS = "analysis"
    FULL = "full"


DECODE_LEVELS: dict[RuleKind, DecodeLevel] = {
    RuleKind.ZONE: DecodeLevel.ANALYSIS,
    RuleKind.LINE: DecodeLevel.ANALYSIS,
    RuleKind.LOITERING: DecodeLevel.ANALYSIS,
    RuleKind.CROWD: DecodeLevel.ANALYSIS,
    RuleKind.WRONG_WAY: DecodeLevel.ANALYSIS,
    RuleKind.STOPPED: DecodeLevel.ANALYSIS,
    RuleKind.OBJECT: DecodeLevel.KEYFRAMES,
    RuleKind.SPEED: DecodeLevel.ANALYSIS,
    RuleKind.QUEUE: DecodeLevel.ANALYSIS,
    RuleKind.TAMPER: DecodeLevel.KEYFRAMES,
}
"""No rule needs FULL: it is for cameras that a city marks as critical."""


def decode_level(kind: RuleKind) -> DecodeLevel:
    return DECODE_LEVELS[kind]


class Direction(StrEnum):
    """FORWARD = from the left to the right of the vector p0→p1, as seen on the screen.

    BOTH is said in settings only; a crossing has one of the others.
    """

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"


class MeasureKind(StrEnum):
    SPEED_KMH = "speed_kmh"
    QUEUE_M = "queue_m"
    QUEUE_COUNT = "queue_count"
    CROWD_COUNT = "crowd_count"


class Change(StrEnum):
    """What became of an object, a camera's picture or a crowd."""

    LEFT = "left"
    TAKEN = "taken"
    COVERED = "covered"
    BLURRED = "blurred"
    FROZEN = "frozen"
    TURNED = "turned"
    DISPERSAL = "dispersal"


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What only some kinds of rule need; None means the kind's usual value, or no limit.

    `ground`: at least four points that fix the homography from the picture to the ground, or none.
    `sensitivity`: 0 (only the coarse) to 1 (the least trace).
    """

    direction: Direction | None = None
    min_count: int | None = None
    limit_kmh: float | None = None
    limit_m: float | None = None
    ground: tuple[GroundPoint, ...] = ()
    sensitivity: float | None = None


LINES = frozenset({RuleKind.LINE, RuleKind.WRONG_WAY})
WHOLE_PICTURE = frozenset({RuleKind.TAMPER})


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One rule as drawn by a user.

    A line has exactly two points, a zone at least three (the polygon closes itself), tampering
    none. `min_score` is compared with the track's mean detection score; `dwell_s` is how long
    something must last before it raises an alarm (0: at once, after a few confirming pictures).
    Raises ValueError where points or settings do not make a rule of this kind.
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
    settings: RuleSettings = field(default_factory=RuleSettings)

    def __post_init__(self) -> None:
        self._check_points()
        missing = self._missing_setting()
        if missing:
            raise ValueError(f"{self.kind.value} rule {self.name!r} needs {missing}")

    def _check_points(self) -> None:
        count = len(self.points)
        if self.kind in WHOLE_PICTURE:
            return
        needed, wrong = (2, count != 2) if self.kind in LINES else (3, count < 3)
        if wrong:
            raise ValueError(
                f"{self.kind.value} rule {self.name!r} needs {needed} points, {count=}"
            )

    def _missing_setting(self) -> str:
        settings = self.settings
        if settings.ground and not GroundPlane(settings.ground).sees(self.points):
            return "ground points whose plane reaches all of its zone"
        if self.kind is RuleKind.CROWD and not settings.min_count:
            return "min_count"
        if self.kind is RuleKind.SPEED and not settings.ground:
            return "ground points"
        if self.kind is RuleKind.QUEUE and settings.limit_m is not None and not settings.ground:
            return "ground points for limit_m"
        return ""


@dataclass(frozen=True, slots=True)
class AlarmDetails:
    """What a rule tells beside the track; None where it has no meaning."""

    count: int | None = None
    speed_kmh: float | None = None
    length_m: float | None = None
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class RuleAlarm:
    """One happening that a person should look at.

    `started_at_s`: when it began (the track entered); `observed_at_s`: the picture that confirmed
    it. Both on the clock that was passed to `Analyser.process`. `track_norm`: foot points, oldest
    first; empty, and `track_id` 0, where no road user is meant. `ended_at_s` is None while it goes
    on: then a `RuleEnded` with the same `alarm_key` follows.
    """

    rule_id: int
    track_id: int
    street_class: StreetClass
    score: float
    box_norm: NormBox
    track_norm: tuple[Point, ...]
    started_at_s: float
    observed_at_s: float
    kind: RuleKind = RuleKind.ZONE
    details: AlarmDetails = AlarmDetails()
    ended_at_s: float | None = None

    @property
    def alarm_key(self) -> str:
        """Names this alarm within its camera."""
        return f"{self.rule_id}/{self.track_id}/{self.observed_at_s:.3f}"


@dataclass(frozen=True, slots=True)
class RuleEnded:
    """An alarm that was raised is over."""

    rule_id: int
    alarm_key: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """One road user counted over a line; `at_s` is the picture at which it was certain."""

    rule_id: int
    street_class: StreetClass
    direction: Direction
    at_s: float
    track_id: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One reading: km/h, metres or a number, as `measure` says."""

    rule_id: int
    measure: MeasureKind
    street_class: StreetClass
    value: float
    at_s: float


RuleEvent: TypeAlias = "RuleAlarm | RuleEnded | Crossing | Measure"
