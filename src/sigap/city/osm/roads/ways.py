"""Reads the drivable ways, blocking nodes, signals and turn restrictions of an extract.

First step of `build.build_roads`; two passes over the file, nothing kept but what a car may use.
"""

from dataclasses import dataclass, field
from pathlib import Path

import osmium
from osmium.osm import NODE, RELATION, WAY, Relation, Way

from sigap.city.osm.roads.rules import Direction, Tags, node_blocks, road_direction, road_speed_kmh
from sigap.city.osm.source import reading

_RESTRICTION_KEYS = ("restriction", "restriction:motor_vehicle", "restriction:motorcar")
_EXEMPT = frozenset({"emergency", "motorcar", "motor_vehicle"})


@dataclass(frozen=True, slots=True)
class RoadWay:
    """One drivable way. `nodes` are OSM node ids in drawing order, at least two."""

    way_id: int
    nodes: tuple[int, ...]
    direction: Direction
    speed_kmh: float


@dataclass(frozen=True, slots=True)
class TurnRestriction:
    """A `no_*` (mandatory=False) or `only_*` (mandatory=True) restriction.

    `via_node` or `via_ways` is set, never both; `to_ways` has several members only for `no_entry`.
    """

    relation_id: int
    mandatory: bool
    from_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


@dataclass(slots=True)
class RawRoads:
    """What the file says, before any graph. Locations are (lon, lat) by node id."""

    ways: list[RoadWay] = field(default_factory=list)
    restrictions: list[TurnRestriction] = field(default_factory=list)
    blocked_nodes: set[int] = field(default_factory=set)
    signal_nodes: set[int] = field(default_factory=set)
    locations: dict[int, tuple[float, float]] = field(default_factory=dict)
    conditional_restrictions_ignored: int = 0
    restrictions_unreadable: int = 0


def read_roads(path: Path) -> RawRoads:
    """Raises CityImportError for a file that breaks while it is read."""
    raw = RawRoads()
    with reading(path):
        _read_ways(path, raw)
        _read_nodes(path, raw)
        _read_restrictions(path, raw)
    return raw


def _read_ways(path: Path, raw: RawRoads) -> None:
    files = osmium.FileProcessor(str(path), NODE | WAY).with_locations()
    for way in files.with_filter(osmium.filter.EntityFilter(WAY)).with_filter(
        osmium.filter.KeyFilter("highway")
    ):
        if isinstance(way, Way):
            _add_way(way, raw)


def _add_way(way: Way, raw: RawRoads) -> None:
    tags = dict(way.tags)
    speed, direction = road_speed_kmh(tags), road_direction(tags)
    if speed is None or direction is None:
        return
    nodes: list[int] = []
    for node in way.nodes:
        # Extracts cut ways at their edge: nodes beyond it have no location.
        if node.location.valid() and (not nodes or nodes[-1] != node.ref):
            nodes.append(node.ref)
            raw.locations[node.ref] = (node.location.lon, node.location.lat)
    if len(nodes) >= 2:
        raw.ways.append(RoadWay(way.id, tuple(nodes), direction, speed))


def _read_nodes(path: Path, raw: RawRoads) -> None:
    keys = osmium.filter.KeyFilter("barrier", "highway")
    for node in osmium.FileProcessor(str(path), NODE).with_filter(keys):
        if node.id not in raw.locations:
            continue
        tags = dict(node.tags)
        if node_blocks(tags):
            raw.blocked_nodes.add(node.id)
        elif tags.get("highway") == "traffic_signals":
            raw.signal_nodes.add(node.id)


def _read_restrictions(path: Path, raw: RawRoads) -> None:
    typed = osmium.filter.TagFilter(("type", "restriction"))
    for relation in osmium.FileProcessor(str(path), RELATION).with_filter(typed):
        if not isinstance(relation, Relation):
            continue
        tags = dict(relation.tags)
        kind = _restriction_kind(tags)
        if kind is None:
            raw.conditional_restrictions_ignored += any(":conditional" in key for key in tags)
            continue
        restriction = _restriction(relation, kind)
        if restriction is None:
            raw.restrictions_unreadable += 1
        else:
            raw.restrictions.append(restriction)


def _restriction_kind(tags: Tags) -> str | None:
    """`no_left_turn` and the like if it binds a car; None if exempt, conditional or for others."""
    if _EXEMPT & set(tags.get("except", "").replace(" ", "").split(";")):
        return None
    for key in _RESTRICTION_KEYS:
        kind = tags.get(key, "")
        if kind.startswith(("no_", "only_")):
            return kind
    return None


def _restriction(relation: Relation, kind: str) -> TurnRestriction | None:
    """None where members are missing or double, so that the rule cannot be understood."""
    members = [(member.role, member.type, member.ref) for member in relation.members]
    from_ways = tuple(ref for role, kind_, ref in members if role == "from" and kind_ == "w")
    to_ways = tuple(ref for role, kind_, ref in members if role == "to" and kind_ == "w")
    via_nodes = [ref for role, kind_, ref in members if role == "via" and kind_ == "n"]
    via_ways = tuple(ref for role, kind_, ref in members if role == "via" and kind_ == "w")
    if not from_ways or not to_ways or (len(via_nodes) == 1) == bool(via_ways):
        return None
    several = len(from_ways) > 1 or len(to_ways) > 1
    if several and kind not in {"no_entry", "no_exit"}:
        return None
    via_node = via_nodes[0] if via_nodes else None
    return TurnRestriction(
        relation.id, kind.startswith("only_"), from_ways, via_node, via_ways, to_ways
    )
