"""CCH against Dijkstra on random pairs of real cities; skips visibly where the data is absent."""

import random
from pathlib import Path

import pytest

from sigap.city.osm.roads.build import build_roads
from sigap.core.geometry import LatLon
from sigap.dispatch.road.engines import EngineKind
from sigap.dispatch.road.network import RoadNetwork

DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "city"
CITIES = ("helsinki", "liechtenstein", "porto-alegre")
UNITS, DESTINATIONS = 100, 15


@pytest.mark.skipif(not DATA.exists(), reason="../shared/data/city is absent")
@pytest.mark.parametrize("city", CITIES)
def test_cch_agrees_with_dijkstra(city: str) -> None:
    graph, _ = build_roads(DATA / f"{city}.osm.pbf")
    fast = RoadNetwork(graph)
    oracle = RoadNetwork(graph, engine=EngineKind.DIJKSTRA)
    dice = random.Random(2)
    units = [_somewhere(fast, dice) for _ in range(UNITS)]
    for turn in range(DESTINATIONS):
        if turn == DESTINATIONS // 2:
            closed = dice.sample(range(graph.edge_count), 50)
            factors = {edge: dice.uniform(0.3, 1.5) for edge in range(graph.edge_count)}
            for network in (fast, oracle):
                network.close_edges(closed)
                network.set_speed_factors(factors)
        goal = _somewhere(fast, dice)
        expected = oracle.etas(units, goal)
        assert fast.etas(units, goal) == expected
        assert [cost.eta_s if cost else None for cost in fast.rank(units, goal)] == expected


def _somewhere(network: RoadNetwork, dice: random.Random) -> LatLon:
    lon, lat = dice.choice(network.graph.node_lon_lat)
    return LatLon(lat + dice.uniform(-5e-4, 5e-4), lon + dice.uniform(-5e-4, 5e-4))
