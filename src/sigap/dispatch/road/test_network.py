"""Snapping, partial edges, closures, traffic, threads and fallbacks of RoadNetwork."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sigap.city.osm.errors import CityImportError
from sigap.city.osm.roads.build import build_roads
from sigap.city.osm.testing import TinyWorld
from sigap.core.geometry import LatLon
from sigap.dispatch.road.engines import EngineKind
from sigap.dispatch.road.network import RoadNetwork
from sigap.dispatch.road.straight_line import StraightLine
from sigap.dispatch.road.travel import Basis

ENGINES = (EngineKind.CCH, EngineKind.DIJKSTRA)
SPEED_MPS = 20 / 3.6


def ladder(folder: Path, engine: EngineKind = EngineKind.CCH) -> tuple[TinyWorld, RoadNetwork]:
    """Two parallel streets of 1 km, 100 m apart, joined at both ends; stubs to turn round in."""
    world = TinyWorld()
    for name, east, north in (("a", 0, 0), ("b", 1000, 0), ("c", 1000, 100), ("d", 0, 100)):
        world.node(name, east, north)
    world.node("sw", -50, 0)
    world.node("ne", 1050, 100)
    world.road("stub_a", "a sw")
    world.road("stub_c", "c ne")
    world.road("low", "a b")
    world.road("right", "b c")
    world.road("high", "c d")
    world.road("left", "d a")
    graph, _ = build_roads(world.write(folder / "ladder.osm.pbf"))
    return world, RoadNetwork(graph, engine=engine, time_factor=1.0, snap_limit_m=80)


@pytest.mark.parametrize("engine", ENGINES)
def test_partial_edges_count_at_both_ends(tmp_path: Path, engine: EngineKind) -> None:
    _, roads = ladder(tmp_path, engine)
    origins = [TinyWorld.place(200, 0), TinyWorld.place(900, 0), TinyWorld.place(300, 100)]
    goal = TinyWorld.place(700, 0)
    costs = roads.rank(origins, goal)
    assert [round(cost.distance_m) if cost else None for cost in costs] == pytest.approx(
        [500, 200, 1100], abs=6
    )
    assert costs[0] is not None
    assert costs[0].eta_s == pytest.approx(500 / SPEED_MPS, rel=0.01)
    assert roads.etas(origins, goal) == [cost.eta_s if cost else None for cost in costs]


@pytest.mark.parametrize("engine", ENGINES)
def test_same_place_costs_nothing(tmp_path: Path, engine: EngineKind) -> None:
    _, roads = ladder(tmp_path, engine)
    here = TinyWorld.place(500, 0)
    cost = roads.rank([here], here)[0]
    assert cost is not None
    assert (cost.eta_s, cost.distance_m) == (0, 0)
    found = roads.route(here, here)
    assert found is not None
    assert len(found.line) >= 2


def test_too_far_from_any_road_is_none(tmp_path: Path) -> None:
    _, roads = ladder(tmp_path)
    far, near = TinyWorld.place(500, 900), TinyWorld.place(500, 0)
    assert roads.rank([far, near], near)[0] is None
    assert roads.rank([near], far) == [None]
    assert roads.etas([near], far) == [None]
    assert roads.route(near, far) is None


@pytest.mark.parametrize("bad", [LatLon(float("nan"), 0), LatLon(91, 0), LatLon(0, float("inf"))])
def test_nonsense_position_is_none(tmp_path: Path, bad: LatLon) -> None:
    _, roads = ladder(tmp_path)
    near = TinyWorld.place(500, 0)
    assert roads.rank([bad, near], near)[0] is None
    assert roads.rank([near], bad) == [None]


def test_no_origins(tmp_path: Path) -> None:
    _, roads = ladder(tmp_path)
    assert roads.rank([], TinyWorld.place(0, 0)) == []
    assert roads.etas([], TinyWorld.place(0, 0)) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_closed_road_is_driven_round_and_reopened(tmp_path: Path, engine: EngineKind) -> None:
    world, roads = ladder(tmp_path, engine)
    left, right = TinyWorld.place(0, 40), TinyWorld.place(1000, 40)
    before = roads.rank([left], right)[0]
    roads.close_edges(roads.edges_of_way(world.way_id("low")))
    closed = roads.rank([left], right)[0]
    assert before is not None
    assert closed is not None
    assert before.distance_m == pytest.approx(1080, rel=0.01)
    assert closed.distance_m == pytest.approx(1120, rel=0.01)
    roads.reopen_edges()
    assert roads.rank([left], right)[0] == before


@pytest.mark.parametrize("engine", ENGINES)
def test_incident_and_unit_on_a_closed_road(tmp_path: Path, engine: EngineKind) -> None:
    world, roads = ladder(tmp_path, engine)
    roads.close_edges(roads.edges_of_way(world.way_id("low")))
    on_closed, elsewhere = TinyWorld.place(300, 0), TinyWorld.place(300, 100)
    to_closed = roads.rank([elsewhere], on_closed)[0]
    from_closed = roads.rank([on_closed], elsewhere)[0]
    assert to_closed is not None
    assert from_closed is not None
    assert to_closed.distance_m == pytest.approx(700, rel=0.01)
    assert from_closed.distance_m == pytest.approx(700, rel=0.01)
    assert roads.etas([on_closed], elsewhere) == [from_closed.eta_s]


def test_everything_closed_is_none(tmp_path: Path) -> None:
    _, roads = ladder(tmp_path)
    roads.close_edges(range(roads.graph.edge_count))
    assert roads.rank([TinyWorld.place(300, 0)], TinyWorld.place(300, 100)) == [None]


def test_slow_traffic_moves_the_route(tmp_path: Path) -> None:
    world, roads = ladder(tmp_path)
    left, right = TinyWorld.place(0, 40), TinyWorld.place(1000, 40)
    roads.set_speed_factors(dict.fromkeys(roads.edges_of_way(world.way_id("low")), 0.5))
    slow = roads.rank([left], right)[0]
    assert slow is not None
    assert slow.distance_m == pytest.approx(1120, rel=0.01)
    with pytest.raises(ValueError, match="not above zero"):
        roads.set_speed_factors({0: 0.0})


def test_edges_near_a_point(tmp_path: Path) -> None:
    world, roads = ladder(tmp_path)
    near = roads.edges_near(TinyWorld.place(500, 5), 20)
    assert near == roads.edges_of_way(world.way_id("low"))


def test_line_runs_from_origin_to_destination(tmp_path: Path) -> None:
    _, roads = ladder(tmp_path)
    start, end = TinyWorld.place(700, 0), TinyWorld.place(700, 100)
    found = roads.route(start, end)
    assert found is not None
    corners = [start, TinyWorld.place(1000, 0), TinyWorld.place(1000, 100), end]
    assert len(found.line) == len(corners)
    for got, wanted in zip(found.line, corners, strict=True):
        assert (got.lat, got.lon) == pytest.approx((wanted.lat, wanted.lon), abs=1e-5)


def test_queries_from_many_threads_while_roads_close(tmp_path: Path) -> None:
    world, roads = ladder(tmp_path)
    low = roads.edges_of_way(world.way_id("low"))
    left, right = TinyWorld.place(0, 40), TinyWorld.place(1000, 40)

    def ask(turn: int) -> int:
        if turn % 10 == 0:
            roads.close_edges(low)
        elif turn % 10 == 5:
            roads.reopen_edges()
        cost = roads.rank([left], right)[0]
        assert cost is not None
        return int(round(cost.distance_m, -1))

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(ask, range(400)))
    assert seen <= {1080, 1120}


def test_saved_graph_is_loaded_the_same(tmp_path: Path) -> None:
    _, roads = ladder(tmp_path)
    path = tmp_path / "roads.npz"
    roads.graph.save(path)
    again = RoadNetwork.load(path, time_factor=1.0)
    start, end = TinyWorld.place(10, 0), TinyWorld.place(700, 100)
    assert again.rank([start], end) == roads.rank([start], end)


@pytest.mark.parametrize("cut", [0, 100, 2000])
def test_damaged_file_says_what_to_do(tmp_path: Path, cut: int) -> None:
    _, roads = ladder(tmp_path)
    path = tmp_path / "roads.npz"
    roads.graph.save(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CityImportError, match="sigap city import"):
        RoadNetwork.load(path)


def test_time_factor_scales_all(tmp_path: Path) -> None:
    _, roads = ladder(tmp_path)
    quick = RoadNetwork(roads.graph, time_factor=0.5)
    start, end = TinyWorld.place(200, 0), TinyWorld.place(700, 0)
    plain, blue = roads.rank([start], end)[0], quick.rank([start], end)[0]
    assert plain is not None
    assert blue is not None
    assert blue.eta_s == pytest.approx(plain.eta_s / 2)


def test_straight_line_says_that_it_is_one() -> None:
    line = StraightLine(detour_factor=2.0, speed_kmh=36)
    start, end = TinyWorld.place(0, 0), TinyWorld.place(100, 0)
    cost = line.rank([start], end)[0]
    assert cost is not None
    assert cost.basis is Basis.STRAIGHT_LINE
    assert cost.distance_m == pytest.approx(200, rel=0.01)
    assert cost.eta_s == pytest.approx(20, rel=0.01)
    found = line.route(start, end)
    assert found is not None
    assert found.line == [start, end]
