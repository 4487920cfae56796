"""From snapped origins to a snapped destination: costs in bulk, or legs with their vertices.

Knows positions part-way along edges, both directions of a road, and the cases where a search must
begin behind the edge the unit stands on. Used by RoadNetwork.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sigap.city.osm.roads.graph import RoadGraph
from sigap.dispatch.road.engines import Start, VertexPath
from sigap.dispatch.road.snapping import OnEdge, Snap
from sigap.dispatch.road.weights import Customised, Weigher


@dataclass(frozen=True, slots=True)
class Leg:
    """The best way from one origin: `vertices` from the edge it leaves to the edge it ends on."""

    cost_ms: int
    origin: OnEdge
    last: OnEdge
    vertices: list[int]


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Why a search starts at a vertex: from which position, and whether it left the edge first."""

    cost_ms: int
    surplus_ms: int
    position: OnEdge
    left_edge: bool


class Searcher:
    """Stateless but for the graph; the state of closures and traffic comes with each call."""

    def __init__(self, graph: RoadGraph, weigher: Weigher) -> None:
        self._graph = graph
        self._weigher = weigher
        self._copies = _copies(graph)

    def costs_ms(
        self, state: Customised, snaps: Sequence[Snap | None], goal: Snap
    ) -> list[int | None]:
        """Milliseconds from each origin, in one sweep but for the few that must leave first."""
        targets = self._targets(state, goal)
        best: list[int | None] = [None] * len(snaps)
        swept: list[tuple[int, OnEdge]] = []
        for row, snap in enumerate(snaps):
            if snap is None:
                continue
            if any(_must_leave(state, on, goal) for on in snap.positions):
                leg = self._leg(state, snap, goal, targets)
                best[row] = None if leg is None else leg.cost_ms
            else:
                swept.extend((row, on) for on in snap.positions)
        if swept:
            costs = state.engine.costs_to([on.edge for _, on in swept], targets)
            for (row, on), cost in zip(swept, costs, strict=True):
                if cost is not None:
                    _keep_least(best, row, cost - _time_ms(state, on))
        return best

    def legs(self, state: Customised, snaps: Sequence[Snap | None], goal: Snap) -> list[Leg | None]:
        """As `costs_ms`, with the way driven; one search for each origin."""
        targets = self._targets(state, goal)
        begun = [self._beginnings(state, snap, goal) if snap else {} for snap in snaps]
        starts = [[(v, b.cost_ms) for v, b in beginnings.items()] for beginnings in begun]
        paths = state.engine.paths(starts, targets)
        return [
            None if path is None or snap is None else _finish(self._graph, path, beginnings, goal)
            for path, snap, beginnings in zip(paths, snaps, begun, strict=True)
        ]

    def _leg(self, state: Customised, snap: Snap, goal: Snap, targets: list[Start]) -> Leg | None:
        beginnings = self._beginnings(state, snap, goal)
        starts = [(vertex, begun.cost_ms) for vertex, begun in beginnings.items()]
        path = state.engine.paths([starts], targets)[0]
        return None if path is None else _finish(self._graph, path, beginnings, goal)

    def _beginnings(self, state: Customised, snap: Snap, goal: Snap) -> dict[int, _Beginning]:
        """Vertices to search from. What was already driven of an edge counts against it; a common
        surplus keeps the costs from going below zero, `_finish` takes it off again."""
        surplus = max(_time_ms(state, on) for on in snap.positions)
        found: dict[int, _Beginning] = {}
        for on in snap.positions:
            left = _must_leave(state, on, goal)
            edge_ms = int(state.edge_time_ms[on.edge])
            first = self._weigher.onward(on.edge, edge_ms) if left else [(on.edge, 0)]
            for vertex, cost in first:
                begun = _Beginning(cost + surplus - _time_ms(state, on), surplus, on, left)
                if vertex not in found or begun.cost_ms < found[vertex].cost_ms:
                    found[vertex] = begun
        return found

    def _targets(self, state: Customised, goal: Snap) -> list[Start]:
        """Every vertex that stands for an edge at the destination, with the time along it."""
        return [
            (vertex, _time_ms(state, position))
            for position in goal.positions
            for vertex in (position.edge, *self._copies.get(position.edge, ()))
        ]


def _must_leave(state: Customised, on: OnEdge, goal: Snap) -> bool:
    """The destination lies behind on the same edge, or the unit stands on a closed one: a search
    from this edge would answer zero or nothing, so it starts from the edges that follow."""
    same = [end for end in goal.positions if end.edge == on.edge]
    if same:
        return same[0].share < on.share
    return on.edge in state.conditions.closed


def _time_ms(state: Customised, on: OnEdge) -> int:
    """From the edge's tail to the position."""
    return round(on.share * int(state.edge_time_ms[on.edge]))


def _finish(
    graph: RoadGraph, path: VertexPath, beginnings: dict[int, _Beginning], goal: Snap
) -> Leg:
    begun = beginnings[path.vertices[0]]
    vertices = [begun.position.edge, *path.vertices] if begun.left_edge else path.vertices
    last_edge = int(graph.vertex_edge[vertices[-1]])
    last = next(position for position in goal.positions if position.edge == last_edge)
    return Leg(path.cost_ms - begun.surplus_ms, begun.position, last, vertices)


def _keep_least(best: list[int | None], row: int, cost: int) -> None:
    known = best[row]
    if known is None or cost < known:
        best[row] = cost


def _copies(graph: RoadGraph) -> dict[int, tuple[int, ...]]:
    """Vertices that are copies of an edge (see sigap.city.osm.roads.turns)."""
    found: dict[int, tuple[int, ...]] = {}
    for vertex in range(graph.edge_count, graph.vertex_count):
        edge = int(graph.vertex_edge[vertex])
        found[edge] = (*found.get(edge, ()), vertex)
    return found
