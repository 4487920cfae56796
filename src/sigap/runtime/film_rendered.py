"""A scene drawn by us, for machines where no footage can be had; it says so in the picture.

Called by `footage`. Walkers cross a square, so that rules have something to see.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from sigap.runtime.film import encode

_WIDTH, _HEIGHT = 768, 576
_RATE = Fraction(10)
_LENGTH_S = 60
_NOTICE = "SIMULASI / RENDERED SCENE"

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Walker:
    """Walks from one foot point to another (pixels) and back; colours are BGR."""

    start: tuple[float, float]
    goal: tuple[float, float]
    crossing_s: float
    coat: Colour
    trousers: Colour

    def at(self, time_s: float) -> tuple[float, float]:
        phase = (time_s / self.crossing_s) % 2.0
        share = phase if phase <= 1.0 else 2.0 - phase
        return (
            self.start[0] + (self.goal[0] - self.start[0]) * share,
            self.start[1] + (self.goal[1] - self.start[1]) * share,
        )


_WALKERS = (
    Walker((40, 330), (730, 380), 16.0, (60, 60, 170), (50, 40, 40)),
    Walker((700, 520), (80, 430), 21.0, (140, 90, 40), (30, 30, 30)),
    Walker((380, 250), (420, 550), 13.0, (50, 130, 60), (90, 70, 60)),
)


def render_scene(target: Path) -> None:
    """Write one minute of the scene to an MP4, whole or not at all."""
    fresh = target.with_suffix(".part")
    encode(fresh, rendered_frames(), rate=_RATE)
    fresh.replace(target)


def rendered_frames() -> Iterator[VideoFrame]:
    square = _square()
    for number in range(int(_LENGTH_S * _RATE)):
        time_s = float(number / _RATE)
        picture = square.copy()
        for walker in sorted(_WALKERS, key=lambda one: one.at(time_s)[1]):
            _draw_walker(picture, walker, time_s)
        clock = f"{int(time_s) // 60:02d}:{int(time_s) % 60:02d}.{number % 10}"
        cv2.putText(picture, clock, (660, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (240, 240, 240), 1)
        yield VideoFrame.from_ndarray(picture, format="bgr24")


def _square() -> Picture:
    """The empty square: sky, a wall with windows, paving with a little noise, and the notice."""
    picture: Picture = np.full((_HEIGHT, _WIDTH, 3), (190, 180, 165), np.uint8)
    cv2.rectangle(picture, (0, 60), (_WIDTH, 220), (150, 160, 170), -1)
    for x in range(30, _WIDTH, 90):
        cv2.rectangle(picture, (x, 95), (x + 45, 165), (110, 95, 80), -1)
    cv2.rectangle(picture, (0, 220), (_WIDTH, _HEIGHT), (128, 132, 130), -1)
    for y in range(240, _HEIGHT, 48):
        cv2.line(picture, (0, y), (_WIDTH, y), (116, 120, 118), 1)
    noise = np.random.default_rng(1).integers(-6, 7, picture.shape)
    picture = np.clip(picture.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    cv2.rectangle(picture, (0, 0), (_WIDTH, 44), (30, 30, 30), -1)
    cv2.putText(picture, _NOTICE, (14, 31), cv2.FONT_HERSHEY_SIMPLEX, 0.85, (255, 255, 255), 2)
    return picture


def _draw_walker(picture: Picture, walker: Walker, time_s: float) -> None:
    """A figure whose height follows from how near it is: 1.75 m seen from above."""
    x, y = walker.at(time_s)
    height = 40 + (y - 220) * 0.30
    swing = math.sin(time_s * 7.0) * height * 0.14
    hip, shoulder, head = y - height * 0.47, y - height * 0.82, y - height * 0.92
    limb = max(2, round(height * 0.085))
    for side in (-1, 1):
        foot = (round(x + side * swing), round(y))
        cv2.line(picture, (round(x), round(hip)), foot, walker.trousers, limb, cv2.LINE_AA)
        hand = (round(x - side * swing * 0.9), round(hip))
        cv2.line(picture, (round(x), round(shoulder)), hand, walker.coat, limb, cv2.LINE_AA)
    trunk = (round(x), round((hip + shoulder) / 2))
    size = (max(2, round(height * 0.11)), round((hip - shoulder) * 0.58))
    cv2.ellipse(picture, trunk, size, 0, 0, 360, walker.coat, -1, cv2.LINE_AA)
    skull = (round(x), round(head))
    cv2.circle(picture, skull, max(2, round(height * 0.075)), (120, 150, 190), -1, cv2.LINE_AA)
