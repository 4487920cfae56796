"""A rule as one word on the command line: `KIND:POINTS:KEY=VALUE:…`. Read by `command`.

`loitering:300,200,600,200,600,400:dwell=20`, `crowd:…:count=5`, `tamper`. Points are x,y pairs in
pixels, or 0..1 of the picture.
"""

from __future__ import annotations

from math import isfinite

from sigap.vision.rule_report import SCORED_KINDS
from sigap.vision.rules.events import (
    WHOLE_PICTURE,
    Direction,
    GroundPoint,
    Point,
    RuleKind,
    RuleSettings,
    RuleSpec,
)
from sigap.vision.street_class import EVERY_CLASS, StreetClass, StreetKind, classes_of_kinds

VEHICLES = classes_of_kinds({StreetKind.VEHICLE})
USUAL_CLASSES: dict[RuleKind, frozenset[StreetClass]] = {
    RuleKind.STOPPED: VEHICLES,
    RuleKind.QUEUE: VEHICLES,
    RuleKind.CROWD: frozenset({StreetClass.PERSON}),
}
USUAL_SCORE = 0.4
GROUND_NUMBERS = 4
"""Of a ground point: x, y, east, north."""


def read_rule(
    text: str, number: int, frame_size: tuple[int, int], classes: frozenset[StreetClass] | None
) -> RuleSpec:
    """`classes`: what is asked for of every rule; None: what is usual for the kind.

    Raises ValueError, in a sentence, for anything that is no rule.
    """
    head, *rest = [part.strip() for part in text.split(":")]
    kind = _kind(head)
    points: tuple[Point, ...] = ()
    if rest and "=" not in rest[0]:
        points = read_points(rest.pop(0), frame_size)
    if kind in WHOLE_PICTURE and points:
        raise ValueError(f"{kind.value} watches the whole picture: give it no points")
    given = dict(_pair(part, text) for part in rest)
    if len(given) < len(rest):
        raise ValueError(f"{text!r} gives a value twice")
    unknown = sorted(set(given) - KEYS)
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no key of a rule; there are {', '.join(sorted(KEYS))}")
    return RuleSpec(
        id=number,
        uuid=f"{kind.value}-{number}",
        kind=kind,
        name=text.partition(":")[2] if kind in SCORED_KINDS else text,
        points=points,
        classes=_classes(given.get("class")) or classes or USUAL_CLASSES.get(kind, EVERY_CLASS),
        min_score=_number(given, "score", 0, 1, USUAL_SCORE),
        dwell_s=_number(given, "dwell", 0, float("inf"), 0.0),
        settings=_settings(given, frame_size),
    )


def read_points(text: str, frame_size: tuple[int, int]) -> tuple[Point, ...]:
    """Normalised points; raises ValueError for anything but an even row of numbers."""
    numbers = _numbers(text)
    if len(numbers) % 2 or not numbers:
        raise ValueError(f"{text!r} is not a row of x,y pairs")
    width, height = (1, 1) if max(numbers) <= 1 else frame_size
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    points = tuple((x / width, y / height) for x, y in pairs)
    if not _meets_picture(points):
        raise ValueError(
            f"{text!r} lies outside the picture, which is {frame_size[0]}x{frame_size[1]}"
        )
    return points


def _meets_picture(points: tuple[Point, ...]) -> bool:
    return all(min(row) <= 1 and max(row) >= 0 for row in zip(*points, strict=True))


def _settings(given: dict[str, str], frame_size: tuple[int, int]) -> RuleSettings:
    count = _optional(given, "count", 1, 10_000)
    if count is not None and count != int(count):
        raise ValueError("count needs a whole number")
    return RuleSettings(
        direction=_direction(given.get("direction")),
        min_count=None if count is None else int(count),
        limit_kmh=_optional(given, "limit-kmh", 0, 1_000),
        limit_m=_optional(given, "limit-m", 0, 100_000),
        ground=_ground(given.get("ground"), frame_size),
        sensitivity=_optional(given, "sensitivity", 0, 1),
    )


def _kind(word: str) -> RuleKind:
    try:
        return RuleKind(word.lower().replace("-", "_"))
    except ValueError:
        kinds = ", ".join(kind.value for kind in RuleKind)
        raise ValueError(f"{word!r} is no kind of rule; there are {kinds}") from None


def _pair(part: str, text: str) -> tuple[str, str]:
    key, sign, value = part.partition("=")
    if not sign or not value.strip():
        raise ValueError(f"{part!r} in {text!r} is not KEY=VALUE")
    return key.strip().lower(), value.strip()


def _direction(word: str | None) -> Direction | None:
    if word is None:
        return None
    try:
        return Direction(word.lower())
    except ValueError:
        raise ValueError("direction is forward, backward or both") from None


def _classes(words: str | None) -> frozenset[StreetClass]:
    return frozenset(
        StreetClass.from_label(word.strip()) for word in (words or "").split("+") if word
    )


def _ground(text: str | None, frame_size: tuple[int, int]) -> tuple[GroundPoint, ...]:
    """`x,y,east,north;…`: places of the picture and of the ground, in metres."""
    rows = [_numbers(row) for row in (text or "").split(";") if row.strip()]
    if any(len(row) != GROUND_NUMBERS for row in rows):
        raise ValueError("ground needs points of x,y,east,north with ; between them")
    in_pixels = any(max(row[:2]) > 1 for row in rows)
    width, height = frame_size if in_pixels else (1, 1)
    return tuple((x / width, y / height, east, north) for x, y, east, north in rows)


def _number(given: dict[str, str], key: str, least: float, most: float, usual: float) -> float:
    value = _optional(given, key, least, most)
    return usual if value is None else value


def _optional(given: dict[str, str], key: str, least: float, most: float) -> float | None:
    if key not in given:
        return None
    (value,) = row if len(row := _numbers(given[key])) == 1 else (float("nan"),)
    if not least <= value <= most:
        limits = f"from {least:g} to {most:g}" if isfinite(most) else f"from {least:g}"
        raise ValueError(f"{key} needs a number {limits}, not {given[key]!r}")
    return value


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.replace(" ", ",").split(",") if part]
    except ValueError as error:
        raise ValueError(f"{text!r} is not a row of x,y pairs") from error
    if not all(map(isfinite, numbers)):
        raise ValueError(f"{text!r} is not a row of x,y pairs")
    return numbers


KEYS = frozenset(
    {
        "class",
        "score",
        "dwell",
        "count",
        "limit-kmh",
        "limit-m",
        "direction",
        "ground",
        "sensitivity",
    }
)
