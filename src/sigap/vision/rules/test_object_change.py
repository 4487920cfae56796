"""Left or taken object: one alarm a thing, told apart by edges; shadows and passers-by are none."""

from __future__ import annotations

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
from sigap.vision.rules.object_change import ObjectRule
from sigap.vision.rules.rule import Scenery

SIZE = (640, 360)
DWELL_S = 10
SPEC = RuleSpec(
    id=5,
    uuid="object",
    kind=RuleKind.OBJECT,
    name="Peron",
    points=((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)),
    dwell_s=DWELL_S,
)
NOTHING = np.zeros((36, 64), np.bool_)
BAG = (slice(200, 240), slice(300, 350))
OUTSIDE = (slice(4, 30), slice(4, 50))


def platform() -> Image:
    """A plain floor with a soft gradient."""
    return np.tile(np.linspace(80, 120, SIZE[0]), (SIZE[1], 1)).astype(np.uint8)


def play(pictures: list[Image]) -> list[RuleEvent]:
    """One picture a second with sensor noise, as a quiet camera's key frames come."""
    rule, dice, events = ObjectRule(SPEC, SIZE), np.random.default_rng(3), []
    for second, picture in enumerate(pictures):
        noisy = np.clip(picture + dice.integers(-2, 3, picture.shape), 0, 255).astype(np.uint8)
        events += rule.observe_picture(Scenery(noisy, NOTHING, ()), float(second))
    return events


def with_thing(where: tuple[slice, slice], brightness: int = 30) -> Image:
    picture = platform()
    picture[where] = brightness
    return picture


def test_a_bag_that_is_left_raises_one_alarm_and_ends_when_it_is_fetched() -> None:
    events = play([platform()] * 20 + [with_thing(BAG)] * 60 + [platform()] * 20)

    alarm, ended = events
    assert isinstance(alarm, RuleAlarm)
    assert alarm.details.change is Change.LEFT
    assert alarm.observed_at_s == pytest.approx(20 + DWELL_S, abs=3)
    x0, y0, x1, y1 = alarm.box_norm
    assert (x0 + x1) / 2 == pytest.approx(325 / 640, abs=0.02)
    assert (y0 + y1) / 2 == pytest.approx(220 / 360, abs=0.02)
    assert isinstance(ended, RuleEnded)
    assert ended.at_s == pytest.approx(82, abs=4)


def test_a_thing_that_was_always_there_and_goes_is_taken() -> None:
    events = play([with_thing(BAG)] * 30 + [platform()] * 30)

    assert [e.details.change for e in events if isinstance(e, RuleAlarm)] == [Change.TAKEN]


def test_what_stands_for_less_than_the_dwell_is_nothing() -> None:
    assert play([platform()] * 20 + [with_thing(BAG)] * (DWELL_S - 4) + [platform()] * 20) == []


def test_who_passes_in_front_does_not_reset_the_clock() -> None:
    passer = with_thing((slice(100, 300), slice(280, 370)), 200)
    left = [with_thing(BAG)] * 6
    events = play([platform()] * 20 + left + [passer] * 2 + left + left + left)

    assert [e.details.change for e in events if isinstance(e, RuleAlarm)] == [Change.LEFT]


def test_outside_the_zone_and_a_change_of_the_light_are_nothing() -> None:
    dusk = (platform() * 0.7).astype(np.uint8)
    assert play([platform()] * 20 + [with_thing(OUTSIDE)] * 30) == []
    assert play([platform()] * 20 + [dusk] * 40) == []
