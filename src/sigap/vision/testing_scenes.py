"""Made-up street scenes for tests: road users as rectangles that move on straight ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from sigap.vision.detections import Detections, Image
from sigap.vision.rules.events import RuleEvent
from sigap.vision.rules.rule import Rule
from sigap.vision.street_class import StreetClass
from sigap.vision.tracker import Tracker

SCENE_SIZE = (640, 480)


@dataclass(frozen=True, slots=True)
class Walker:
    """Feet go from `start` to `end` (pixels) between `from_s` and `to_s`; seen while it walks."""

    start: tuple[float, float]
    end: tuple[float, float]
    from_s: float
    to_s: float
    street_class: StreetClass = StreetClass.PERSON
    size: tuple[float, float] = (30.0, 80.0)
    score: float = 0.8

    def box(self, at_s: float) -> tuple[float, float, float, float] | None:
        if not self.from_s <= at_s <= self.to_s:
            return None
        share = (at_s - self.from_s) / max(self.to_s - self.from_s, 1e-9)
        x = self.start[0] + share * (self.end[0] - self.start[0])
        y = self.start[1] + share * (self.end[1] - self.start[1])
        return (x - self.size[0] / 2, y - self.size[1], x + self.size[0] / 2, y)


@dataclass(frozen=True, slots=True)
class Scene:
    walkers: Sequence[Walker]

    def detections(self, at_s: float) -> Detections:
        """What a perfect detector would say."""
        return Detections.of(
            [
                (box, walker.score, walker.street_class)
                for walker in self.walkers
                if (box := walker.box(at_s)) is not None
            ]
        )

    def picture(self, at_s: float) -> Image:
        """BGR: a plain street with a brightness pattern, and a bright rectangle per walker."""
        width, height = SCENE_SIZE
        shade = np.linspace(60, 120, width, dtype=np.uint8)
        picture = np.repeat(np.tile(shade, (height, 1))[:, :, np.newaxis], 3, axis=2)
        for number, walker in enumerate(self.walkers):
            box = walker.box(at_s)
            if box is not None:
                x0, y0, x1, y1 = (round(edge) for edge in box)
                colour = (250, 250, 200 + number)
                cv2.rectangle(picture, (x0, y0), (x1, y1), colour, -1)
        return np.ascontiguousarray(picture)


class SceneDetector:
    """A detector that knows the scene; `at_s` is set by the test before each picture."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.at_s = 0.0
        self.runs = 0

    def detect(self, bgr: Image, /) -> Detections:
        assert bgr.ndim == 3
        self.runs += 1
        return self._scene.detections(self.at_s)


def times(from_s: float, to_s: float, *, fps: float = 10.0) -> list[float]:
    """Times of pictures, both ends included."""
    return [round(from_s + k / fps, 6) for k in range(round((to_s - from_s) * fps) + 1)]


def play(rule: Rule, scene: Scene, until_s: float, *, fps: float = 10.0) -> list[RuleEvent]:
    """What the rule says while the real tracker follows the scene."""
    tracker = Tracker(SCENE_SIZE)
    return [
        event
        for at_s in times(0, until_s, fps=fps)
        for event in rule.observe(tracker.update(scene.detections(at_s), at_s), at_s)
    ]
