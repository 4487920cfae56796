"""What each kind of rule needs beside its shape, with limits. Checked here, nowhere else."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sigap.cctv.ground_plane import check_ground
from sigap.cctv.inputs import PicturePart
from sigap.cctv.models import RuleKind, StreetClass
from sigap.cctv.shapes import Points
from sigap.core.refusals import Invalid

Metres = Annotated[float, Field(ge=-2000, le=2000, allow_inf_nan=False)]
GroundPoint = tuple[PicturePart, PicturePart, Metres, Metres]
"""x, y of the picture (0..1) and the place on the ground seen there: east, north in metres."""


class Direction(StrEnum):
    """Across a line p0→p1, forward is from its left to its right."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"


class RuleSettings(BaseModel):
    """What only some kinds need; what is not given has no limit or the node's usual value.

    `sensitivity` is 0 (only the coarse) to 1 (the least trace).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    direction: Direction | None = None
    min_count: int | None = Field(default=None, ge=1, le=1000)
    limit_kmh: float | None = Field(default=None, ge=3, le=300, allow_inf_nan=False)
    limit_m: float | None = Field(default=None, ge=2, le=2000, allow_inf_nan=False)
    ground: list[GroundPoint] = Field(default=[], max_length=40)
    sensitivity: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)

    def stored(self) -> dict[str, object]:
        """The JSON that is kept and that the node gets: only what was set."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Setting(StrEnum):
    DIRECTION = "direction"
    MIN_COUNT = "min_count"
    LIMIT_KMH = "limit_kmh"
    LIMIT_M = "limit_m"
    GROUND = "ground"
    SENSITIVITY = "sensitivity"


@dataclass(frozen=True, slots=True)
class KindNeeds:
    """What a kind of rule takes. `one_of`: at least one of these must be set."""

    takes: frozenset[Setting] = frozenset()
    must: frozenset[Setting] = frozenset()
    one_of: frozenset[Setting] = frozenset()
    least_dwell_s: float = 0
    # What it looks at has no class: the picture itself, or an object that nobody knows.
    classless: bool = False


_S = Setting
NEEDS: dict[RuleKind, KindNeeds] = {
    RuleKind.ZONE: KindNeeds(),
    RuleKind.LINE: KindNeeds(takes=frozenset({_S.DIRECTION})),
    RuleKind.LOITERING: KindNeeds(least_dwell_s=1),
    RuleKind.CROWD: KindNeeds(
        takes=frozenset({_S.MIN_COUNT, _S.SENSITIVITY}), must=frozenset({_S.MIN_COUNT})
    ),
    RuleKind.WRONG_WAY: KindNeeds(takes=frozenset({_S.DIRECTION})),
    RuleKind.STOPPED: KindNeeds(least_dwell_s=1),
    RuleKind.OBJECT: KindNeeds(takes=frozenset({_S.SENSITIVITY}), least_dwell_s=1, classless=True),
    RuleKind.SPEED: KindNeeds(
        takes=frozenset({_S.LIMIT_KMH, _S.GROUND, _S.DIRECTION}),
        must=frozenset({_S.LIMIT_KMH, _S.GROUND}),
    ),
    RuleKind.QUEUE: KindNeeds(
        takes=frozenset({_S.MIN_COUNT, _S.LIMIT_M, _S.GROUND}),
        one_of=frozenset({_S.MIN_COUNT, _S.LIMIT_M}),
    ),
    RuleKind.TAMPER: KindNeeds(takes=frozenset({_S.SENSITIVITY}), classless=True),
}

_WORDS: dict[Setting, str] = {
    _S.DIRECTION: "a direction",
    _S.MIN_COUNT: "a number (min_count)",
    _S.LIMIT_KMH: "a speed limit (limit_kmh)",
    _S.LIMIT_M: "a length in metres (limit_m)",
    _S.GROUND: "the ground plane: at least four points with their distances in metres",
    _S.SENSITIVITY: "a sensitivity",
}


def checked_settings(
    kind: RuleKind, settings: RuleSettings, points: Points, dwell_s: float
) -> RuleSettings:
    """`settings`, if they suit a rule of `kind`. Raises Invalid with a sentence that says what is
    missing or has no meaning; `field` names it."""
    needs = NEEDS[kind]
    given = {Setting(name) for name in settings.stored()}
    for setting in sorted(given - needs.takes):
        raise _refused(setting, f"A rule of this kind has no use for {_WORDS[setting]}.")
    for setting in sorted(needs.must - given):
        raise _refused(setting, f"A rule of this kind needs {_WORDS[setting]}.")
    if needs.one_of and not needs.one_of & given:
        wanted = " or ".join(_WORDS[setting] for setting in sorted(needs.one_of))
        raise _refused(min(needs.one_of), f"A rule of this kind needs {wanted}.")
    if dwell_s < needs.least_dwell_s:
        raise Invalid(
            "bad_settings",
            f"A rule of this kind needs a time of at least {needs.least_dwell_s:g} s.",
            field="dwell_s",
        )
    if settings.limit_m is not None and not settings.ground:
        raise _refused(_S.GROUND, f"A length in metres needs {_WORDS[_S.GROUND]}.")
    if settings.ground:
        check_ground(settings.ground, points)
    return settings


def checked_classes(kind: RuleKind, classes: list[str]) -> list[str]:
    """The classes a rule of `kind` looks for, sorted. Raises Invalid if there are none."""
    if NEEDS[kind].classless:
        return [StreetClass.UNKNOWN.value]
    wanted = sorted(set(classes) - {StreetClass.UNKNOWN.value})
    if not wanted:
        raise Invalid("no_classes", "Choose at least one class to look for.", field="classes")
    return wanted


def _refused(setting: Setting, message: str) -> Invalid:
    return Invalid("bad_settings", message, field=f"settings.{setting.value}")
