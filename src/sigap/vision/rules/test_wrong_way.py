"""Wrong way: one alarm for who goes against the arrow, until it is out of sight."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sigap.vision.rules.events import (
    Direction,
    RuleAlarm,
    RuleEnded,
    RuleKind,
    RuleSettings,
    RuleSpec,
)
from sigap.vision.rules.wrong_way import WrongWayRule
from sigap.vision.street_class import StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, play

LINE = RuleSpec(
    id=6,
    uuid="way",
    kind=RuleKind.WRONG_WAY,
    name="Satu arah",
    points=((0.5, 0.1), (0.5, 0.9)),
    classes=frozenset({StreetClass.MOTORCYCLE}),
)
"""Drawn downwards: forward is to the left of the picture."""


def _rider(start: float, end: float) -> Scene:
    walker = Walker(
        (start, 300), (end, 300), 0, 4, street_class=StreetClass.MOTORCYCLE, size=(60, 60)
    )
    return Scene([walker])


def test_against_the_arrow_is_one_alarm_with_an_end() -> None:
    alarm, ended = play(WrongWayRule(LINE, SCENE_SIZE), _rider(100, 540), 10)

    assert isinstance(alarm, RuleAlarm)
    assert alarm.kind is RuleKind.WRONG_WAY
    assert alarm.observed_at_s == pytest.approx(2.1, abs=0.2)
    assert isinstance(ended, RuleEnded)
    assert ended.alarm_key == alarm.alarm_key


def test_with_the_arrow_is_silent() -> None:
    assert play(WrongWayRule(LINE, SCENE_SIZE), _rider(540, 100), 10) == []


@pytest.mark.parametrize(("allowed", "alarms"), [(Direction.BACKWARD, 0), (Direction.BOTH, 0)])
def test_the_allowed_direction_can_be_set(allowed: Direction, alarms: int) -> None:
    spec = replace(LINE, settings=RuleSettings(direction=allowed))

    assert len(play(WrongWayRule(spec, SCENE_SIZE), _rider(100, 540), 10)) == alarms


def test_turning_round_on_the_line_is_one_alarm() -> None:
    steps = [(100, 420), (420, 220), (220, 560)]
    scene = Scene(
        [
            Walker(
                (a, 300), (b, 300), 3.0 * n, 3.0 * n + 2.9, StreetClass.MOTORCYCLE, size=(60, 60)
            )
            for n, (a, b) in enumerate(steps)
        ]
    )

    events = play(WrongWayRule(LINE, SCENE_SIZE), scene, 15)

    assert [type(event) for event in events] == [RuleAlarm, RuleEnded]
