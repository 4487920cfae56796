"""Line crossing: direction, one count a crossing, nothing for jitter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sigap.vision.rules.events import Crossing, Direction, RuleKind, RuleSpec
from sigap.vision.rules.line_crossing import LineCrossingRule
from sigap.vision.street_class import StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, times
from sigap.vision.tracker import Tracker

DOWNWARD = RuleSpec(
    id=3,
    uuid="line",
    kind=RuleKind.LINE,
    name="Trotoar",
    points=((0.5, 0.1), (0.5, 0.9)),
)
"""Drawn downwards at x = 320 pixels: its right hand is the left of the picture."""


def _play(scene: Scene, spec: RuleSpec, until_s: float, fps: float = 10.0) -> list[Crossing]:
    tracker, rule = Tracker(SCENE_SIZE), LineCrossingRule(spec, SCENE_SIZE)
    crossings: list[Crossing] = []
    for at_s in times(0, until_s, fps=fps):
        events = rule.observe(tracker.update(scene.detections(at_s), at_s), at_s)
        crossings.extend(event for event in events if isinstance(event, Crossing))
    return crossings


@pytest.mark.parametrize("fps", [5.0, 10.0, 25.0])
def test_both_directions_are_told_apart(fps: float) -> None:
    scene = Scene([Walker((520, 200), (120, 200), 0, 5), Walker((120, 400), (520, 400), 0, 5)])

    crossings = _play(scene, DOWNWARD, 5, fps)

    assert sorted(crossing.direction for crossing in crossings) == [
        Direction.BACKWARD,
        Direction.FORWARD,
    ]
    assert all(crossing.at_s == pytest.approx(2.6, abs=0.25) for crossing in crossings)


def test_forward_is_from_left_to_right_of_the_vector() -> None:
    upward = replace(DOWNWARD, points=((0.5, 0.9), (0.5, 0.1)))
    rightwards = Scene([Walker((120, 300), (520, 300), 0, 5)])

    assert [crossing.direction for crossing in _play(rightwards, upward, 5)] == [Direction.FORWARD]


def test_passing_beside_the_end_of_the_line_counts_nothing() -> None:
    short = replace(DOWNWARD, points=((0.5, 0.1), (0.5, 0.4)))

    assert _play(Scene([Walker((120, 400), (520, 400), 0, 5)]), short, 5) == []


def test_standing_on_the_line_counts_nothing() -> None:
    walkers = [
        Walker((320 + (-4) ** (number % 2), 300), (320, 300), number / 10, number / 10 + 0.05)
        for number in range(60)
    ]

    assert _play(Scene(walkers), DOWNWARD, 6) == []


def test_turning_back_counts_there_and_back() -> None:
    scene = Scene([Walker((200, 300), (440, 300), 0, 3), Walker((440, 300), (200, 300), 3.05, 6)])

    directions = [crossing.direction for crossing in _play(scene, DOWNWARD, 6)]

    assert directions == [Direction.BACKWARD, Direction.FORWARD]


def test_a_track_confirmed_after_the_line_still_counts() -> None:
    scene = Scene([Walker((335, 300), (100, 300), 0, 2)])

    assert len(_play(scene, DOWNWARD, 2, fps=5.0)) == 1


def test_vehicles_are_counted_by_class() -> None:
    street = replace(DOWNWARD, classes=frozenset({StreetClass.CAR, StreetClass.MOTORCYCLE}))
    scene = Scene(
        [
            Walker((60, 200), (580, 200), 0, 2, street_class=StreetClass.CAR, size=(90, 60)),
            Walker((60, 420), (580, 420), 0, 2, street_class=StreetClass.MOTORCYCLE),
            Walker((120, 320), (520, 320), 0, 2),
        ]
    )

    crossings = _play(scene, street, 2)

    assert {crossing.street_class for crossing in crossings} == {
        StreetClass.CAR,
        StreetClass.MOTORCYCLE,
    }
    assert len(crossings) == 2
