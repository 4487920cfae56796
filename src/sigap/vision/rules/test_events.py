"""What makes a rule of each kind, and the vocabulary that node and core share."""

from __future__ import annotations

import pytest

from sigap.vision.rules.events import (
    DECODE_LEVELS,
    GroundPoint,
    Point,
    RuleKind,
    RuleSettings,
    RuleSpec,
    decode_level,
)
from sigap.vision.rules.registry import RULES
from sigap.vision.street_class import DETECTED_CLASSES, StreetClass

TRIANGLE: tuple[Point, ...] = ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))
LINE: tuple[Point, ...] = TRIANGLE[:2]
GROUND: tuple[GroundPoint, ...] = ((0, 0, 0, 10), (1, 0, 10, 10), (1, 1, 10, 0), (0, 1, 0, 0))


def _spec(kind: RuleKind, points: tuple[Point, ...], settings: RuleSettings) -> RuleSpec:
    return RuleSpec(id=1, uuid="r", kind=kind, name="r", points=points, settings=settings)


def test_every_kind_has_a_decode_level_and_a_rule() -> None:
    assert set(DECODE_LEVELS) == set(RuleKind) == set(RULES)
    assert {decode_level(kind).value for kind in RuleKind} <= {"keyframes", "analysis", "full"}


@pytest.mark.parametrize(
    ("kind", "points", "settings", "words"),
    [
        (RuleKind.ZONE, LINE, RuleSettings(), "3 points"),
        (RuleKind.LINE, TRIANGLE, RuleSettings(), "2 points"),
        (RuleKind.WRONG_WAY, TRIANGLE, RuleSettings(), "2 points"),
        (RuleKind.STOPPED, (), RuleSettings(), "3 points"),
        (RuleKind.CROWD, TRIANGLE, RuleSettings(), "min_count"),
        (RuleKind.SPEED, TRIANGLE, RuleSettings(limit_kmh=50), "ground"),
        (RuleKind.SPEED, TRIANGLE, RuleSettings(limit_kmh=50, ground=GROUND[:3]), "four points"),
        (RuleKind.QUEUE, TRIANGLE, RuleSettings(limit_m=30), "ground points"),
    ],
)
def test_what_makes_no_rule_is_refused(
    kind: RuleKind, points: tuple[Point, ...], settings: RuleSettings, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        _spec(kind, points, settings)


@pytest.mark.parametrize(
    ("kind", "points", "settings"),
    [
        (RuleKind.TAMPER, (), RuleSettings()),
        (RuleKind.OBJECT, TRIANGLE, RuleSettings(sensitivity=0.5)),
        (RuleKind.CROWD, TRIANGLE, RuleSettings(min_count=5)),
        (RuleKind.SPEED, TRIANGLE, RuleSettings(limit_kmh=50, ground=GROUND)),
        (RuleKind.QUEUE, TRIANGLE, RuleSettings(min_count=5)),
    ],
)
def test_what_makes_a_rule_is_taken_and_can_be_a_key(
    kind: RuleKind, points: tuple[Point, ...], settings: RuleSettings
) -> None:
    spec = _spec(kind, points, settings)

    assert {spec: 1}[_spec(kind, points, settings)] == 1


def test_unknown_is_a_class_that_no_detector_says() -> None:
    assert StreetClass.from_label("unknown") is StreetClass.UNKNOWN
    assert StreetClass.UNKNOWN not in DETECTED_CLASSES
