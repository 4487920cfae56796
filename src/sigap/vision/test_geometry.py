"""Plane geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from sigap.vision.geometry import contains, overlap, segments_meet, side_of_line, widened

_numbers = st.integers(-20, 20).map(float)
_points = st.tuples(_numbers, _numbers)


def test_overlap_of_boxes() -> None:
    left = np.array([[0, 0, 10, 10], [0, 0, 0, 0]], np.float32)
    right = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30]], np.float32)

    expected = np.array([[1, 1 / 3, 0], [0, 0, 0]])
    np.testing.assert_allclose(overlap(left, right), expected, atol=1e-6)


def test_widening_grows_on_every_side() -> None:
    boxes = np.array([[10, 10, 20, 30]], np.float32)

    np.testing.assert_allclose(widened(boxes, 0.5), [[5, 0, 25, 40]])


@pytest.mark.parametrize(("point", "right"), [((1.0, 0.0), False), ((-1.0, 0.0), True)])
def test_right_of_a_downward_line_is_left_on_the_screen(
    point: tuple[float, float], right: bool
) -> None:
    assert (side_of_line((0, -5), (0, 5), point) > 0) is right


@given(st.lists(_points, min_size=3, max_size=6, unique=True), _points)
def test_contains_agrees_with_shapely(
    corners: list[tuple[float, float]], point: tuple[float, float]
) -> None:
    polygon = Polygon(corners)
    if not polygon.is_valid or polygon.area == 0 or polygon.boundary.distance(Point(point)) == 0:
        return
    assert contains(corners, point) == polygon.contains(Point(point))


@given(_points, _points, _points, _points)
def test_segments_meet_agrees_with_shapely(
    a: tuple[float, float],
    b: tuple[float, float],
    c: tuple[float, float],
    d: tuple[float, float],
) -> None:
    collinear = side_of_line(a, b, c) == side_of_line(a, b, d) == 0
    if a == b or c == d or collinear:
        return
    assert segments_meet((a, b), (c, d)) == LineString([a, b]).intersects(LineString([c, d]))
