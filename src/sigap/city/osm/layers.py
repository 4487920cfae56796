"""Which layer of the base map a thing belongs to, from which zoom, with which properties.

The schema that the web's map style draws; docs/adr/0002 lists it. Pure functions of tags.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Tags = Mapping[str, str]
Value = str | int


@dataclass(frozen=True, slots=True)
class Feature:
    """`min_zoom` is the first zoom at which the thing is drawn, at most 14."""

    layer: str
    min_zoom: int
    properties: dict[str, Value]


_ROADS = {
    "motorway": 5, "trunk": 6, "primary": 7, "secondary": 9, "tertiary": 11, "unclassified": 12,
    "residential": 12, "living_street": 12, "busway": 12, "road": 12, "service": 13,
    "pedestrian": 13, "track": 13, "footway": 14, "path": 14, "cycleway": 14, "steps": 14,
}  # fmt: skip
_WATERWAYS = {"river": 8, "canal": 10, "stream": 13, "drain": 13, "ditch": 14}
_RAILS = frozenset({"rail", "light_rail", "subway", "tram", "monorail", "narrow_gauge"})
_PLACES = {
    "city": 4, "town": 8, "suburb": 10, "village": 10, "quarter": 11, "island": 11,
    "neighbourhood": 12, "hamlet": 12, "square": 13, "locality": 13,
}  # fmt: skip
_AMENITIES = {
    "hospital": 12, "police": 12, "fire_station": 12, "clinic": 14, "school": 14,
    "university": 13, "college": 14, "townhall": 13, "marketplace": 14, "bus_station": 13,
    "place_of_worship": 14, "fuel": 14, "pharmacy": 14, "bank": 14, "library": 14,
}  # fmt: skip
_STOPS = {"station": 12, "halt": 13, "tram_stop": 14, "subway_entrance": 14}
_LANDUSE = frozenset(
    {
        "residential", "industrial", "commercial", "retail", "forest", "grass", "cemetery",
        "farmland", "meadow", "recreation_ground", "military", "construction", "orchard",
        "village_green", "railway", "allotments", "vineyard", "farmyard",
    }
)  # fmt: skip
_GREEN_LEISURE = frozenset({"park", "garden", "pitch", "golf_course", "playground", "stadium"})
_NATURAL = frozenset({"wood", "scrub", "grassland", "wetland", "beach", "sand", "bare_rock"})
_DEEPEST_BOUNDARY = 10


def point_feature(tags: Tags) -> Feature | None:
    place = _PLACES.get(tags.get("place", ""))
    if place is not None and "name" in tags:
        return Feature("places", place, {"kind": tags["place"], **_named(tags)})
    return poi_feature(tags)


def way_feature(tags: Tags) -> Feature | None:
    """Lines; closed ways come again as areas."""
    if "highway" in tags:
        return _road(tags)
    waterway = tags.get("waterway", "")
    if waterway in _WATERWAYS:
        return Feature("waterway", _WATERWAYS[waterway], {"kind": waterway, **_named(tags)})
    if tags.get("railway") in _RAILS:
        tunnel = _flag(tags, "tunnel")
        return Feature("rail", 10, {"kind": tags["railway"], "tunnel": tunnel})
    if tags.get("boundary") == "administrative":
        level = tags.get("admin_level", "")
        if level.isdigit() and int(level) <= _DEEPEST_BOUNDARY:
            return Feature("boundaries", max(4, int(level)), {"level": int(level)})
    return None


def area_feature(tags: Tags) -> Feature | None:
    if tags.get("building", "no") != "no":
        levels = tags.get("building:levels", "")
        return Feature("buildings", 14, {"levels": int(levels) if levels.isdigit() else 0})
    natural, landuse = tags.get("natural", ""), tags.get("landuse", "")
    if natural in {"water", "bay"} or landuse in {"reservoir", "basin"} or _is_riverbank(tags):
        return Feature("water", 4, _named(tags))
    kind = _ground(tags, natural, landuse)
    if kind is not None:
        return Feature("landuse", 9, {"kind": kind, **_named(tags)})
    if tags.get("area") == "yes" and tags.get("highway") in {"pedestrian", "footway"}:
        return Feature("landuse", 13, {"kind": "pedestrian", **_named(tags)})
    return None


def _ground(tags: Tags, natural: str, landuse: str) -> str | None:
    if tags.get("leisure") in _GREEN_LEISURE:
        return tags["leisure"]
    if natural in _NATURAL:
        return natural
    return landuse if landuse in _LANDUSE else None


def _road(tags: Tags) -> Feature | None:
    highway = tags["highway"]
    kind = highway.removesuffix("_link")
    zoom = _ROADS.get(kind)
    if zoom is None:
        return None
    properties: dict[str, Value] = {"kind": kind, **_named(tags)}
    if highway != kind:
        properties["link"] = 1
    if tags.get("ref"):
        properties["ref"] = tags["ref"][:40]
    for key in ("bridge", "tunnel"):
        if _flag(tags, key):
            properties[key] = 1
    if tags.get("oneway") in {"yes", "true", "1"} or tags.get("junction") == "roundabout":
        properties["oneway"] = 1
    elif tags.get("oneway") == "-1":
        properties["oneway"] = -1
    return Feature("roads", zoom, properties)


def poi_feature(tags: Tags) -> Feature | None:
    """What a point or an area is of interest for; a hospital may be drawn as either."""
    amenity, railway = tags.get("amenity", ""), tags.get("railway", "")
    if amenity in _AMENITIES:
        return Feature("pois", _AMENITIES[amenity], {"kind": amenity, **_named(tags)})
    if railway in _STOPS:
        return Feature("pois", _STOPS[railway], {"kind": railway, **_named(tags)})
    if tags.get("highway") == "bus_stop":
        return Feature("pois", 14, {"kind": "bus_stop", **_named(tags)})
    if tags.get("tourism") in {"hotel", "museum", "attraction"} and "name" in tags:
        return Feature("pois", 14, {"kind": tags["tourism"], **_named(tags)})
    return None


def _is_riverbank(tags: Tags) -> bool:
    return tags.get("waterway") in {"riverbank", "dock"}


def _named(tags: Tags) -> dict[str, Value]:
    name = tags.get("name", "")[:120]
    return {"name": name} if name else {}


def _flag(tags: Tags, key: str) -> int:
    return int(tags.get(key, "no") not in {"no", ""})
