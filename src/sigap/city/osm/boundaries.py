"""Reads administrative boundaries from an extract: relations, their polygons, their border lines.

First step of `areas`. Relations whose ways the extract cuts have lines but no polygon.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import osmium
import shapely
from osmium.osm import RELATION, Area, Node, Relation, Way
from shapely.geometry import MultiLineString, MultiPolygon

from sigap.city.osm.polygons import as_multipolygon
from sigap.city.osm.source import outline_of, reading
from sigap.core.geometry import LatLon

# Codes in the order of trust.
_CODE_KEYS = ("ref:kode_wilayah", "ref:kemendagri", "kemendagri", "ref:bps", "ref", "ref:at:gkz")
_CODE_LIMIT = 28
_SETTLEMENTS = frozenset(
    {"city_block", "quarter", "suburb", "neighbourhood", "village", "hamlet", "town"}
)


@dataclass(slots=True)
class Boundary:
    """One administrative relation. `ways` are the ids of its border ways."""

    relation_id: int
    level: int
    name: str
    code: str
    ways: tuple[int, ...]
    shape: MultiPolygon | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A `place` node: the name of a quarter without a border."""

    node_id: int
    name: str
    kind: str
    position: LatLon


@dataclass(slots=True)
class Boundaries:
    """Everything the extract knows of its areas. `lines` are the border ways by id; `loose_ends`
    (lon, lat) the points where one of them goes on outside the extract."""

    relations: list[Boundary] = field(default_factory=list)
    lines: dict[int, MultiLineString] = field(default_factory=dict)
    loose_ends: list[tuple[float, float]] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)

    def of_level(self, level: int) -> list[Boundary]:
        return [item for item in self.relations if item.level == level]

    def levels(self) -> list[int]:
        return sorted({item.level for item in self.relations})


def read_boundaries(path: Path) -> Boundaries:
    """Raises CityImportError for a file that breaks while it is read."""
    found = Boundaries()
    with reading(path):
        _read_relations(path, found)
        _read_geometry(path, found)
    return found


def _read_relations(path: Path, found: Boundaries) -> None:
    administrative = osmium.filter.TagFilter(("boundary", "administrative"))
    for relation in osmium.FileProcessor(str(path), RELATION).with_filter(administrative):
        if not isinstance(relation, Relation):
            continue
        tags = dict(relation.tags)
        level, name = tags.get("admin_level", ""), tags.get("name", "")
        if not level.isdigit() or not name:
            continue
        code = next((tags[key] for key in _CODE_KEYS if tags.get(key)), f"r{relation.id}")[
            :_CODE_LIMIT
        ]
        ways = tuple(m.ref for m in relation.members if m.type == "w" and m.role != "inner")
        found.relations.append(Boundary(relation.id, int(level), name, code, ways))


def _read_geometry(path: Path, found: Boundaries) -> None:
    wanted = {way for relation in found.relations for way in relation.ways}
    by_id = {relation.relation_id: relation for relation in found.relations}
    factory = osmium.geom.WKBFactory()
    administrative = osmium.filter.TagFilter(("boundary", "administrative"))
    for thing in osmium.FileProcessor(str(path)).with_areas(administrative):
        if isinstance(thing, Area):
            relation = None if thing.from_way() else by_id.get(thing.orig_id())
            outline = None if relation is None else outline_of(thing, factory)
            if relation is not None and outline is not None:
                relation.shape = as_multipolygon(shapely.from_wkb(bytes.fromhex(outline)))
        elif isinstance(thing, Way):
            if thing.id in wanted:
                _add_line(thing, found)
        elif isinstance(thing, Node) and thing.tags.get("place") in _SETTLEMENTS:
            _add_settlement(thing, found)


def _add_line(way: Way, found: Boundaries) -> None:
    """What the extract holds of a way: pieces, where it leaves the extract in between."""
    located = [(n.lon, n.lat) if n.location.valid() else None for n in way.nodes]
    pieces: list[list[tuple[float, float]]] = [[]]
    for here in located:
        if here is None:
            pieces.append([])
        else:
            pieces[-1].append(here)
    for here, after in pairwise(located):
        if here is not None and after is None:
            found.loose_ends.append(here)
        elif here is None and after is not None:
            found.loose_ends.append(after)
    found.lines[way.id] = MultiLineString([piece for piece in pieces if len(piece) >= 2])


def _add_settlement(node: Node, found: Boundaries) -> None:
    name = node.tags.get("name")
    if name:
        position = LatLon(node.location.lat, node.location.lon)
        found.settlements.append(Settlement(node.id, name, node.tags["place"], position))
