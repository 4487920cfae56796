"""Ranks 300 units for an incident by road: CCH beside Dijkstra, in the same run on the same graph.

    python -m bench.dispatch [--json] [--pbf FILE]

Without --pbf: Porto Alegre's centre where ../shared holds it, else the demo city.
"""

import argparse
import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.report import Row, compared, print_rows, timing_rows
from sigap.city.osm.roads.build import build_roads
from sigap.city.osm.roads.graph import RoadGraph
from sigap.core.geometry import LatLon
from sigap.dispatch.road.engines import EngineKind
from sigap.dispatch.road.network import RoadNetwork
from sigap.runtime.demo_city import obtain_city
from sigap.runtime.home import Home

BENCH = "dispatch"
UNITS = 300
LEADING = 12
ROUNDS = 100
SEED = 1
_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "city" / "porto-alegre.osm.pbf"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pbf", type=Path, default=None)
    arguments = parser.parse_args()
    print_rows(measure(arguments.pbf or default_extract()), arguments.json)


def default_extract() -> Path:
    """The larger city if it lies beside the repository, else the one that `make demo` uses."""
    if _SHARED.is_file():
        return _SHARED
    return obtain_city(Home.from_environment().cache).extract


def measure(extract: Path) -> list[Row]:
    before = time.perf_counter()
    graph, _ = build_roads(extract)
    built_s = time.perf_counter() - before
    before = time.perf_counter()
    roads = RoadNetwork(graph)
    loaded_ms = (time.perf_counter() - before) * 1000
    oracle = RoadNetwork(graph, engine=EngineKind.DIJKSTRA)
    dice = random.Random(SEED)
    units = [_somewhere(graph, dice) for _ in range(UNITS)]
    goals = [_somewhere(graph, dice) for _ in range(ROUNDS)]
    return [
        Row(BENCH, "road graph: turns", len(graph.arc_from), "arcs"),
        Row(BENCH, "import of the road graph", built_s, "s"),
        Row(BENCH, "network ready from arrays", loaded_ms, "ms"),
        *_ranking_rows(roads, oracle, units, goals),
        *timing_rows(BENCH, "one route with its line", _route_times(roads, units, goals)),
        *timing_rows(BENCH, "50 roads closed", _closing_times(roads, dice)),
        Row(BENCH, "memory of this process", _peak_mib(), "MiB"),
    ]


def _ranking_rows(
    roads: RoadNetwork, oracle: RoadNetwork, units: Sequence[LatLon], goals: Sequence[LatLon]
) -> list[Row]:
    agreed = sum(roads.etas(units, goal) == oracle.etas(units, goal) for goal in goals)
    name = f"{UNITS} units ranked"
    return [
        *timing_rows(
            BENCH,
            f"{name}, ETA",
            _times(lambda goal: roads.etas(units, goal), goals),
            baseline=_times(lambda goal: oracle.etas(units, goal), goals),
        ),
        *timing_rows(
            BENCH,
            f"{name}, distance of the first {LEADING}",
            _times(lambda goal: _as_on_screen(roads, units, goal), goals),
            baseline=_times(lambda goal: _as_on_screen(oracle, units, goal), goals),
        ),
        *timing_rows(
            BENCH,
            f"{name}, distance of all",
            _times(lambda goal: roads.rank(units, goal), goals),
            baseline=_times(lambda goal: oracle.rank(units, goal), goals),
        ),
        compared(BENCH, "rounds equal to Dijkstra", value=agreed, baseline=len(goals), unit=""),
    ]


def _as_on_screen(roads: RoadNetwork, units: Sequence[LatLon], goal: LatLon) -> None:
    """What `sigap.dispatch.ranking` asks: all ETAs, then the distance of those that are shown."""
    etas = roads.etas(units, goal)
    known = [float("inf") if eta_s is None else eta_s for eta_s in etas]
    order = sorted(range(len(units)), key=known.__getitem__)
    roads.rank([units[i] for i in order[:LEADING]], goal)


def _times(call: Callable[[LatLon], object], goals: Sequence[LatLon]) -> list[float]:
    """Milliseconds a call; one call beforehand warms the snapping of the units."""
    call(goals[0])
    samples = []
    for goal in goals:
        before = time.perf_counter()
        call(goal)
        samples.append((time.perf_counter() - before) * 1000)
    return samples


def _route_times(
    roads: RoadNetwork, units: Sequence[LatLon], goals: Sequence[LatLon]
) -> list[float]:
    turns = iter(units)
    return _times(lambda goal: roads.route(next(turns), goal), goals)


def _closing_times(roads: RoadNetwork, dice: random.Random) -> list[float]:
    samples = []
    for _ in range(20):
        edges = dice.sample(range(roads.graph.edge_count), 50)
        before = time.perf_counter()
        roads.close_edges(edges)
        samples.append((time.perf_counter() - before) * 1000)
        roads.reopen_edges()
    return samples


def _somewhere(graph: RoadGraph, dice: random.Random) -> LatLon:
    lon, lat = graph.node_lon_lat[dice.randrange(len(graph.node_lon_lat))]
    return LatLon(float(lat) + dice.uniform(-4e-4, 4e-4), float(lon) + dice.uniform(-4e-4, 4e-4))


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
