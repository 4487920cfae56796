"""Stopped vehicle: half its length away it has moved; somebody in front of it changes nothing."""

from __future__ import annotations

import pytest

from sigap.vision.rules.events import RuleAlarm, RuleEnded, RuleEvent, RuleKind, RuleSpec
from sigap.vision.rules.stopped import StoppedRule
from sigap.vision.street_class import StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, play

ZONE = RuleSpec(
    id=5,
    uuid="stopped",
    kind=RuleKind.STOPPED,
    name="Bahu jalan",
    points=((0.2, 0.2), (0.8, 0.2), (0.8, 0.9), (0.2, 0.9)),
    classes=frozenset({StreetClass.CAR, StreetClass.TRUCK}),
    dwell_s=10.0,
)


def _car(start: float, end: float, from_s: float, to_s: float) -> Walker:
    return Walker(
        (start, 300), (end, 300), from_s, to_s, street_class=StreetClass.CAR, size=(120, 60)
    )


def _play(scene: Scene, until_s: float) -> list[RuleEvent]:
    return play(StoppedRule(ZONE, SCENE_SIZE), scene, until_s, fps=5)


def test_a_car_that_stops_is_told_once_and_ends_when_it_drives_on() -> None:
    scene = Scene(
        [_car(0, 320, 0, 3), _car(320, 320, 3.2, 30), _car(320, 620, 30.2, 33)],
    )

    alarm, ended = _play(scene, 60)

    assert isinstance(alarm, RuleAlarm)
    assert alarm.street_class is StreetClass.CAR
    assert alarm.kind is RuleKind.STOPPED
    assert alarm.observed_at_s == pytest.approx(14.2, abs=1)
    assert isinstance(ended, RuleEnded)
    assert ended.at_s == pytest.approx(31.5, abs=1)


def test_a_car_in_a_creeping_jam_does_not_stand() -> None:
    assert _play(Scene([_car(140, 500, 0, 40)]), 40) == []


def test_a_stop_at_a_light_is_too_short() -> None:
    scene = Scene([_car(0, 320, 0, 3), _car(320, 320, 3.2, 11), _car(320, 620, 11.2, 14)])

    assert _play(scene, 20) == []


def test_a_car_that_is_hidden_for_a_while_goes_on_standing() -> None:
    scene = Scene([_car(320, 320, 0, 7), _car(322, 322, 13, 30)])

    alarms = [event for event in _play(scene, 30) if isinstance(event, RuleAlarm)]

    assert len(alarms) == 1
    assert alarms[0].started_at_s < 3
