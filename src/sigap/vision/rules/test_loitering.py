"""Loitering: short absences and new track numbers do not end the waiting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sigap.vision.rules.events import RuleAlarm, RuleEnded, RuleKind, RuleSpec
from sigap.vision.rules.loitering import LoiteringRule
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, play

ZONE = RuleSpec(
    id=4,
    uuid="loitering",
    kind=RuleKind.LOITERING,
    name="ATM",
    points=((0.3, 0.2), (0.7, 0.2), (0.7, 0.9), (0.3, 0.9)),
    dwell_s=20.0,
)
"""Feet between x = 192 and 448 pixels."""


def _alarms(scene: Scene, until_s: float, spec: RuleSpec = ZONE) -> list[RuleAlarm]:
    events = play(LoiteringRule(spec, SCENE_SIZE), scene, until_s, fps=5)
    return [event for event in events if isinstance(event, RuleAlarm)]


def test_who_walks_about_in_the_zone_is_told_once() -> None:
    steps = [(220, 420), (420, 220), (220, 420), (420, 220)]
    scene = Scene(
        [Walker((a, 300), (b, 300), 8.0 * n, 8.0 * n + 8) for n, (a, b) in enumerate(steps)]
    )

    alarms = _alarms(scene, 40)

    assert [alarm.observed_at_s for alarm in alarms] == [pytest.approx(20.5, abs=0.5)]
    assert alarms[0].kind is RuleKind.LOITERING
    assert alarms[0].started_at_s < 1


def test_passing_slowly_is_no_loitering() -> None:
    assert _alarms(Scene([Walker((60, 300), (600, 300), 0, 30)]), 35) == []


def test_a_step_outside_and_back_goes_on_and_a_long_absence_does_not() -> None:
    def scene(away_s: float) -> Scene:
        return Scene(
            [
                Walker((400, 300), (400, 300), 0, 12),
                Walker((400, 300), (520, 300), 12.1, 14),
                Walker((520, 300), (520, 300), 14.1, 14 + away_s),
                Walker((520, 300), (400, 300), 14.1 + away_s, 16 + away_s),
                Walker((400, 300), (400, 300), 16.1 + away_s, 32),
            ]
        )

    assert len(_alarms(scene(3.0), 32)) == 1
    assert _alarms(scene(9.5), 32) == []


def test_who_is_hidden_for_five_seconds_goes_on_waiting() -> None:
    scene = Scene(
        [Walker((320, 300), (320, 300), 0, 11), Walker((330, 300), (330, 300), 16, 30)],
    )

    alarms = _alarms(scene, 30)

    assert len(alarms) == 1
    assert alarms[0].started_at_s < 1
    assert alarms[0].observed_at_s == pytest.approx(20.4, abs=0.5)


def test_the_alarm_ends_when_the_place_is_left() -> None:
    scene = Scene([Walker((320, 300), (320, 300), 0, 25), Walker((320, 300), (600, 300), 25.2, 32)])

    events = play(LoiteringRule(replace(ZONE, dwell_s=10), SCENE_SIZE), scene, 50, fps=5)

    alarm, ended = events
    assert isinstance(alarm, RuleAlarm)
    assert isinstance(ended, RuleEnded)
    assert ended.alarm_key == alarm.alarm_key
    assert ended.at_s == pytest.approx(28.5, abs=1)
