"""Length and line of a leg: what is left of the first edge, whole edges, a part of the last."""

import numpy as np
from numpy.typing import NDArray

from sigap.city.osm.roads.graph import RoadGraph
from sigap.core.geometry import LatLon
from sigap.dispatch.road.search import Leg

Points = NDArray[np.float64]  # (n, 2) longitude, latitude


def leg_distance_m(graph: RoadGraph, leg: Leg) -> float:
    """Metres driven."""
    edges = graph.vertex_edge[leg.vertices]
    lengths = graph.segment_length_m[graph.edge_segment[edges]]
    whole = float(lengths[:-1].sum(dtype=np.float64))
    parts = float(lengths[-1]) * leg.last.share - float(lengths[0]) * leg.origin.share
    return max(0.0, whole + parts)


def leg_line(graph: RoadGraph, leg: Leg) -> list[LatLon]:
    """The line driven, at least two points."""
    pieces = [_edge_line(graph, int(edge)) for edge in graph.vertex_edge[leg.vertices]]
    if len(pieces) == 1:
        pieces = [_between(pieces[0], leg.origin.share, leg.last.share)]
    else:
        pieces[0] = _between(pieces[0], leg.origin.share, 1.0)
        pieces[-1] = _between(pieces[-1], 0.0, leg.last.share)
    points = np.concatenate(pieces)
    fresh = np.concatenate([[True], np.any(np.diff(points, axis=0) != 0, axis=1)])
    line = [LatLon(float(lat), float(lon)) for lon, lat in points[fresh]]
    return line if len(line) > 1 else [line[0], line[0]]


def _edge_line(graph: RoadGraph, edge: int) -> Points:
    segment = int(graph.edge_segment[edge])
    start, end = graph.line_start[segment : segment + 2]
    line = graph.line_lon_lat[start:end]
    return line if graph.edge_forward[edge] else line[::-1]


def _between(line: Points, start: float, end: float) -> Points:
    """The part of a line between two shares of its length, ends included."""
    steps = np.diff(line, axis=0)
    steps[:, 0] *= np.cos(np.radians(line[0, 1]))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    low, high = start * along[-1], end * along[-1]
    inside = line[(along > low) & (along < high)]
    return np.vstack([_at(line, along, low), inside, _at(line, along, high)])


def _at(line: Points, along: NDArray[np.float64], distance: float) -> Points:
    return np.array(
        [np.interp(distance, along, line[:, 0]), np.interp(distance, along, line[:, 1])]
    )
