"""Names of colours, of plain surfaces and of things on a street."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sigap.vision.colour import Colour, dominant_colour
from sigap.vision.detections import Image

PAINT = {
    Colour.RED: (30, 30, 190),
    Colour.ORANGE: (20, 120, 240),
    Colour.YELLOW: (40, 205, 230),
    Colour.GREEN: (60, 130, 40),
    Colour.BLUE: (160, 70, 30),
    Colour.WHITE: (230, 232, 228),
    Colour.GREY: (125, 128, 130),
    Colour.BLACK: (28, 26, 30),
    Colour.BROWN: (35, 70, 110),
    Colour.PURPLE: (140, 40, 120),
}
"""BGR, as paint looks in daylight, not the corners of the colour cube."""


def _car(paint: tuple[int, int, int]) -> Image:
    """A car from the side in a box: street around it, dark windows, black tyres."""
    picture = np.full((90, 200, 3), (105, 108, 110), np.uint8)
    cv2.rectangle(picture, (6, 40), (194, 74), paint, -1)
    cv2.rectangle(picture, (45, 12), (155, 40), paint, -1)
    cv2.rectangle(picture, (55, 17), (145, 36), (50, 45, 40), -1)
    for x in (45, 155):
        cv2.circle(picture, (x, 74), 14, (20, 20, 20), -1)
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize("name", list(Colour))
def test_a_plain_surface_has_its_name(name: Colour) -> None:
    assert dominant_colour(np.full((40, 20, 3), PAINT[name], np.uint8)) is name


@pytest.mark.parametrize("name", list(Colour))
def test_a_car_is_called_by_its_paint(name: Colour) -> None:
    assert dominant_colour(_car(PAINT[name])) is name


@pytest.mark.parametrize("name", [Colour.RED, Colour.GREEN, Colour.BLUE, Colour.YELLOW])
@pytest.mark.parametrize("brightness", [0.65, 1.1])
def test_noise_and_exposure_do_not_rename_it(name: Colour, brightness: float) -> None:
    noise = np.random.default_rng(1).normal(0, 12, (90, 200, 3))
    seen = np.clip(_car(PAINT[name]) * brightness + noise, 0, 255).astype(np.uint8)

    assert dominant_colour(seen) is name


@pytest.mark.parametrize("shape", [(0, 0, 3), (40, 3, 3), (40, 40)])
def test_what_is_too_small_or_has_no_colour_gets_no_name(shape: tuple[int, ...]) -> None:
    assert dominant_colour(np.zeros(shape, np.uint8)) is None
