"""Areas whose borders the extract cuts: what is left of them inside the extract's box.

The border lines of one level, closed by the edge of the box, divide it into faces. A face belongs
to the relation on whose ways all its borders lie; neighbours settle what that leaves open.
"""

from dataclasses import dataclass

import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, unary_union

from sigap.city.osm.boundaries import Boundaries, Boundary
from sigap.city.osm.polygons import as_multipolygon, box_polygon
from sigap.core.geometry import Box

_SURE = 0.97
_SMALLEST_SHARE = 0.002
_NEAR_DEGREES = 1e-7


@dataclass(slots=True)
class _Face:
    """A part of the box between borders; `candidates` are indices of relations."""

    shape: Polygon
    candidates: set[int]


def reconstruct(found: Boundaries, level: int, bounds: Box) -> list[tuple[Boundary, MultiPolygon]]:
    """Relations of that level with what the extract holds of them; those with nothing are left."""
    relations = found.of_level(level)
    frame = box_polygon(bounds)
    borders = [_border(found, relation, frame) for relation in relations]
    edges = unary_union([*borders, *_to_the_edge(found, frame), frame.boundary])
    least = frame.area * _SMALLEST_SHARE
    shapes = [face for face in polygonize(edges) if face.area >= least]
    faces = [_Face(shape, _candidates(shape, borders, frame)) for shape in shapes]
    _name_by_settlements(faces, relations, found)
    _settle(faces)
    return _collected(relations, faces)


def _border(found: Boundaries, relation: Boundary, frame: Polygon) -> BaseGeometry:
    lines = [found.lines[way] for way in relation.ways if way in found.lines]
    return shapely.intersection(shapely.union_all(lines), frame)


def _to_the_edge(found: Boundaries, frame: Polygon) -> list[LineString]:
    """From where a border leaves the extract to the nearest edge of the box: the next point of the
    way lies outside, so the last one known is near it."""
    ends = [shapely.Point(point) for point in found.loose_ends]
    return [shapely.shortest_line(end, frame.boundary) for end in ends if frame.contains(end)]


def _candidates(face: Polygon, borders: list[BaseGeometry], frame: Polygon) -> set[int]:
    """Relations on whose border all inner borders of the face lie."""
    known = shapely.union_all([border.buffer(_NEAR_DEGREES) for border in borders])
    inner = face.boundary.difference(frame.boundary.buffer(_NEAR_DEGREES)).intersection(known)
    if inner.length == 0:
        return set()
    shares = [
        inner.intersection(border.buffer(_NEAR_DEGREES)).length / inner.length for border in borders
    ]
    return {index for index, share in enumerate(shares) if share >= _SURE}


def _name_by_settlements(faces: list[_Face], relations: list[Boundary], found: Boundaries) -> None:
    """A place node of the same name inside a face decides between candidates."""
    names = {relation.name: index for index, relation in enumerate(relations)}
    for settlement in found.settlements:
        index = names.get(settlement.name)
        point = shapely.Point(settlement.position.lon, settlement.position.lat)
        for face in faces:
            if index in face.candidates and len(face.candidates) > 1 and face.shape.covers(point):
                face.candidates = {index}


def _settle(faces: list[_Face]) -> None:
    """Two faces with a common border are different relations: sure ones rule out for others."""
    changed = True
    while changed:
        changed = False
        for sure in [face for face in faces if len(face.candidates) == 1]:
            for other in faces:
                if len(other.candidates) > 1 and _adjoin(sure.shape, other.shape):
                    before = len(other.candidates)
                    other.candidates = other.candidates - sure.candidates
                    changed = changed or len(other.candidates) < before


def _adjoin(a: Polygon, b: Polygon) -> bool:
    return a.boundary.intersection(b.boundary).length > _NEAR_DEGREES


def _collected(
    relations: list[Boundary], faces: list[_Face]
) -> list[tuple[Boundary, MultiPolygon]]:
    collected = []
    for index, relation in enumerate(relations):
        own = [face.shape for face in faces if face.candidates == {index}]
        shape = as_multipolygon(unary_union(own)) if own else None
        if shape is not None:
            collected.append((relation, shape))
    return collected
