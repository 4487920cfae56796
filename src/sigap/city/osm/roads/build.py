"""Builds the road graph of an extract. Called by `sigap.city.osm.extract` at import."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from routingkit_cch import compute_order_inertial
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sigap.city.osm.errors import CityImportError, ImportFault
from sigap.city.osm.roads.graph import IntArray, RoadGraph
from sigap.city.osm.roads.segments import SplitRoads, split_roads
from sigap.city.osm.roads.turns import Turns, build_turns
from sigap.city.osm.roads.ways import RawRoads, read_roads


@dataclass(frozen=True, slots=True)
class RoadCounts:
    """What went into the graph, for the import report."""

    ways: int
    segments: int
    edges: int
    turns: int
    length_km: float
    connected_share: float
    restrictions: int
    via_way_restrictions: int
    conditional_restrictions_ignored: int
    restrictions_unreadable: int
    restrictions_off_network: int


def build_roads(path: Path) -> tuple[RoadGraph, RoadCounts]:
    """Raises CityImportError where the extract has no road that a car may use."""
    raw = read_roads(path)
    if not raw.ways:
        raise CityImportError(
            ImportFault.EMPTY,
            f"{path.name} holds no road that a car may use. Take an extract with the streets of "
            "the city in it.",
        )
    split = split_roads(raw)
    turns = build_turns(raw, split)
    graph = _graph(raw, split, turns)
    return graph, _counts(raw, split, turns, graph)


def _graph(raw: RawRoads, split: SplitRoads, turns: Turns) -> RoadGraph:
    node_index, node_lon_lat = _nodes(raw, split)
    line_start, line_lon_lat = _lines(raw, split)
    edges = split.edges
    tail = np.array([node_index[edge.tail] for edge in edges], np.int32)
    head = np.array([node_index[edge.head] for edge in edges], np.int32)
    vertex_edge = np.array(turns.edge_of, np.int32)
    arc_from, arc_to, arc_turn_ms = _arcs(turns)
    middle = (node_lon_lat[tail[vertex_edge]] + node_lon_lat[head[vertex_edge]]) / 2
    return RoadGraph(
        node_lon_lat=node_lon_lat,
        segment_way_id=np.array([s.way_id for s in split.segments], np.int64),
        segment_length_m=np.array([s.length_m for s in split.segments], np.float32),
        line_start=line_start,
        line_lon_lat=line_lon_lat,
        edge_segment=np.array([edge.segment for edge in edges], np.int32),
        edge_forward=np.array([edge.forward for edge in edges], np.bool_),
        edge_tail=tail,
        edge_head=head,
        edge_time_ms=np.array([edge.time_ms for edge in edges], np.int32),
        vertex_edge=vertex_edge,
        vertex_connected=_connected(len(vertex_edge), arc_from, arc_to),
        arc_from=arc_from,
        arc_to=arc_to,
        arc_turn_ms=arc_turn_ms,
        order=_order(middle, arc_from, arc_to),
    )


def _nodes(raw: RawRoads, split: SplitRoads) -> tuple[dict[int, int], NDArray[np.float64]]:
    index: dict[int, int] = {}
    for segment in split.segments:
        index.setdefault(segment.nodes[0], len(index))
        index.setdefault(segment.nodes[-1], len(index))
    return index, np.array([raw.locations[node] for node in index], np.float64)


def _lines(raw: RawRoads, split: SplitRoads) -> tuple[IntArray, NDArray[np.float64]]:
    lengths = [len(segment.nodes) for segment in split.segments]
    points = [raw.locations[node] for segment in split.segments for node in segment.nodes]
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32), np.array(points, np.float64)


def _arcs(turns: Turns) -> tuple[IntArray, IntArray, IntArray]:
    counts = [len(exits) for exits in turns.exits]
    arc_from = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    arc_to = np.array([to for exits in turns.exits for to in exits], np.int32)
    turn = np.array([ms for exits in turns.exits for ms in exits.values()], np.int32)
    return arc_from, arc_to, turn


def _connected(vertices: int, arc_from: IntArray, arc_to: IntArray) -> NDArray[np.bool_]:
    """Members of the largest strongly connected component: from each, all others are reached."""
    ones = np.ones(len(arc_from), np.int8)
    matrix = csr_array((ones, (arc_from, arc_to)), shape=(vertices, vertices))
    _, labels = connected_components(matrix, directed=True, connection="strong")
    return np.asarray(labels == np.bincount(labels).argmax(), np.bool_)


def _order(middle: NDArray[np.float64], arc_from: IntArray, arc_to: IntArray) -> IntArray:
    """Contraction order by nested dissection of the plane; the costly step, hence kept on disk."""
    order = compute_order_inertial(
        len(middle),
        arc_from.tolist(),
        arc_to.tolist(),
        middle[:, 1].tolist(),
        middle[:, 0].tolist(),
    )
    return np.array(order, np.int32)


def _counts(raw: RawRoads, split: SplitRoads, turns: Turns, graph: RoadGraph) -> RoadCounts:
    return RoadCounts(
        ways=len(raw.ways),
        segments=len(split.segments),
        edges=graph.edge_count,
        turns=len(graph.arc_from),
        length_km=round(float(graph.segment_length_m.sum()) / 1000, 1),
        connected_share=round(float(graph.vertex_connected.mean()), 4),
        restrictions=len(raw.restrictions),
        via_way_restrictions=turns.via_way_restrictions,
        conditional_restrictions_ignored=raw.conditional_restrictions_ignored,
        restrictions_unreadable=raw.restrictions_unreadable,
        restrictions_off_network=turns.restrictions_off_network,
    )
