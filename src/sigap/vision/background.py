"""Says cheaply whether and where a picture moves. First step of the pipeline, one model per camera.

A running average and a running deviation per pixel of a small luma picture. Slower models
(KNN, mixtures of Gaussians) draw better outlines; here only "is it worth a detector" is asked.
Causes of false motion: auto-exposure (a common shift of brightness is taken out), switched lights
(a change of most of the picture starts the model anew), leaves and rain (deviation learns them).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Boxes, Image

CELLS = (16, 9)
SHIFT_STEP = 3
"""The common shift of brightness is that of every third pixel both ways: some 2,000 are enough."""

ALL_CELLS = (1 << CELLS[0] * CELLS[1]) - 1


@dataclass(frozen=True, slots=True)
class BackgroundSettings:
    """Brightness in steps of 0..255; areas as a share of the picture; times in seconds."""

    width_px: int = 192
    least_difference: float = 12.0
    deviations: float = 4.0
    learning_s: float = 8.0
    foreground_slowdown: float = 0.15
    least_area: float = 0.0006
    whole_change: float = 0.5


@dataclass(frozen=True, slots=True)
class Motion:
    """`regions`: boxes of what moves, in pixels of the full picture; `share` of the picture.

    `cells`: what moves on a grid of 16×9, one bit a cell, row by row from the top left (bit 0).
    `foreground`: (h, w) of the shrunk picture, true where something moves. `active`: some of it
    differs from the picture before, too; whoever has come and stands still is foreground until the
    model has learnt it, but active no longer.
    """

    regions: Boxes
    share: float
    cells: int
    foreground: NDArray[np.bool_]
    active: bool = True

    @property
    def moving(self) -> bool:
        return len(self.regions) > 0

    def share_of(self, boxes: Boxes, frame_size: tuple[int, int]) -> NDArray[np.float32]:
        """(N,) how much of each box is foreground; boxes in pixels of the full picture."""
        height, width = self.foreground.shape
        counted = cv2.integral(self.foreground.astype(np.uint8))
        scale = np.array([width, height] * 2, np.float32) / np.array(frame_size * 2, np.float32)
        limits = np.array([width, height] * 2)
        x0, y0, x1, y1 = np.clip(np.rint(boxes * scale), 0, limits).astype(np.int64).T
        inside = counted[y1, x1] - counted[y0, x1] - counted[y1, x0] + counted[y0, x0]
        return np.asarray(inside / np.maximum(1, (x1 - x0) * (y1 - y0)), np.float32)


class Background:
    """`frame_size` is (width, height) of the full picture."""

    def __init__(
        self, frame_size: tuple[int, int], settings: BackgroundSettings | None = None
    ) -> None:
        self._settings = settings or BackgroundSettings()
        width, height = frame_size
        self._frame_size = frame_size
        # Whole steps: averaging 3×3 pixels costs a third of averaging 3.33×3.33.
        self._step = max(1, round(width / self._settings.width_px))
        self._small_size = (max(1, width // self._step), max(1, height // self._step))
        self._mean: NDArray[np.float32] | None = None
        self._deviation: NDArray[np.float32] = np.zeros((1, 1), np.float32)
        self._kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        self._previous: NDArray[np.float32] = np.zeros((1, 1), np.float32)
        self._last_s = 0.0

    def observe(self, luma: Image, at_s: float) -> Motion:
        """Compare with the model, then teach it. The first picture is all motion."""
        columns, rows = (side * self._step for side in self._small_size)
        small = cv2.resize(luma[:rows, :columns], self._small_size, interpolation=cv2.INTER_AREA)
        picture = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
        if self._mean is None:
            return self._start(picture, at_s)
        change = picture - self._mean
        difference = np.abs(change - np.median(change[::SHIFT_STEP, ::SHIFT_STEP]))
        limit = np.maximum(
            self._settings.least_difference, self._settings.deviations * self._deviation
        )
        above = (difference > limit).astype(np.uint8)
        mask = np.asarray(cv2.morphologyEx(above, cv2.MORPH_OPEN, self._kernel), np.uint8)
        share = cv2.countNonZero(mask) / mask.size
        if share > self._settings.whole_change:
            return self._start(picture, at_s)
        self._learn(picture, difference, mask, at_s)
        regions = self._regions(mask)
        foreground = mask > 0
        active = len(regions) > 0 and self._is_active(picture, foreground)
        self._previous = picture
        return Motion(regions, share, self._cells(regions), foreground, active)

    def _is_active(self, picture: NDArray[np.float32], foreground: NDArray[np.bool_]) -> bool:
        step = picture - self._previous
        common = np.median(step[::SHIFT_STEP, ::SHIFT_STEP])
        changed = np.abs(step[foreground] - common) > self._settings.least_difference
        least_px = self._settings.least_area * foreground.size / 2
        return bool(np.count_nonzero(changed) >= least_px)

    def _start(self, picture: NDArray[np.float32], at_s: float) -> Motion:
        # The model is taught in place; the picture before stays what it was.
        self._mean, self._previous = picture, picture.copy()
        self._deviation = np.full_like(picture, self._settings.least_difference / 4)
        self._last_s = at_s
        width, height = self._frame_size
        everything = np.array([[0, 0, width, height]], np.float32)
        return Motion(everything, 1.0, ALL_CELLS, np.ones(picture.shape, np.bool_))

    def _learn(
        self,
        picture: NDArray[np.float32],
        difference: NDArray[np.float32],
        mask: NDArray[np.uint8],
        at_s: float,
    ) -> None:
        assert self._mean is not None
        elapsed_s = min(max(0.0, at_s - self._last_s), self._settings.learning_s)
        self._last_s = at_s
        rate = 1 - math.exp(-elapsed_s / self._settings.learning_s)
        still = 1 - mask
        for model, seen in ((self._mean, picture), (self._deviation, difference)):
            cv2.accumulateWeighted(seen, model, rate, mask=still)
            cv2.accumulateWeighted(
                seen, model, rate * self._settings.foreground_slowdown, mask=mask
            )

    def _cells(self, regions: Boxes) -> int:
        columns, rows = CELLS
        scale = np.array(CELLS * 2, np.float32) / np.array(self._frame_size * 2, np.float32)
        cells = 0
        for x0, y0, x1, y1 in (regions * scale).tolist():
            for row in range(int(y0), min(rows, int(np.ceil(y1)))):
                for column in range(int(x0), min(columns, int(np.ceil(x1)))):
                    cells |= 1 << (row * columns + column)
        return cells

    def _regions(self, mask: NDArray[np.uint8]) -> Boxes:
        if not cv2.countNonZero(mask):
            return np.zeros((0, 4), np.float32)
        grown = cv2.dilate(mask, self._kernel, iterations=2)
        count, _, stats, _ = cv2.connectedComponentsWithStats(grown)
        least_px = self._settings.least_area * mask.size
        found = [row for row in stats[1:count] if row[cv2.CC_STAT_AREA] >= least_px]
        if not found:
            return np.zeros((0, 4), np.float32)
        table = np.array(found, np.float32)
        corners = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
        scale = np.array(self._frame_size * 2, np.float32) / np.array(
            self._small_size * 2, np.float32
        )
        return (corners * scale).astype(np.float32)
