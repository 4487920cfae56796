"""Speed: metres from a calibrated plane, one figure a passage, sure before it alarms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sigap.vision.ground import GroundError, GroundPlane
from sigap.vision.rules.events import (
    Direction,
    GroundPoint,
    Measure,
    RuleAlarm,
    RuleEnded,
    RuleEvent,
    RuleKind,
    RuleSettings,
    RuleSpec,
)
from sigap.vision.rules.speed import SpeedRule, robust_speed
from sigap.vision.street_class import StreetClass
from sigap.vision.testing_scenes import SCENE_SIZE, Scene, Walker, play

FOCAL_PX, CAMERA_M, TILT = 500.0, 8.0, 0.35


def _seen(east_m: float, north_m: float) -> tuple[float, float]:
    """Where a camera 8 m above the road, tilted down by 20°, sees a place (pixels)."""
    depth = north_m * np.cos(TILT) + CAMERA_M * np.sin(TILT)
    below = CAMERA_M * np.cos(TILT) - north_m * np.sin(TILT)
    return 320 + FOCAL_PX * east_m / depth, 240 + FOCAL_PX * below / depth


def _ground_point(east_m: float, north_m: float) -> GroundPoint:
    x, y = _seen(east_m, north_m)
    return (x / 640, y / 480, east_m, north_m)


GROUND = tuple(_ground_point(*place) for place in [(-4, 14), (4, 14), (6, 40), (-6, 40), (0, 25)])
ZONE = RuleSpec(
    id=9,
    uuid="speed",
    kind=RuleKind.SPEED,
    name="Jalan raya",
    points=((0.2, 0.35), (0.8, 0.35), (0.8, 0.95), (0.2, 0.95)),
    classes=frozenset({StreetClass.CAR}),
    settings=RuleSettings(limit_kmh=50, ground=GROUND),
)


def _drive(kmh: float, *, away: bool = False, jitter_px: float = 0.0) -> Scene:
    """A car along the road for 30 m, in steps of a tenth of a second."""
    step_m = kmh / 3.6 / 10
    noise = np.random.default_rng(3).normal(0, jitter_px, (400, 2))
    walkers = []
    for number in range(int(30 / step_m)):
        north = 12 + number * step_m if away else 42 - number * step_m
        x, y = _seen(1.5, north)
        x, y = x + noise[number, 0], y + noise[number, 1]
        size = (FOCAL_PX * 1.8 / north, FOCAL_PX * 1.5 / north)
        at_s = number / 10
        walkers.append(Walker((x, y), (x, y), at_s - 0.01, at_s + 0.01, StreetClass.CAR, size=size))
    return Scene(walkers)


def _play(scene: Scene, spec: RuleSpec = ZONE) -> list[RuleEvent]:
    return play(SpeedRule(spec, SCENE_SIZE), scene, 12)


@pytest.mark.parametrize("kmh", [25.0, 45.0, 70.0])
@pytest.mark.parametrize("away", [False, True])
def test_a_passage_is_one_measure_near_the_truth(kmh: float, away: bool) -> None:
    events = _play(_drive(kmh, away=away, jitter_px=1.0))

    readings = [event for event in events if isinstance(event, Measure)]
    assert [reading.street_class for reading in readings] == [StreetClass.CAR]
    # Who drives away begins large and near, where the tracker's filter lags most.
    assert readings[0].value == pytest.approx(kmh, rel=0.15 if away else 0.08)


def test_only_who_is_surely_too_fast_raises_an_alarm() -> None:
    fast = [event for event in _play(_drive(70)) if isinstance(event, RuleAlarm | RuleEnded)]
    close = [event for event in _play(_drive(49, jitter_px=1)) if isinstance(event, RuleAlarm)]

    alarm, ended = fast
    assert isinstance(alarm, RuleAlarm)
    assert alarm.details.speed_kmh == pytest.approx(70, rel=0.1)
    assert isinstance(ended, RuleEnded)
    assert close == []


def test_one_direction_only() -> None:
    # The zone's first edge goes to the right: forward is down the picture, towards the camera.
    settings = replace(ZONE.settings, direction=Direction.FORWARD)
    spec = replace(ZONE, settings=settings)

    assert _play(_drive(70, away=True), spec) == []
    assert any(isinstance(event, RuleAlarm) for event in _play(_drive(70), spec))


def test_a_single_wild_place_changes_little() -> None:
    times_s = np.arange(0, 2, 0.2)
    places = np.column_stack([np.zeros(10), 10 * times_s])
    places[4] += (3, 8)

    estimate = robust_speed(times_s, places)

    assert estimate is not None
    assert estimate.speed_mps == pytest.approx(10, abs=0.5)


def test_the_plane_is_exact_and_knows_its_horizon() -> None:
    plane = GroundPlane(GROUND)
    x, y = _seen(-3, 33)

    np.testing.assert_allclose(plane.metres([(x / 640, y / 480)]), [[-3, 33]], atol=1e-6)
    assert plane.sees([(0.5, 0.9)])
    assert not plane.sees([(0.5, 0.05)])


@pytest.mark.parametrize(
    "rows",
    [
        [(0.0, 0.0, 0.0, 0.0)] * 4,
        [(0.1 * n, 0.1 * n, 1.0 * n, 2.0 * n) for n in range(5)],
        [(0, 0, 0, 10), (1, 0, 10, 10), (1, 1, 10, 0)],
    ],
)
def test_points_that_fix_no_plane_are_refused(rows: list[GroundPoint]) -> None:
    with pytest.raises(GroundError):
        GroundPlane(rows)
