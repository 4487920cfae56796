"""What has changed in the scene and stays changed: a thing that was left or taken away.

Used by the rule about objects, on a shrunk luma picture, with seconds between pictures if need be.
Two models per pixel: the background, which learns only where nothing differs, and the newest
steady look. A pixel is changed for as long as it differs from the first and agrees with the
second (after Porikli, Ivanov & Haga 2008, robust abandoned-object detection with dual
foregrounds). Whoever passes in front stops that clock and does not set it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Image

Plane: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StaticSettings:
    """Brightness in steps of 0..255; times in seconds; shares of the picture."""

    width_px: int = 320
    difference: float = 18.0
    steadiness: float = 10.0
    learning_s: float = 20.0
    settling_s: float = 5.0
    whole_change: float = 0.4
    longest_step_s: float = 10.0


class StaticForeground:
    """`frame_size` is (width, height) of the full picture; masks are of the shrunk one."""

    def __init__(self, frame_size: tuple[int, int], settings: StaticSettings | None = None) -> None:
        self._settings = settings or StaticSettings()
        width, height = frame_size
        small_width = min(self._settings.width_px, width)
        self.size = (small_width, max(1, round(height * small_width / width)))
        self._began_s = self._last_s = 0.0
        self._background: Plane | None = None
        self._steady: Plane = np.zeros((1, 1), np.float32)
        self._changed_s: Plane = np.zeros((1, 1), np.float32)
        self._agreed_s: Plane = np.zeros((1, 1), np.float32)
        self._differs: Mask = np.zeros((1, 1), np.bool_)

    @property
    def background(self) -> Plane:
        """What the scene looked like before; as a picture of `size`."""
        return self._steady if self._background is None else self._background

    @property
    def now(self) -> Plane:
        """The newest steady look."""
        return self._steady

    @property
    def differs(self) -> Mask:
        """Where the newest picture is not the background."""
        return self._differs

    def observe(self, luma: Image, busy: Mask, at_s: float) -> bool:
        """Take one picture; `busy` (of `size`) is where road users are known to be.

        False when the model started anew: at first, and when most of the picture changed.
        """
        small = cv2.resize(luma, self.size, interpolation=cv2.INTER_AREA)
        picture = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
        if self._background is None:
            return self._start(picture, at_s)
        shift = float(np.median(picture - self._background))
        self._differs = np.abs(picture - self._background - shift) > self._settings.difference
        if float(self._differs.mean()) > self._settings.whole_change:
            return self._start(picture, at_s)
        elapsed_s = min(max(0.0, at_s - self._last_s), self._settings.longest_step_s)
        self._last_s = at_s
        steady = np.abs(picture - self._steady) <= self._settings.steadiness
        self._count(steady, busy, elapsed_s)
        self._learn(picture, busy, elapsed_s, at_s)
        self._steady = np.where(busy, self._steady, picture).astype(np.float32)
        return True

    def changed(self, for_s: float) -> Mask:
        """Where the scene has looked different, and the same, for so long."""
        return np.asarray((self._changed_s >= for_s) & self._differs, np.bool_)

    def known_s(self, region: Mask) -> float:
        """For how long the background was seen there (median). What was learnt while somebody stood
        in front was not seen for long, and its end is no event."""
        return float(np.median(self._agreed_s[region]))

    def absorb(self, region: Mask) -> None:
        """From now on the scene looks there as it does now."""
        self.background[region] = self._steady[region]
        self._changed_s[region] = 0
        self._agreed_s[region] = 0

    def _start(self, picture: Plane, at_s: float) -> bool:
        self._background = picture.copy()
        self._steady = picture
        self._changed_s = np.zeros(picture.shape, np.float32)
        self._agreed_s = np.zeros(picture.shape, np.float32)
        self._differs = np.zeros(picture.shape, np.bool_)
        self._began_s = self._last_s = at_s
        return False

    def _count(self, steady: Mask, busy: Mask, elapsed_s: float) -> None:
        counted = self._differs & steady & ~busy
        restless = self._differs & ~steady & ~busy
        self._agreed_s[~self._differs & ~busy] += elapsed_s
        self._changed_s[counted] += elapsed_s
        self._changed_s[restless] -= elapsed_s
        self._changed_s[~self._differs & ~busy] -= 2 * elapsed_s
        np.maximum(self._changed_s, 0, out=self._changed_s)

    def _learn(self, picture: Plane, busy: Mask, elapsed_s: float, at_s: float) -> None:
        """While it settles the model learns everything: whoever passes at first is no object."""
        assert self._background is not None
        settling = at_s - self._began_s < self._settings.settling_s
        pace_s = self._settings.settling_s / 4 if settling else self._settings.learning_s
        rate = np.float32(1 - np.exp(-elapsed_s / pace_s))
        where = ~busy if settling else ~busy & ~self._differs
        self._background += rate * where * (picture - self._background)
        if settling:
            self._changed_s[:] = 0
            self._agreed_s[:] = 0
