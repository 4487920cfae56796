"""Small polygon work shared by the area readers: clean, join, find the point that names them."""

from collections.abc import Sequence

import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from sigap.core.geometry import Box, LatLon

# 1e-6 degree is 11 cm: finer differences between neighbours are noise of the source.
_GRID_DEGREES = 1e-6


def as_multipolygon(shape: BaseGeometry) -> MultiPolygon | None:
    """The polygonal part of any geometry, made valid; None where nothing of it has an area."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    parts = [part for part in _parts(valid) if part.area > 0]
    return MultiPolygon(parts) if parts else None


def joined(shapes: Sequence[BaseGeometry]) -> MultiPolygon:
    """Union of areas that share borders, without the slivers between them."""
    merged = as_multipolygon(shapely.union_all(list(shapes), grid_size=_GRID_DEGREES))
    if merged is None:
        raise ValueError("union of no area")
    return merged


def center_of(shape: BaseGeometry) -> LatLon:
    """A point certain to lie inside."""
    point = shape.representative_point()
    return LatLon(point.y, point.x)


def box_polygon(bounds: Box) -> Polygon:
    return box(bounds.west, bounds.south, bounds.east, bounds.north)


def box_of(shape: BaseGeometry) -> Box:
    west, south, east, north = shape.bounds
    return Box(south=south, west=west, north=north, east=east)


def _parts(shape: BaseGeometry) -> list[Polygon]:
    if isinstance(shape, Polygon):
        return [shape]
    return [p for part in getattr(shape, "geoms", ()) for p in _parts(part)]
