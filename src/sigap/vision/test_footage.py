"""The floors of accuracy on real footage, with the real detector, as a camera node runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sigap.vision.clip import open_clip
from sigap.vision.evaluate import evaluate
from sigap.vision.ground_truth import read_ground_truth
from sigap.vision.pipeline import load_detector
from sigap.vision.rules.events import RuleKind, RuleSpec
from sigap.vision.street_class import StreetClass, StreetKind, classes_of_kinds
from sigap.vision.testing_footage import (
    FOOTAGE,
    MODEL,
    PEDESTRIANS,
    PEDESTRIANS_TRUTH,
    needs_footage,
    needs_weights,
)

ANALYSIS_FPS = 5.0
PERSON = frozenset({StreetClass.PERSON})


def _line(number: int, x_px: float, width_px: int) -> RuleSpec:
    x = x_px / width_px
    return RuleSpec(
        id=number,
        uuid=f"line-{number}",
        kind=RuleKind.LINE,
        name=f"x = {x_px}",
        points=((x, 0.0), (x, 1.0)),
    )


ZONE = RuleSpec(
    id=9,
    uuid="zone",
    kind=RuleKind.ZONE,
    name="crossing of the paths",
    points=((0.39, 0.35), (0.78, 0.35), (0.78, 0.7), (0.39, 0.7)),
)


@pytest.mark.slow
@needs_footage
@needs_weights
def test_pedestrians_are_found_followed_and_counted() -> None:
    clip = open_clip(PEDESTRIANS)
    lines = [_line(number, x, clip.frame_size[0]) for number, x in enumerate((250, 384, 560))]

    found = evaluate(
        clip,
        read_ground_truth(PEDESTRIANS_TRUTH, PERSON),
        [*lines, ZONE],
        detector=load_detector(MODEL),
        analysis_fps=ANALYSIS_FPS,
    )

    assert found.ap50 is not None
    assert found.ap50 >= 0.90
    assert found.mota is not None
    assert found.mota >= 0.80
    assert found.idf1 is not None
    assert found.idf1 >= 0.72
    assert [(line.expected_forward, line.expected_backward) for line in found.lines] == [
        (12, 8),
        (18, 14),
        (19, 15),
    ]
    assert sum(line.wrong or 0 for line in found.lines) <= 5
    zone = found.zones[0]
    assert zone.precision is not None
    assert zone.precision >= 0.9
    assert zone.recall is not None
    assert zone.recall >= 0.9


@pytest.mark.slow
@needs_footage
@needs_weights
@pytest.mark.parametrize("fps", [ANALYSIS_FPS, None])
def test_vehicles_seen_from_above_are_counted(fps: float | None) -> None:
    """Two drive up the picture and two down it, as anybody can count."""
    clip = open_clip(FOOTAGE / "car-detection.mp4")
    lines = [
        RuleSpec(
            id=number,
            uuid=f"line-{number}",
            kind=RuleKind.LINE,
            name=f"y = {y}",
            points=((0.0, y), (1.0, y)),
            classes=classes_of_kinds({StreetKind.VEHICLE}),
        )
        for number, y in enumerate((0.3, 0.5, 0.7))
    ]

    found = evaluate(clip, None, lines, detector=load_detector(MODEL), analysis_fps=fps)

    assert [(line.forward, line.backward) for line in found.lines] == [(2, 2)] * 3
    assert found.tracks <= 6


@pytest.mark.slow
@needs_footage
@needs_weights
def test_one_large_person_after_another_in_a_wide_picture(tmp_path: Path) -> None:
    clip = open_clip(FOOTAGE / "one-by-one-person-detection.mp4")
    floor = RuleSpec(
        id=1,
        uuid="floor",
        kind=RuleKind.ZONE,
        name="floor",
        points=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)),
    )

    found = evaluate(clip, None, [floor], detector=load_detector(MODEL), analysis_fps=2.0)

    assert 5 <= found.zones[0].alarms <= 8
