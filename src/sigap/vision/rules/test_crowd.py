"""Crowd: a number that lasts, and a crowd that runs apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sigap.vision.rules.crowd import CrowdRule
from sigap.vision.rules.events import (
    Change,
    Measure,
    MeasureKind,
    RuleAlarm,
    RuleEnded,
    RuleKind,
    RuleSettings,
    RuleSpec,
)
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, play

SQUARE = RuleSpec(
    id=8,
    uuid="crowd",
    kind=RuleKind.CROWD,
    name="Alun-alun",
    points=((0.25, 0.2), (0.75, 0.2), (0.75, 0.95), (0.25, 0.95)),
    settings=RuleSettings(min_count=5),
)
"""Feet between x = 160 and 480 pixels."""

PLACES = [(190.0, 250.0), (250, 330), (310, 260), (370, 340), (430, 270), (300, 440)]


def _standing(until_s: float, number: int = 6) -> list[Walker]:
    return [Walker(place, place, 0, until_s) for place in PLACES[:number]]


def test_a_crowd_is_one_alarm_with_its_number_until_it_is_gone() -> None:
    leaving = [
        Walker(place, (620 if place[0] > 300 else 20, place[1]), 15.1 + 3 * n, 19 + 3 * n)
        for n, place in enumerate(PLACES)
    ]
    staying = [Walker(place, place, 15.1, 15 + 3 * n) for n, place in enumerate(PLACES)]
    scene = Scene([*_standing(15), *leaving, *staying])

    events = play(CrowdRule(SQUARE, SCENE_SIZE), scene, 50, fps=5)
    alarms = [event for event in events if isinstance(event, RuleAlarm)]
    ends = [event for event in events if isinstance(event, RuleEnded)]

    assert [alarm.details.count for alarm in alarms] == [6]
    assert alarms[0].observed_at_s == pytest.approx(3, abs=1)
    assert [end.alarm_key for end in ends] == [alarms[0].alarm_key]


def test_too_few_are_no_crowd_and_are_measured() -> None:
    events = play(CrowdRule(SQUARE, SCENE_SIZE), Scene(_standing(20, number=4)), 20, fps=5)

    assert not any(isinstance(event, RuleAlarm) for event in events)
    readings = [event for event in events if isinstance(event, Measure)]
    assert {reading.measure for reading in readings} == {MeasureKind.CROWD_COUNT}
    assert len(readings) == pytest.approx(20, abs=2)
    assert readings[-1].value == 4


def test_people_who_pass_one_after_another_are_no_crowd() -> None:
    scene = Scene([Walker((20, 300), (620, 300), 2.0 * n, 2.0 * n + 5) for n in range(8)])

    events = play(CrowdRule(SQUARE, SCENE_SIZE), scene, 22, fps=5)

    assert not any(isinstance(event, RuleAlarm) for event in events)


@pytest.mark.parametrize(("seconds", "told"), [(1.5, True), (14.0, False)])
def test_running_apart_is_told_and_strolling_off_is_not(seconds: float, told: bool) -> None:
    ways = [
        Walker(place, (620 if place[0] > 300 else 20, place[1]), 10.1, 10.1 + seconds)
        for place in PLACES
    ]
    spec = replace(SQUARE, dwell_s=60)

    events = play(CrowdRule(spec, SCENE_SIZE), Scene([*_standing(10), *ways]), 30, fps=10)

    changes = [event.details.change for event in events if isinstance(event, RuleAlarm)]
    assert changes == ([Change.DISPERSAL] if told else [])


def test_a_crowd_that_a_lorry_hides_has_not_run_apart() -> None:
    events = play(CrowdRule(SQUARE, SCENE_SIZE), Scene(_standing(10)), 30, fps=5)

    changes = [event.details.change for event in events if isinstance(event, RuleAlarm)]
    assert changes == [None]
