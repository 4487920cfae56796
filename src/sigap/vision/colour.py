"""The colour by which a person would describe a road user: ten names, for search over alarms.

Called by the camera node once an alarm. Pure: pixels in, a name out.
"""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Image


class Colour(StrEnum):
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    WHITE = "white"
    GREY = "grey"
    BLACK = "black"
    BROWN = "brown"
    PURPLE = "purple"


SIDE_PX = 48
LEAST_SIDE_PX = 8

BLACK_BELOW = 50
WHITE_FROM = 190
BROWN_BELOW = 150
"""Brown is a dark orange. All three on the scale of HSV's value, 0..255."""

LEAST_CHROMA = 38
"""Largest minus smallest of a pixel's three channels; less is black, grey or white."""

HUES = (
    (7, Colour.RED),
    (20, Colour.ORANGE),
    (34, Colour.YELLOW),
    (85, Colour.GREEN),
    (130, Colour.BLUE),
    (168, Colour.PURPLE),
    (180, Colour.RED),
)
"""Upper ends on OpenCV's circle of 180. Pink goes to purple, turquoise to blue or green."""

CHROMATIC_WEIGHT = 2.0
"""Every car has black tyres and grey windows, every street is grey: paint speaks louder."""

_NAMES = tuple(Colour)


def dominant_colour(bgr: Image) -> Colour | None:
    """The name for a crop (H, W, 3) that an object fills; None where the crop is too small.

    Every pixel votes, those in the middle most, because corners of a box show the street.
    """
    if bgr.ndim != 3 or min(bgr.shape[:2]) < LEAST_SIDE_PX:
        return None
    small = cv2.resize(bgr, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    names = _names(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2HSV), np.uint8))
    votes = np.bincount(names.ravel(), _central().ravel(), minlength=len(_NAMES))
    for number, name in enumerate(_NAMES):
        if name not in (Colour.WHITE, Colour.GREY, Colour.BLACK):
            votes[number] *= CHROMATIC_WEIGHT
    return _NAMES[int(votes.argmax())]


def _names(hsv: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(H, W) indices into `_NAMES`."""
    hue, saturation, value = (hsv[:, :, channel].astype(np.int64) for channel in range(3))
    names = _number(Colour.RED) * np.ones(hue.shape, np.int64)
    for upper, name in reversed(HUES):
        names[hue < upper] = _number(name)
    warm_and_dark = (names == _number(Colour.ORANGE)) & (value < BROWN_BELOW)
    names[warm_and_dark] = _number(Colour.BROWN)
    pale = saturation * value < LEAST_CHROMA * 255
    names[pale] = _number(Colour.GREY)
    names[pale & (value >= WHITE_FROM)] = _number(Colour.WHITE)
    names[value < BLACK_BELOW] = _number(Colour.BLACK)
    return names


def _central() -> NDArray[np.float64]:
    """(SIDE_PX, SIDE_PX) weights: 1 in the middle, a tenth in the corners."""
    offset = np.linspace(-1, 1, SIDE_PX)
    bell = np.exp(-1.15 * offset**2)
    return np.asarray(np.outer(bell, bell), np.float64)


def _number(name: Colour) -> int:
    return _NAMES.index(name)
