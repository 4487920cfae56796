"""Plane geometry on pixels and normalised points. Used by tracker, rules and evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigap.vision.detections import Boxes
from sigap.vision.rules.events import Point

_TINY = np.float32(1e-9)


def overlap(left: Boxes, right: Boxes) -> NDArray[np.float32]:
    """(N, M) intersection over union."""
    shared = _shared(left, right)
    union = area(left)[:, np.newaxis] + area(right)[np.newaxis] - shared
    return np.asarray(shared / (union + _TINY), np.float32)


def nesting(left: Boxes, right: Boxes) -> NDArray[np.float32]:
    """(N, M) intersection over the smaller of the two: 1 where one lies within the other."""
    smaller = np.minimum(area(left)[:, np.newaxis], area(right)[np.newaxis])
    return np.asarray(_shared(left, right) / (smaller + _TINY), np.float32)


def _shared(left: Boxes, right: Boxes) -> NDArray[np.float32]:
    low = np.maximum(left[:, np.newaxis, :2], right[np.newaxis, :, :2])
    high = np.minimum(left[:, np.newaxis, 2:], right[np.newaxis, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2), np.float32)


def area(boxes: Boxes) -> NDArray[np.float32]:
    """(N,) areas in square pixels."""
    return ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).astype(np.float32)


def widened(boxes: Boxes, share: NDArray[np.float32] | float) -> Boxes:
    """Boxes grown on every side by `share` of their size."""
    margin = (boxes[:, 2:] - boxes[:, :2]) * np.asarray(share, np.float32).reshape(-1, 1)
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)


def contains(polygon: Sequence[Point], point: Point) -> bool:
    """Whether the point lies inside (even-odd rule); on the edge it may fall on either side."""
    x, y = point
    inside = False
    previous_x, previous_y = polygon[-1]
    for corner_x, corner_y in polygon:
        if (corner_y > y) != (previous_y > y):
            edge_x = corner_x + (y - corner_y) * (previous_x - corner_x) / (previous_y - corner_y)
            inside ^= x < edge_x
        previous_x, previous_y = corner_x, corner_y
    return inside


def side_of_line(start: Point, end: Point, point: Point) -> float:
    """Distance from the infinite line, positive to the right of start→end as seen on the screen."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = (along_x**2 + along_y**2) ** 0.5
    if length == 0:
        return 0.0
    cross = along_x * (point[1] - start[1]) - along_y * (point[0] - start[0])
    return float(cross / length)


def segments_meet(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two segments touch or cross."""
    a, b = first
    c, d = second
    return (
        side_of_line(a, b, c) * side_of_line(a, b, d) <= 0
        and side_of_line(c, d, a) * side_of_line(c, d, b) <= 0
    )
