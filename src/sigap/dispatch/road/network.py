"""The road network of one city: ranks units by travel time, draws routes, closes roads.

Used by `sigap.dispatch.ranking`, one instance a process and city. Thread-safe: a query takes the
current `Customised` state once; closing a road swaps in a new one.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sigap.city.osm.roads.graph import RoadGraph
from sigap.core.geometry import LatLon
from sigap.dispatch.road.engines import EngineKind, make_engine
from sigap.dispatch.road.legs import leg_distance_m, leg_line
from sigap.dispatch.road.search import Leg, Searcher
from sigap.dispatch.road.snapping import DEFAULT_LIMIT_M, Snapper
from sigap.dispatch.road.travel import Basis, Route, RouteCost
from sigap.dispatch.road.weights import Conditions, Customised, Weigher

# Blue light against ordinary traffic; a preset, to be fitted to the city's own runs.
EMERGENCY_TIME_FACTOR = 0.8


class RoadNetwork:
    """Answers `TravelEstimator` by road. Times are scaled by `time_factor`."""

    def __init__(
        self,
        graph: RoadGraph,
        *,
        engine: EngineKind = EngineKind.CCH,
        time_factor: float = EMERGENCY_TIME_FACTOR,
        snap_limit_m: float = DEFAULT_LIMIT_M,
    ) -> None:
        self._graph = graph
        self._time_factor = time_factor
        self._weigher = Weigher(graph)
        self._snapper = Snapper(graph, snap_limit_m)
        self._searcher = Searcher(graph, self._weigher)
        times = self._weigher.edge_times({})
        weights = self._weigher.weights(times, frozenset())
        self._state = Customised(Conditions(), make_engine(engine, graph, weights), times)
        self._changing = threading.Lock()

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        engine: EngineKind = EngineKind.CCH,
        time_factor: float = EMERGENCY_TIME_FACTOR,
        snap_limit_m: float = DEFAULT_LIMIT_M,
    ) -> "RoadNetwork":
        """From the roads.npz that the import wrote. Raises CityImportError if it is damaged."""
        graph = RoadGraph.load(path)
        return cls(graph, engine=engine, time_factor=time_factor, snap_limit_m=snap_limit_m)

    @property
    def graph(self) -> RoadGraph:
        return self._graph

    @property
    def basis(self) -> Basis:
        return Basis.ROAD

    @property
    def conditions(self) -> Conditions:
        """Closures and speed factors now in force."""
        return self._state.conditions

    def rank(self, origins: Sequence[LatLon], destination: LatLon) -> list[RouteCost | None]:
        """Travel from each origin, in the order given. None: no road near, or no way there."""
        goal = self._snapper.snap([destination])[0]
        if goal is None:
            return [None] * len(origins)
        legs = self._searcher.legs(self._state, self._snapper.snap(origins), goal)
        return [None if leg is None else self._cost(leg) for leg in legs]

    def etas(self, origins: Sequence[LatLon], destination: LatLon) -> list[float | None]:
        """Seconds only: one sweep for all origins, several times quicker than `rank`."""
        goal = self._snapper.snap([destination])[0]
        if goal is None:
            return [None] * len(origins)
        costs = self._searcher.costs_ms(self._state, self._snapper.snap(origins), goal)
        return [None if cost is None else self._seconds(cost) for cost in costs]

    def route(self, origin: LatLon, destination: LatLon) -> Route | None:
        """The fastest route with its line, from road to road."""
        start, goal = self._snapper.snap([origin, destination])
        if start is None or goal is None:
            return None
        leg = self._searcher.legs(self._state, [start], goal)[0]
        if leg is None:
            return None
        line = leg_line(self._graph, leg)
        return Route(self._seconds(leg.cost_ms), leg_distance_m(self._graph, leg), line)

    def edges_near(self, point: LatLon, radius_m: float) -> list[int]:
        """Directed edges with any part within the radius; what `close_edges` takes."""
        return self._edges_of_segments(self._snapper.segments_near(point, radius_m))

    def edges_of_way(self, way_id: int) -> list[int]:
        """Directed edges of one OSM way."""
        return self._edges_of_segments(np.nonzero(self._graph.segment_way_id == way_id)[0].tolist())

    def close_edges(self, edges: Iterable[int]) -> None:
        """Close to through traffic, on top of what is closed. Queries under way finish as begun."""
        with self._changing:
            now = self._state.conditions
            self._customise(Conditions(now.closed | frozenset(edges), now.speed_factors))

    def reopen_edges(self, edges: Iterable[int] | None = None) -> None:
        """Open these again, or all."""
        with self._changing:
            now = self._state.conditions
            closed = now.closed - frozenset(edges) if edges is not None else frozenset()
            self._customise(Conditions(closed, now.speed_factors))

    def set_speed_factors(self, factors: Mapping[int, float]) -> None:
        """Replace all factors; 0.5 halves the speed on that edge, absent means free flow."""
        with self._changing:
            ordered = tuple(sorted(factors.items()))
            self._customise(Conditions(self._state.conditions.closed, ordered))

    def _customise(self, conditions: Conditions) -> None:
        if conditions == self._state.conditions:
            return
        times = self._weigher.edge_times(dict(conditions.speed_factors))
        weights = self._weigher.weights(times, conditions.closed)
        self._state = Customised(conditions, self._state.engine.reweighted(weights), times)

    def _edges_of_segments(self, segments: Sequence[int]) -> list[int]:
        found = np.nonzero(np.isin(self._graph.edge_segment, np.array(segments, np.int64)))[0]
        return [int(edge) for edge in found]

    def _cost(self, leg: Leg) -> RouteCost:
        return RouteCost(self._seconds(leg.cost_ms), leg_distance_m(self._graph, leg))

    def _seconds(self, cost_ms: int) -> float:
        return cost_ms * self._time_factor / 1000
