"""Shortest paths on the weighted vertex graph: CCH (fast) and Dijkstra (oracle and fallback).

Both take integer milliseconds and agree exactly. Used by RoadNetwork alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from routingkit_cch import CCH, CCHManyToOne, CCHMetric, CCHQuery
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sigap.city.osm.roads.graph import RoadGraph

INFINITE_MS = 2**31 - 1

Start = tuple[int, int]  # vertex, milliseconds already spent before it (or still to come after it)


class EngineKind(StrEnum):
    """Which engine a network runs on."""

    CCH = "cch"
    DIJKSTRA = "dijkstra"


@dataclass(frozen=True, slots=True)
class VertexPath:
    """Vertices from source to target, both included, and the cost with both offsets."""

    cost_ms: int
    vertices: list[int]


class Engine(Protocol):
    """Immutable: new weights make a new engine, so queries under way keep theirs."""

    def costs_to(self, sources: Sequence[int], targets: Sequence[Start]) -> list[int | None]:
        """From each source vertex to the cheapest target (its offset added); None = no way."""

    def paths(
        self, starts: Sequence[Sequence[Start]], targets: Sequence[Start]
    ) -> list[VertexPath | None]:
        """For each set of starts, the cheapest path to any target."""

    def reweighted(self, weights_ms: NDArray[np.int64]) -> "Engine":
        """The same graph with other weights, one per arc."""


class CchEngine:
    """Customizable contraction hierarchy. Query objects of the library belong to one thread and
    refuse a second result, so each call makes its own: that costs tens of microseconds."""

    def __init__(self, graph: RoadGraph, weights_ms: NDArray[np.int64]) -> None:
        self._hierarchy = CCH(
            graph.order.tolist(), graph.arc_from.tolist(), graph.arc_to.tolist(), False
        )
        self._metric = CCHMetric(self._hierarchy, weights_ms.tolist())

    def costs_to(self, sources: Sequence[int], targets: Sequence[Start]) -> list[int | None]:
        return CCHManyToOne(self._metric, list(sources)).distances_to_multi(list(targets))

    def paths(
        self, starts: Sequence[Sequence[Start]], targets: Sequence[Start]
    ) -> list[VertexPath | None]:
        query = CCHQuery(self._metric)
        ends = list(targets)
        return [self._path(query, list(start), ends) for start in starts]

    def reweighted(self, weights_ms: NDArray[np.int64]) -> "CchEngine":
        other = object.__new__(CchEngine)
        other._hierarchy = self._hierarchy
        other._metric = CCHMetric(self._hierarchy, weights_ms.tolist())
        return other

    @staticmethod
    def _path(query: CCHQuery, start: list[Start], ends: list[Start]) -> VertexPath | None:
        if not start:
            return None
        result = query.run_multi(start, ends)
        if result.distance is None:
            return None
        return VertexPath(result.distance, result.node_path)


class DijkstraEngine:
    """scipy's Dijkstra, backwards from the destination through a vertex that joins the targets."""

    def __init__(self, graph: RoadGraph, weights_ms: NDArray[np.int64]) -> None:
        self._graph = graph
        usable = weights_ms < INFINITE_MS
        goal = graph.vertex_count
        self._reversed = csr_array(
            (
                weights_ms[usable].astype(np.float64),
                (graph.arc_to[usable], graph.arc_from[usable]),
            ),
            shape=(goal + 1, goal + 1),
        )

    def costs_to(self, sources: Sequence[int], targets: Sequence[Start]) -> list[int | None]:
        distances, _ = self._backwards(targets)
        found = distances[np.array(sources, np.int64)]
        return [int(cost) if np.isfinite(cost) else None for cost in found]

    def paths(
        self, starts: Sequence[Sequence[Start]], targets: Sequence[Start]
    ) -> list[VertexPath | None]:
        distances, following = self._backwards(targets)
        return [self._path(start, distances, following) for start in starts]

    def reweighted(self, weights_ms: NDArray[np.int64]) -> "DijkstraEngine":
        return DijkstraEngine(self._graph, weights_ms)

    def _backwards(
        self, targets: Sequence[Start]
    ) -> tuple[NDArray[np.float64], NDArray[np.signedinteger]]:
        """Cost from every vertex to the targets, and the next vertex on that path."""
        base, goal = self._reversed, self._graph.vertex_count
        cheapest: dict[int, int] = {}
        for vertex, cost in targets:
            cheapest[vertex] = min(cost, cheapest.get(vertex, cost))
        # The last row joins the targets. A zero would count as "no arc", hence the thousandth.
        extra = np.array(list(cheapest.values()), np.float64) + 1e-3
        start = base.indptr.copy()
        start[-1] += len(cheapest)
        ends = np.array(list(cheapest), base.indices.dtype)
        matrix = csr_array(
            (np.concatenate([base.data, extra]), np.concatenate([base.indices, ends]), start),
            shape=base.shape,
        )
        distances, following = dijkstra(matrix, indices=np.array([goal]), return_predecessors=True)
        return distances[0], following[0]

    def _path(
        self,
        start: Sequence[Start],
        distances: NDArray[np.float64],
        following: NDArray[np.signedinteger],
    ) -> VertexPath | None:
        reachable = [(distances[v] + cost, v) for v, cost in start if np.isfinite(distances[v])]
        if not reachable:
            return None
        cost, vertex = min(reachable)
        vertices = [vertex]
        while (vertex := int(following[vertex])) != self._graph.vertex_count:
            vertices.append(vertex)
        return VertexPath(int(cost), vertices)


def make_engine(kind: EngineKind, graph: RoadGraph, weights_ms: NDArray[np.int64]) -> Engine:
    """The engine of that kind, customised with the weights."""
    if kind is EngineKind.CCH:
        return CchEngine(graph, weights_ms)
    return DijkstraEngine(graph, weights_ms)
