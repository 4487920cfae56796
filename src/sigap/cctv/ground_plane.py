"""Whether drawn ground points make a plane that can be measured on. Called by `rule_settings`.

Four points or more fix the homography that takes the picture to the ground: Hartley and Zisserman,
Multiple View Geometry (2nd ed., 2003), algorithm 4.2 (normalised DLT).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigap.core.refusals import Invalid

LEAST_POINTS = 4
# In metres and parts of the picture: less apart is a slip of the hand.
LEAST_EXTENT_M = 1.0
LEAST_EXTENT = 0.02
# Of singular values: below, the points lie on one line and fix no plane.
FLAT = 1e-3
# Of a plane scaled to length 1: there a metre is less than a pixel.
NEAR_HORIZON = 1e-6
# Points that disagree by more than this part of their extent were measured wrongly.
WORST_RESIDUAL = 0.15

Plane = NDArray[np.float64]


def check_ground(
    ground: Sequence[tuple[float, float, float, float]], zone: Sequence[tuple[float, float]]
) -> Plane:
    """The homography (3×3, picture 0..1 → metres) of `ground`, if `zone` can be measured on it.

    Raises Invalid with a sentence that says what is wrong with the points.
    """
    if len(ground) < LEAST_POINTS:
        raise _refused("The ground plane needs at least four points.")
    rows = np.asarray(ground, dtype=np.float64)
    picture, metres = rows[:, :2], rows[:, 2:]
    if (
        np.ptp(picture, axis=0).max() < LEAST_EXTENT
        or np.ptp(metres, axis=0).max() < LEAST_EXTENT_M
    ):
        raise _refused("The points of the ground plane lie too close together.")
    with np.errstate(all="ignore"):
        plane = _fit(picture, metres)
        seen = np.vstack([picture, np.asarray(zone, dtype=np.float64).reshape(-1, 2)])
        _refuse_behind_horizon(plane, seen)
        error_m = np.linalg.norm(_project(plane, picture) - metres, axis=1).max()
    if not np.isfinite(error_m) or error_m > WORST_RESIDUAL * np.ptp(metres, axis=0).max():
        raise _refused(
            f"The distances of the ground points do not fit together: one is {error_m:.1f} m off."
        )
    return plane


def _fit(picture: Plane, metres: Plane) -> Plane:
    for points in (picture, metres):
        spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
        if spread[1] < FLAT * spread[0]:
            raise _refused("The points of the ground plane lie on one line.")
    to_unit, from_unit = _normaliser(picture), _normaliser(metres)
    source, target = _project(to_unit, picture), _project(from_unit, metres)
    equations = np.vstack([_equations(*source[at], *target[at]) for at in range(len(source))])
    _, values, vectors = np.linalg.svd(equations)
    # Nine unknowns up to scale: eight independent equations, or three points share a line.
    if values[7] < FLAT * values[0]:
        raise _refused("Three of the four ground points lie on one line. Spread them out.")
    plane = np.linalg.inv(from_unit) @ vectors[-1].reshape(3, 3) @ to_unit
    return np.asarray(plane, dtype=np.float64)


def _equations(x: float, y: float, east: float, north: float) -> Plane:
    return np.array(
        [
            [-x, -y, -1, 0, 0, 0, east * x, east * y, east],
            [0, 0, 0, -x, -y, -1, north * x, north * y, north],
        ]
    )


def _normaliser(points: Plane) -> Plane:
    middle = points.mean(axis=0)
    scale = np.sqrt(2) / np.linalg.norm(points - middle, axis=1).mean()
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def _project(plane: Plane, points: Plane) -> Plane:
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ plane.T
    projected: Plane = homogeneous[:, :2] / homogeneous[:, 2:]
    return projected


def _refuse_behind_horizon(plane: Plane, points: Plane) -> None:
    depth = np.column_stack([points, np.ones(len(points))]) @ (plane / np.linalg.norm(plane))[2]
    if not (np.all(depth > NEAR_HORIZON) or np.all(depth < -NEAR_HORIZON)):
        raise _refused("The zone reaches over the horizon of the ground plane.")


def _refused(message: str) -> Invalid:
    return Invalid("bad_ground", message, field="settings.ground")
