"""Queue: standing vehicles only, their number, and metres on a calibrated road."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sigap.vision.rules.events import (
    GroundPoint,
    Measure,
    MeasureKind,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleKind,
    RuleSettings,
    RuleSpec,
)
from sigap.vision.rules.queue import QueueRule
from sigap.vision.street_class import StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, play

GROUND: tuple[GroundPoint, ...] = (
    (0.0, 0.4, 0.0, 8.0),
    (1.0, 0.4, 64.0, 8.0),
    (1.0, 0.9, 64.0, 0.0),
    (0.0, 0.9, 0.0, 0.0),
)
"""Straight from above: 10 pixels are a metre along the road."""

LANE = RuleSpec(
    id=10,
    uuid="queue",
    kind=RuleKind.QUEUE,
    name="Lampu merah",
    points=((0.0, 0.4), (1.0, 0.4), (1.0, 0.9), (0.0, 0.9)),
    classes=frozenset({StreetClass.CAR}),
    settings=RuleSettings(min_count=4, ground=GROUND),
)
STOPS_PX = [560.0, 490, 420, 350, 280]


def _car(start: float, end: float, from_s: float, to_s: float) -> Walker:
    return Walker((start, 300), (end, 300), from_s, to_s, StreetClass.CAR, size=(60, 40))


def _light(green_s: float) -> Scene:
    arriving = [_car(0, stop, 2.0 * n, 2.0 * n + 4) for n, stop in enumerate(STOPS_PX)]
    waiting = [_car(stop, stop, 2.0 * n + 4.1, green_s) for n, stop in enumerate(STOPS_PX)]
    leaving = [
        _car(stop, 630, green_s + 0.1 + n, green_s + 1 + n + (630 - stop) / 100)
        for n, stop in enumerate(STOPS_PX)
    ]
    gap = [_car(stop, stop, green_s + 0.1, green_s + n) for n, stop in enumerate(STOPS_PX) if n > 0]
    return Scene([*arriving, *waiting, *gap, *leaving])


def _play(scene: Scene, until_s: float, spec: RuleSpec = LANE) -> list[RuleEvent]:
    return play(QueueRule(spec, SCENE_SIZE), scene, until_s)


def test_a_queue_at_a_light_is_one_alarm_with_number_and_length() -> None:
    events = _play(_light(40), 65)
    alarms = [event for event in events if isinstance(event, RuleAlarm)]
    ends = [event for event in events if isinstance(event, RuleEnded)]

    assert len(alarms) == 1
    assert alarms[0].details.count in (4, 5)
    assert alarms[0].street_class is StreetClass.CAR
    assert [end.alarm_key for end in ends] == [alarms[0].alarm_key]
    assert 40 < ends[0].at_s < 52
    lengths = [
        event.value
        for event in events
        if isinstance(event, Measure) and event.measure is MeasureKind.QUEUE_M
    ]
    assert max(lengths) == pytest.approx(28 + 4.5, abs=1.5)


def test_a_length_can_be_the_limit() -> None:
    settings = replace(LANE.settings, min_count=None, limit_m=25)

    events = _play(_light(30), 30, replace(LANE, settings=settings))

    alarms = [event for event in events if isinstance(event, RuleAlarm)]
    assert [alarm.details.length_m for alarm in alarms] == [pytest.approx(28, abs=6)]


def test_flowing_traffic_is_no_queue() -> None:
    flow = Scene([_car(0, 630, 1.0 * n, 1.0 * n + 6) for n in range(12)])

    events = _play(flow, 18)

    assert not any(isinstance(event, RuleAlarm) for event in events)
    assert all(event.value == 0 for event in events if isinstance(event, Measure))
