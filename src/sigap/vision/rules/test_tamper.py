"""Tampering: each kind is told once and ends; dusk, rain of noise and passers-by are none."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from sigap.vision.detections import Image
from sigap.vision.rules.events import (
    Change,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleKind,
    RuleSpec,
)
from sigap.vision.rules.rule import Scenery
from sigap.vision.rules.tamper import TamperRule

SIZE = (640, 360)
SPEC = RuleSpec(id=4, uuid="tamper", kind=RuleKind.TAMPER, name="Kamera", points=())
NOTHING = np.zeros((36, 64), np.bool_)
Spoil = Callable[[Image], Image]


def street(seed: int = 1) -> Image:
    """Houses, windows and a kerb: contrast, fine detail and edges in their places."""
    dice = np.random.default_rng(seed)
    picture = np.full((SIZE[1], SIZE[0]), 90, np.uint8)
    for _ in range(60):
        x, y = int(dice.integers(0, 600)), int(dice.integers(0, 330))
        across, down = (int(side) for side in dice.integers(12, 90, 2))
        cv2.rectangle(picture, (x, y), (x + across, y + down), int(dice.integers(20, 235)), -1)
    return picture


GRAIN = np.random.default_rng(2).integers(-2, 3, (7, SIZE[1], SIZE[0]), dtype=np.int16)
"""Sensor noise; no two pictures in a row have the same."""


def with_grain(picture: Image, number: int) -> Image:
    return np.asarray(np.clip(picture + GRAIN[number % len(GRAIN)], 0, 255), np.uint8)


def play(
    spoil: Spoil, *, well_s: int = 30, spoilt_s: int = 20, after_s: int = 20
) -> list[RuleEvent]:
    """A camera with sensor noise, a picture a second, spoilt for a while."""
    rule, scene, events = TamperRule(SPEC, SIZE), street(), []
    for second in range(well_s + spoilt_s + after_s):
        is_spoilt = well_s <= second < well_s + spoilt_s
        picture = spoil(scene) if is_spoilt else scene
        scenery = Scenery(with_grain(picture, second), NOTHING, ())
        events += rule.observe_picture(scenery, float(second))
    return events


@pytest.mark.parametrize(
    ("change", "spoil"),
    [
        (Change.COVERED, lambda picture: np.full_like(picture, 12)),
        (Change.BLURRED, lambda picture: cv2.GaussianBlur(picture, (0, 0), 6)),
        (Change.TURNED, lambda picture: street(seed=9)),
    ],
    ids=["covered", "blurred", "turned"],
)
def test_each_way_to_blind_a_camera_is_told_once_and_ends(change: Change, spoil: Spoil) -> None:
    events = play(spoil)

    alarm, ended = events
    assert isinstance(alarm, RuleAlarm)
    assert alarm.details.change is change
    assert alarm.started_at_s == pytest.approx(30, abs=1)
    assert alarm.observed_at_s <= 39
    assert isinstance(ended, RuleEnded)
    assert ended.alarm_key == alarm.alarm_key
    assert 50 <= ended.at_s <= 56


def test_a_standing_picture_of_a_camera_with_noise_is_frozen() -> None:
    rule, scene, events = TamperRule(SPEC, SIZE), street(), []
    still = scene
    for second in range(80):
        if not 20 <= second < 65:
            still = with_grain(scene, second)
        events += rule.observe_picture(Scenery(still, NOTHING, ()), float(second))

    alarm, ended = events
    assert isinstance(alarm, RuleAlarm)
    assert alarm.details.change is Change.FROZEN
    assert 48 <= alarm.observed_at_s <= 52
    assert isinstance(ended, RuleEnded)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda picture: picture,
        lambda picture: (picture * 0.35).astype(np.uint8),
        lambda picture: np.clip(picture.astype(np.int16) + 40, 0, 255).astype(np.uint8),
    ],
    ids=["nothing", "dusk", "glare"],
)
def test_what_only_changes_the_light_is_no_tampering(spoil: Spoil) -> None:
    assert play(spoil, spoilt_s=60) == []


def test_a_bus_that_passes_for_three_seconds_covers_nothing() -> None:
    def bus(picture: Image) -> Image:
        passed = picture.copy()
        passed[60:340, 40:600] = 140
        return passed

    assert play(bus, spoilt_s=3) == []
