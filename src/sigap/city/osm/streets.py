"""Gathers the ways of one street: same name, same area, near one another. Used by `gazetteer`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from sigap.core.geometry import LatLon

# The two carriageways of an avenue and its parts across a square are one street; two alleys of
# the same name at both ends of a kelurahan are two. About 250 m.
_SAME_STREET_DEGREES = 0.00225


@dataclass(frozen=True, slots=True)
class StreetPiece:
    """One named way, or the part of it in one area; `line` is one line or several."""

    way_id: int
    name: str
    line: BaseGeometry
    area_code: str | None
    tags: Mapping[str, str]

    @property
    def middle(self) -> LatLon:
        """A point on it."""
        parts = getattr(self.line, "geoms", [self.line])
        longest = max(parts, key=lambda part: float(part.length))
        point = longest.interpolate(0.5, normalized=True)
        return LatLon(point.y, point.x)


@dataclass(frozen=True, slots=True)
class Street:
    """A street within one area. `way_id` is the lowest of its ways; `middle` lies on it, near the
    centre of its ways."""

    way_id: int
    name: str
    middle: LatLon
    area_code: str | None
    tags: Mapping[str, str]


def gather_streets(pieces: Iterable[StreetPiece]) -> list[Street]:
    """One entry for each connected street and area, in the order of names."""
    groups: dict[tuple[str, str], list[StreetPiece]] = {}
    for piece in pieces:
        groups.setdefault((piece.name.casefold(), piece.area_code or ""), []).append(piece)
    return [
        _street(members)
        for _, group in sorted(groups.items())
        for members in _clusters(sorted(group, key=lambda piece: piece.way_id))
    ]


def _clusters(group: list[StreetPiece]) -> list[list[StreetPiece]]:
    if len(group) == 1:
        return [group]
    lines = [piece.line for piece in group]
    one, other = STRtree(lines).query(lines, predicate="dwithin", distance=_SAME_STREET_DEGREES)
    near = csr_array((np.ones(len(one), np.int8), (one, other)), shape=(len(group), len(group)))
    count, labels = connected_components(near, directed=False)
    return [[group[i] for i in np.nonzero(labels == label)[0]] for label in range(count)]


def _street(members: list[StreetPiece]) -> Street:
    """Stands where the way nearest to the centre of all has its middle."""
    weights = [max(piece.line.length, 1e-12) for piece in members]
    middles = [piece.middle for piece in members]
    lat = float(np.average([middle.lat for middle in middles], weights=weights))
    lon = float(np.average([middle.lon for middle in middles], weights=weights))
    centre = shapely.Point(lon, lat)
    nearest = min(members, key=lambda piece: float(centre.distance(piece.line)))
    first = members[0]
    return Street(first.way_id, first.name, nearest.middle, first.area_code, first.tags)
