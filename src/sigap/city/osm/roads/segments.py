"""Splits ways at junctions into segments and directed edges with lengths, times and bearings.

Second step of `build.build_roads`.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from sigap.city.osm.roads.rules import Direction
from sigap.city.osm.roads.ways import RawRoads, RoadWay

SIGNAL_DELAY_S = 5.0
_M_PER_DEGREE_LAT = 110_574.0
_M_PER_DEGREE_LON = 111_320.0

LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Segment:
    """Undirected stretch between two junctions; `nodes` are OSM ids in the order of its way."""

    way_id: int
    nodes: tuple[int, ...]
    length_m: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A segment in one direction. Bearings are radians clockwise from north, leaving the tail and
    arriving at the head. `tail` and `head` are OSM node ids."""

    segment: int
    forward: bool
    tail: int
    head: int
    time_ms: int
    bearing_out: float
    bearing_in: float


@dataclass(slots=True)
class SplitRoads:
    """Segments and edges, with the edges that leave and reach each node."""

    segments: list[Segment] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    leaving: dict[int, list[int]] = field(default_factory=dict)
    reaching: dict[int, list[int]] = field(default_factory=dict)


def split_roads(raw: RawRoads) -> SplitRoads:
    """Cut every way where another way, a barrier, a signal or a restriction meets it."""
    junctions = _junctions(raw)
    split = SplitRoads()
    for way in raw.ways:
        for nodes in _pieces(way, junctions):
            _add_segment(split, raw, way, nodes)
    return split


def metres_between(a: LonLat, b: LonLat) -> float:
    """Local flat distance; errs ≤ 0.02 % over a city."""
    x = (b[0] - a[0]) * _M_PER_DEGREE_LON * math.cos(math.radians((a[1] + b[1]) / 2))
    y = (b[1] - a[1]) * _M_PER_DEGREE_LAT
    return math.hypot(x, y)


def _junctions(raw: RawRoads) -> set[int]:
    uses: Counter[int] = Counter()
    ends: set[int] = set()
    for way in raw.ways:
        uses.update(way.nodes)
        ends.add(way.nodes[0])
        ends.add(way.nodes[-1])
    shared = {node for node, count in uses.items() if count > 1}
    via = {rule.via_node for rule in raw.restrictions if rule.via_node is not None}
    return shared | ends | raw.blocked_nodes | raw.signal_nodes | via


def _pieces(way: RoadWay, junctions: set[int]) -> list[tuple[int, ...]]:
    pieces, start = [], 0
    for index in range(1, len(way.nodes)):
        if way.nodes[index] in junctions:
            pieces.append(way.nodes[start : index + 1])
            start = index
    return pieces


def _add_segment(split: SplitRoads, raw: RawRoads, way: RoadWay, nodes: tuple[int, ...]) -> None:
    points = [raw.locations[node] for node in nodes]
    length_m = sum(metres_between(a, b) for a, b in pairwise(points))
    segment = len(split.segments)
    split.segments.append(Segment(way.way_id, nodes, length_m))
    drive_ms = length_m / (way.speed_kmh / 3.6) * 1000
    if way.direction is not Direction.BACKWARD:
        _add_edge(split, raw, (segment, True, nodes, points), drive_ms)
    if way.direction is not Direction.FORWARD:
        _add_edge(split, raw, (segment, False, nodes[::-1], points[::-1]), drive_ms)


def _add_edge(
    split: SplitRoads,
    raw: RawRoads,
    piece: tuple[int, bool, tuple[int, ...], list[LonLat]],
    drive_ms: float,
) -> None:
    segment, forward, nodes, points = piece
    wait_ms = SIGNAL_DELAY_S * 1000 if nodes[-1] in raw.signal_nodes else 0.0
    edge = Edge(
        segment,
        forward,
        nodes[0],
        nodes[-1],
        max(1, round(drive_ms + wait_ms)),
        _bearing(points[0], points[1]),
        _bearing(points[-2], points[-1]),
    )
    split.leaving.setdefault(edge.tail, []).append(len(split.edges))
    split.reaching.setdefault(edge.head, []).append(len(split.edges))
    split.edges.append(edge)


def _bearing(a: LonLat, b: LonLat) -> float:
    return math.atan2((b[0] - a[0]) * math.cos(math.radians(a[1])), b[1] - a[1])
