"""The gazetteer of an extract: streets, landmarks, hospitals, stations, schools, stops, squares.

One pass over the file; called by `extract`. Streets are gathered by `streets`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import osmium
import shapely
from osmium.osm import Area, Node, Way
from shapely import LineString, STRtree
from shapely.geometry.base import BaseGeometry

from sigap.city.osm.records import AreaRecord, PlaceRecord, PlaceType
from sigap.city.osm.source import outline_of, reading
from sigap.city.osm.streets import StreetPiece, gather_streets
from sigap.core.geometry import LatLon

Tags = Mapping[str, str]

_MAX_NAME = 200
# A street reaches into an area if that holds some 30 m of it.
_STUB_DEGREES = 0.0003
_ALT_NAMES = ("alt_name", "official_name", "short_name", "loc_name", "old_name", "int_name")
_LANGUAGE = re.compile(r"name:[a-z]{2,3}$")
# Without a name of their own these are still looked for, under their operator or kind.
_ALWAYS_WANTED = frozenset({PlaceType.HOSPITAL, PlaceType.POLICE, PlaceType.FIRE_STATION})
_STREET_CLASSES_LEFT_OUT = frozenset(
    {"platform", "bus_stop", "services", "rest_area", "proposed", "construction", "elevator"}
)
# key → value → kind; the first key that matches decides, "" stands for any other value.
_KINDS: dict[str, dict[str, PlaceType]] = {
    "amenity": {
        "hospital": PlaceType.HOSPITAL,
        "clinic": PlaceType.HOSPITAL,
        "police": PlaceType.POLICE,
        "fire_station": PlaceType.FIRE_STATION,
        "school": PlaceType.SCHOOL,
        "university": PlaceType.SCHOOL,
        "college": PlaceType.SCHOOL,
        "kindergarten": PlaceType.SCHOOL,
        "place_of_worship": PlaceType.WORSHIP,
        "bus_station": PlaceType.TRANSPORT,
        "ferry_terminal": PlaceType.TRANSPORT,
        "marketplace": PlaceType.SHOP,
        "bank": PlaceType.LANDMARK,
        "fuel": PlaceType.LANDMARK,
        "townhall": PlaceType.LANDMARK,
        "courthouse": PlaceType.LANDMARK,
        "library": PlaceType.LANDMARK,
        "theatre": PlaceType.LANDMARK,
        "cinema": PlaceType.LANDMARK,
        "community_centre": PlaceType.LANDMARK,
        "embassy": PlaceType.LANDMARK,
        "post_office": PlaceType.LANDMARK,
        "fountain": PlaceType.LANDMARK,
        "parking": PlaceType.OTHER,
        "pharmacy": PlaceType.OTHER,
        "restaurant": PlaceType.OTHER,
        "cafe": PlaceType.OTHER,
        "fast_food": PlaceType.OTHER,
        "bar": PlaceType.OTHER,
        "pub": PlaceType.OTHER,
        "nightclub": PlaceType.OTHER,
    },
    "emergency": {"ambulance_station": PlaceType.HOSPITAL},
    "healthcare": {"hospital": PlaceType.HOSPITAL},
    "railway": {
        "station": PlaceType.TRANSPORT,
        "halt": PlaceType.TRANSPORT,
        "tram_stop": PlaceType.TRANSPORT,
        "subway_entrance": PlaceType.TRANSPORT,
    },
    "public_transport": {"station": PlaceType.TRANSPORT},
    "highway": {"bus_stop": PlaceType.TRANSPORT},
    "aeroway": {"aerodrome": PlaceType.TRANSPORT, "terminal": PlaceType.TRANSPORT},
    "place": {
        "square": PlaceType.SQUARE,
        "suburb": PlaceType.AREA,
        "quarter": PlaceType.AREA,
        "neighbourhood": PlaceType.AREA,
        "village": PlaceType.AREA,
        "hamlet": PlaceType.AREA,
        "locality": PlaceType.AREA,
        "island": PlaceType.AREA,
    },
    "tourism": {
        "hotel": PlaceType.LANDMARK,
        "museum": PlaceType.LANDMARK,
        "attraction": PlaceType.LANDMARK,
        "artwork": PlaceType.OTHER,
        "hostel": PlaceType.LANDMARK,
        "guest_house": PlaceType.LANDMARK,
    },
    "leisure": {
        "park": PlaceType.LANDMARK,
        "garden": PlaceType.LANDMARK,
        "stadium": PlaceType.LANDMARK,
        "sports_centre": PlaceType.LANDMARK,
        "playground": PlaceType.OTHER,
    },
    "shop": {"mall": PlaceType.SHOP, "": PlaceType.SHOP},
    "office": {"government": PlaceType.LANDMARK, "": PlaceType.OTHER},
    "historic": {"": PlaceType.LANDMARK},
    "man_made": {"bridge": PlaceType.LANDMARK, "tower": PlaceType.LANDMARK},
    "building": {"": PlaceType.LANDMARK},
}


@dataclass(frozen=True, slots=True)
class AreaLookup:
    """Which of the finest areas holds a point."""

    codes: tuple[str, ...]
    tree: STRtree

    @classmethod
    def of(cls, areas: list[AreaRecord]) -> "AreaLookup":
        return cls(tuple(area.code for area in areas), STRtree([area.shape for area in areas]))

    def code_at(self, position: LatLon) -> str | None:
        point = shapely.Point(position.lon, position.lat)
        hits = self.tree.query(point, predicate="intersects")
        return self.codes[int(hits.min())] if len(hits) else None

    def parts_of(self, line: LineString) -> list[tuple[str | None, BaseGeometry]]:
        """The line by area, without the stubs that reach into a neighbour; whole if in none."""
        hits = sorted(int(hit) for hit in self.tree.query(line, predicate="intersects"))
        if len(hits) == 1:
            return [(self.codes[hits[0]], line)]
        shapes = self.tree.geometries
        parts: list[tuple[str | None, BaseGeometry]] = [
            (self.codes[hit], line.intersection(shapes[hit])) for hit in hits
        ]
        long_enough = [part for part in parts if part[1].length >= _STUB_DEGREES]
        return long_enough or [(self.codes[hits[0]] if hits else None, line)]


def read_gazetteer(path: Path, areas: list[AreaRecord]) -> Iterator[PlaceRecord]:
    """Every entry once. Raises CityImportError for a file that breaks while it is read."""
    lookup = AreaLookup.of(areas)
    streets: list[StreetPiece] = []
    with reading(path):
        yield from _named_places(path, lookup, streets)
    for street in gather_streets(streets):
        alt_names = _alt_names(street.tags, street.name)
        yield PlaceRecord(
            f"w{street.way_id}:{street.area_code}" if street.area_code else f"w{street.way_id}",
            street.name[:_MAX_NAME],
            PlaceType.STREET,
            street.middle,
            street.area_code,
            alt_names,
        )


def _named_places(
    path: Path, lookup: AreaLookup, streets: list[StreetPiece]
) -> Iterator[PlaceRecord]:
    factory = osmium.geom.WKBFactory()
    named = osmium.filter.KeyFilter("name", *_KINDS)
    for thing in osmium.FileProcessor(str(path)).with_areas(named).with_filter(named):
        if isinstance(thing, Way):
            _add_street(thing, lookup, streets)
            continue
        tags = dict(thing.tags)
        kind = kind_of(tags)
        name = _name(tags, kind)
        if kind is None or not name:
            continue
        found = _position(thing, factory)
        if found is not None:
            ref, position = found
            area = lookup.code_at(position)
            yield PlaceRecord(ref, name, kind, position, area, _alt_names(tags, name))


def kind_of(tags: Tags) -> PlaceType | None:
    """The gazetteer's kind for a thing, None for what nobody looks for."""
    for key, values in _KINDS.items():
        value = tags.get(key)
        if value is None or value == "no":
            continue
        kind = values.get(value) or values.get("")
        if kind is not None:
            return kind
    return None


def _name(tags: Tags, kind: PlaceType | None) -> str:
    name = tags.get("name", "")
    if not name and kind in _ALWAYS_WANTED:
        name = tags.get("operator", "")
    return " ".join(name.split())[:_MAX_NAME]


def _alt_names(tags: Tags, name: str) -> tuple[str, ...]:
    """Other names, each once, in a settled order: languages, then old and short ones."""
    values = [value for key, value in sorted(tags.items()) if _LANGUAGE.match(key)]
    values += [tags[key] for key in _ALT_NAMES if key in tags]
    parts = (" ".join(part.split()) for value in values for part in value.split(";"))
    return tuple(dict.fromkeys(part for part in parts if part and part != name))


def _position(thing: object, factory: osmium.geom.WKBFactory) -> tuple[str, LatLon] | None:
    if isinstance(thing, Node):
        return f"n{thing.id}", LatLon(thing.location.lat, thing.location.lon)
    if not isinstance(thing, Area):
        return None
    outline = outline_of(thing, factory)
    if outline is None:
        return None
    point = shapely.point_on_surface(shapely.from_wkb(bytes.fromhex(outline)))
    if point.is_empty:
        return None
    letter = "w" if thing.from_way() else "r"
    return f"{letter}{thing.orig_id()}", LatLon(point.y, point.x)


def _add_street(way: Way, lookup: AreaLookup, streets: list[StreetPiece]) -> None:
    tags = dict(way.tags)
    name = " ".join(tags.get("name", "").split())
    highway = tags.get("highway")
    if not name or highway is None or highway in _STREET_CLASSES_LEFT_OUT:
        return
    points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
    if len(points) < 2:
        return
    for area_code, part in lookup.parts_of(LineString(points)):
        streets.append(StreetPiece(way.id, name, part, area_code, tags))
