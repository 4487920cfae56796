"""Arc weights under closures and slow traffic; the immutable state that a query runs on.

An arc's weight is the time along the edge it leaves plus the delay of the turn. So a closed edge
may still be the *destination*: an incident on a closed road is reached, but not driven through.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sigap.city.osm.roads.graph import IntArray, RoadGraph
from sigap.dispatch.road.engines import INFINITE_MS, Engine


@dataclass(frozen=True, slots=True)
class Conditions:
    """Closures and speed factors now. A factor of 0.5 halves the speed on that edge."""

    closed: frozenset[int] = frozenset()
    speed_factors: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Customised:
    """One consistent state of the network: what a query takes once and uses to its end."""

    conditions: Conditions
    engine: Engine
    edge_time_ms: NDArray[np.int64]


class Weigher:
    """Turns conditions into weights; knows the arcs out of each vertex."""

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        self._from_edge = graph.vertex_edge[graph.arc_from]
        self._first_arc = np.searchsorted(graph.arc_from, np.arange(graph.vertex_count + 1))

    def edge_times(self, speed_factors: Mapping[int, float]) -> NDArray[np.int64]:
        """Milliseconds along each edge; factors must be above zero."""
        times = self._graph.edge_time_ms.astype(np.float64)
        for edge, factor in speed_factors.items():
            if not factor > 0:
                raise ValueError(f"speed factor {factor} of edge {edge} is not above zero")
            times[edge] /= factor
        return np.maximum(1, np.minimum(np.rint(times), INFINITE_MS // 64)).astype(np.int64)

    def weights(self, times: NDArray[np.int64], closed: frozenset[int]) -> NDArray[np.int64]:
        """One weight for each arc, infinite for what leaves a closed edge."""
        weights = times[self._from_edge] + self._graph.arc_turn_ms
        if closed:
            blocked = np.zeros(self._graph.edge_count, np.bool_)
            blocked[list(closed)] = True
            weights[blocked[self._from_edge]] = INFINITE_MS
        return weights

    def onward(self, vertex: int, edge_time_ms: int) -> list[tuple[int, int]]:
        """Vertices that follow `vertex` with the cost of getting there, closures disregarded."""
        arcs = slice(int(self._first_arc[vertex]), int(self._first_arc[vertex + 1]))
        ahead: IntArray = self._graph.arc_to[arcs]
        delays = self._graph.arc_turn_ms[arcs] + edge_time_ms
        return list(zip(ahead.tolist(), delays.tolist(), strict=True))
