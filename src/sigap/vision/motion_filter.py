"""Constant-velocity Kalman filter of one box. Used by the tracker, one filter per track.

Centre x, centre y, width and height are filtered apart: each is a position with a velocity.
Noise is stated as a share of the box's longer side, so near and far road users behave alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MEASUREMENT_SHARE = np.array([0.05, 0.05, 0.08, 0.08])
"""Detector's error (standard deviation) as a share of the longer side: x, y, width, height."""

ACCELERATION_SHARE = np.array([1.5, 1.0, 0.3, 0.3])
"""How much motion may change, in longer sides per s² (standard deviation)."""

INITIAL_SPEED_SHARE = np.array([1.0, 0.5, 0.2, 0.2])
"""Speed of an object just met, in longer sides per s (standard deviation)."""

CUT_GROWTH_SHARE = 1.0
"""Speed of width or height while the picture's edge cuts the box: it grows as fast as it moves."""

Vector = NDArray[np.float64]


class BoxFilter:
    """State of one box; times in seconds, lengths in pixels.

    `cut`: whether the picture's left or right, top or bottom edge cuts the box off.
    """

    def __init__(self, box: Vector, *, cut: tuple[bool, bool] = (False, False)) -> None:
        self._place = _to_centre(box)
        self._speed = np.zeros(4)
        scale = _scale(self._place)
        self._var_place = (MEASUREMENT_SHARE * scale) ** 2
        self._var_speed = (INITIAL_SPEED_SHARE * scale) ** 2
        self._covariance = np.zeros(4)
        self._free_cut_sides(cut)

    @property
    def box(self) -> Vector:
        x, y, width, height = self._place
        return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])

    @property
    def speed(self) -> Vector:
        """Centre's velocity in pixels per second: x, y."""
        return self._speed[:2]

    def predict(self, elapsed_s: float) -> None:
        dt = elapsed_s
        noise = (ACCELERATION_SHARE * _scale(self._place)) ** 2
        self._place = self._place + self._speed * dt
        self._place[2:] = np.maximum(self._place[2:], 1.0)
        self._var_place += 2 * dt * self._covariance + dt**2 * self._var_speed + noise * dt**4 / 4
        self._covariance += dt * self._var_speed + noise * dt**3 / 2
        self._var_speed += noise * dt**2

    def update(
        self, box: Vector, *, certainty: float, cut: tuple[bool, bool] = (False, False)
    ) -> None:
        """Take a measured box; `certainty` 0..1 is the detector's score."""
        measured = _to_centre(box)
        spread = MEASUREMENT_SHARE * _scale(measured) * (2.0 - certainty)
        total = self._var_place + spread**2
        gain_place = self._var_place / total
        gain_speed = self._covariance / total
        surprise = measured - self._place
        self._place = self._place + gain_place * surprise
        self._speed = self._speed + gain_speed * surprise
        self._var_speed = self._var_speed - gain_speed * self._covariance
        self._covariance = (1 - gain_place) * self._covariance
        self._var_place = (1 - gain_place) * self._var_place
        self._free_cut_sides(cut)

    def _free_cut_sides(self, cut: tuple[bool, bool]) -> None:
        least = (CUT_GROWTH_SHARE * _scale(self._place)) ** 2
        for axis, is_cut in enumerate(cut, start=2):
            if is_cut:
                self._var_speed[axis] = max(self._var_speed[axis], least)


def _to_centre(box: Vector) -> Vector:
    x0, y0, x1, y1 = (float(edge) for edge in box)
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2, max(x1 - x0, 1.0), max(y1 - y0, 1.0)])


def _scale(place: Vector) -> float:
    """The longer side: of a vehicle that is just coming into the picture the height is a strip."""
    return float(max(place[2], place[3]))
