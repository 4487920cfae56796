"""From the picture to the ground in metres. Used by rules that measure speed or length.

At least four points whose place is known fix the homography of the ground plane: Hartley and
Zisserman, Multiple View Geometry (2nd ed., 2003), algorithm 4.2 (normalised direct linear
transformation), least squares where there are more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST_POINTS = 4
FLAT = 1e-3
"""Share of the second singular value: below, the points lie on one line and fix no plane."""

NEAR_HORIZON = 1e-6


class GroundError(ValueError):
    """The points do not fix a plane."""


class GroundPlane:
    """`known`: rows of x, y in the picture (0..1), east, north in metres. Raises GroundError."""

    def __init__(self, known: Sequence[tuple[float, float, float, float]]) -> None:
        rows = np.asarray(known, np.float64).reshape(-1, 4)
        if len(rows) < LEAST_POINTS or not np.isfinite(rows).all():
            raise GroundError("a ground plane needs at least four points")
        self._matrix = _fit(rows[:, :2], rows[:, 2:])
        depth = self._depth(rows[:, :2])
        self._sign = np.sign(depth[0])
        if self._sign == 0 or (depth * self._sign <= NEAR_HORIZON).any():
            raise GroundError("the ground points lie on both sides of the horizon")

    def sees(self, points: Sequence[tuple[float, float]]) -> bool:
        """Whether all points of the picture lie on the ground, below the horizon."""
        depth = self._depth(np.asarray(points, np.float64).reshape(-1, 2))
        return bool((depth * self._sign > NEAR_HORIZON).all())

    def metres(self, points: Sequence[tuple[float, float]]) -> Array:
        """(N, 2) east and north of points of the picture that `sees` is true for."""
        found = np.asarray(points, np.float64).reshape(-1, 2)
        homogeneous = np.column_stack([found, np.ones(len(found))]) @ self._matrix.T
        return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:], np.float64)

    def _depth(self, points: Array) -> Array:
        return np.asarray(points @ self._matrix[2, :2] + self._matrix[2, 2], np.float64)


def _fit(picture: Array, metres: Array) -> Array:
    to_unit, from_unit = _normaliser(picture), _normaliser(metres)
    source, target = _applied(to_unit, picture), _applied(from_unit, metres)
    rows = []
    for (x, y), (east, north) in zip(source.tolist(), target.tolist(), strict=True):
        rows.append([-x, -y, -1, 0, 0, 0, east * x, east * y, east])
        rows.append([0, 0, 0, -x, -y, -1, north * x, north * y, north])
    unit = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    matrix = np.linalg.inv(from_unit) @ unit @ to_unit
    return np.asarray(matrix / np.linalg.norm(matrix), np.float64)


def _normaliser(points: Array) -> Array:
    """Moves the centre to 0 and the mean distance from it to √2."""
    centre = points.mean(axis=0)
    spread = np.linalg.svd(points - centre, compute_uv=False)
    if spread[0] == 0 or spread[1] < FLAT * spread[0]:
        raise GroundError("the ground points lie on one line")
    scale = np.sqrt(2) / np.linalg.norm(points - centre, axis=1).mean()
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _applied(matrix: Array, points: Array) -> Array:
    return np.asarray(points @ matrix[:2, :2].T + matrix[:2, 2], np.float64)
