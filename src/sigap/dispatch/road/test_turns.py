"""Right and wrong turns on hand-made streets, driven through the whole chain PBF → graph → route.

The standard world is a cross of two streets with a detour block to the east:

        n
        |
    w - c - e      d1 joins e to n by the north-east, so that a forbidden turn costs a detour.
        |
        s
"""

from pathlib import Path

import pytest

from sigap.city.osm.roads.build import build_roads
from sigap.city.osm.testing import TinyWorld
from sigap.dispatch.road.engines import EngineKind
from sigap.dispatch.road.network import RoadNetwork
from sigap.dispatch.road.travel import Route

ENGINES = (EngineKind.CCH, EngineKind.DIJKSTRA)
STRAIGHT_M = 200.0


def network(world: TinyWorld, folder: Path, engine: EngineKind = EngineKind.CCH) -> RoadNetwork:
    graph, _ = build_roads(world.write(folder / "world.osm.pbf"))
    return RoadNetwork(graph, engine=engine, time_factor=1.0, snap_limit_m=30)


def cross() -> TinyWorld:
    world = TinyWorld()
    world.node("c", 0, 0)
    for name, east, north in (("w", -100, 0), ("e", 100, 0), ("n", 0, 100), ("s", 0, -100)):
        world.node(name, east, north)
    world.node("ne", 100, 100)
    world.road("west", "w c")
    world.road("east", "c e")
    world.road("north", "c n")
    world.road("south", "s c")
    world.road("block_e", "e ne")
    world.road("block_n", "ne n")
    return world


def drive(roads: RoadNetwork, start: tuple[float, float], end: tuple[float, float]) -> Route | None:
    return roads.route(TinyWorld.place(*start), TinyWorld.place(*end))


def metres(roads: RoadNetwork, start: tuple[float, float], end: tuple[float, float]) -> float:
    found = drive(roads, start, end)
    assert found is not None, f"no way from {start} to {end}"
    return found.distance_m


WEST, EAST, NORTH, SOUTH = (-90.0, 0.0), (90.0, 0.0), (0.0, 90.0), (0.0, -90.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_free_cross_is_driven_straight_over(tmp_path: Path, engine: EngineKind) -> None:
    roads = network(cross(), tmp_path, engine)
    assert metres(roads, WEST, EAST) == pytest.approx(180, rel=0.01)
    assert metres(roads, WEST, NORTH) == pytest.approx(180, rel=0.01)


@pytest.mark.parametrize("engine", ENGINES)
def test_one_way_is_obeyed(tmp_path: Path, engine: EngineKind) -> None:
    world = cross()
    world.road("north", "n c", oneway="yes")
    roads = network(world, tmp_path, engine)
    assert metres(roads, NORTH, WEST) == pytest.approx(180, rel=0.01)
    assert metres(roads, WEST, NORTH) == pytest.approx(400, rel=0.01)


def test_one_way_backwards(tmp_path: Path) -> None:
    world = cross()
    world.road("north", "c n", oneway="-1")
    assert metres(network(world, tmp_path), WEST, NORTH) == pytest.approx(400, rel=0.01)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_left_turn(tmp_path: Path, engine: EngineKind) -> None:
    world = cross()
    world.restriction("no_left_turn", "west", "c", "north")
    roads = network(world, tmp_path, engine)
    assert metres(roads, WEST, NORTH) == pytest.approx(400, rel=0.01)
    assert metres(roads, WEST, EAST) == pytest.approx(180, rel=0.01)
    assert metres(roads, SOUTH, NORTH) == pytest.approx(180, rel=0.01)


def test_only_straight_on(tmp_path: Path) -> None:
    world = cross()
    world.restriction("only_straight_on", "west", "c", "east")
    roads = network(world, tmp_path)
    assert metres(roads, WEST, EAST) == pytest.approx(180, rel=0.01)
    assert metres(roads, WEST, NORTH) == pytest.approx(400, rel=0.01)
    # South lies behind a u-turn round the block: c may be crossed again from the east.
    assert metres(roads, WEST, SOUTH) > 500


@pytest.mark.parametrize("exempt", ["emergency", "psv;emergency", "motorcar"])
def test_exempted_vehicle_may_turn(tmp_path: Path, exempt: str) -> None:
    world = cross()
    world.restriction("no_left_turn", "west", "c", "north", **{"except": exempt})
    assert metres(network(world, tmp_path), WEST, NORTH) == pytest.approx(180, rel=0.01)


def test_exemption_of_others_binds(tmp_path: Path) -> None:
    world = cross()
    world.restriction("no_left_turn", "west", "c", "north", **{"except": "bus;taxi"})
    assert metres(network(world, tmp_path), WEST, NORTH) == pytest.approx(400, rel=0.01)


def offset_cross() -> TinyWorld:
    """west - c1 - (mid) - c2 - east; south of c1, north of c2; block round the north-east."""
    world = TinyWorld()
    for name, east, north in (
        ("w", -100, 0), ("c1", 0, 0), ("c2", 50, 0), ("e", 150, 0),
        ("n", 50, 100), ("ne", 150, 100), ("s", 0, -100),
    ):  # fmt: skip
        world.node(name, east, north)
    world.road("west", "w c1")
    world.road("mid", "c1 c2")
    world.road("east", "c2 e")
    world.road("north", "c2 n")
    world.road("south", "s c1")
    world.road("block_e", "e ne")
    world.road("block_n", "ne n")
    return world


@pytest.mark.parametrize("engine", ENGINES)
def test_restriction_over_a_via_way(tmp_path: Path, engine: EngineKind) -> None:
    world = offset_cross()
    world.restriction("no_left_turn", "west", "mid", "north")
    roads = network(world, tmp_path, engine)
    assert metres(roads, (-90, 0), (50, 90)) == pytest.approx(450, rel=0.01)
    # Who comes from the south may turn, and who starts on the via way too.
    assert metres(roads, (0, -90), (50, 90)) == pytest.approx(230, rel=0.01)
    assert metres(roads, (10, 0), (50, 90)) == pytest.approx(130, rel=0.01)
    # The via way itself is reached as ever.
    assert metres(roads, (-90, 0), (40, 0)) == pytest.approx(130, rel=0.01)


def test_mandatory_turn_over_a_via_way(tmp_path: Path) -> None:
    world = offset_cross()
    world.restriction("only_straight_on", "west", "mid", "east")
    roads = network(world, tmp_path)
    assert metres(roads, (-90, 0), (50, 90)) == pytest.approx(450, rel=0.01)
    assert metres(roads, (0, -90), (50, 90)) == pytest.approx(230, rel=0.01)


def test_two_restrictions_over_one_via_way(tmp_path: Path) -> None:
    world = offset_cross()
    world.restriction("no_left_turn", "west", "mid", "north")
    world.restriction("no_straight_on", "south", "mid", "east")
    roads = network(world, tmp_path)
    assert metres(roads, (-90, 0), (50, 90)) == pytest.approx(450, rel=0.01)
    assert metres(roads, (-90, 0), (140, 0)) == pytest.approx(230, rel=0.01)
    assert metres(roads, (0, -90), (50, 90)) == pytest.approx(230, rel=0.01)
    assert metres(roads, (0, -90), (140, 0)) > 400


def test_no_turning_back_in_mid_street_but_at_its_end(tmp_path: Path) -> None:
    roads = network(cross(), tmp_path)
    # From a point driving only towards c one may not turn at c; both directions are snapped, so
    # the way back starts at once.
    assert metres(roads, (-50, 0), WEST) == pytest.approx(40, rel=0.02)
    world = cross()
    world.road("west", "w c", oneway="yes")
    world.node("x", -100, 100)
    world.road("back", "n x w")
    behind = network(world, tmp_path)
    # One-way: a destination just behind is reached by going all the way round.
    assert metres(behind, (-50, 0), (-60, 0)) == pytest.approx(390, rel=0.01)


def test_dead_end_is_left_by_turning(tmp_path: Path) -> None:
    world = cross()
    world.node("end", -100, 50)
    world.road("stub", "w end")
    roads = network(world, tmp_path)
    assert metres(roads, (-100, 40), SOUTH) == pytest.approx(230, rel=0.01)


def test_no_u_turn_leaves_a_dead_end_shut(tmp_path: Path) -> None:
    world = cross()
    world.restriction("no_u_turn", "south", "s", "south")
    roads = network(world, tmp_path)
    assert drive(roads, WEST, EAST) is not None


def test_roundabout_goes_one_way_round(tmp_path: Path) -> None:
    world = TinyWorld()
    for name, east, north in (
        ("w", -200, 0), ("e", 200, 0), ("rw", -50, 0), ("rs", 0, -50), ("re", 50, 0), ("rn", 0, 50)
    ):  # fmt: skip
        world.node(name, east, north)
    world.road("ring", "rw rs re rn rw", junction="roundabout")
    world.road("west", "w rw")
    world.road("east", "re e")
    roads = network(world, tmp_path)
    found = drive(roads, (-190, 0), (190, 0))
    assert found is not None
    assert found.distance_m == pytest.approx(280 + 2 * 70.7, rel=0.01)
    assert min(point.lat for point in found.line) == pytest.approx(
        TinyWorld.place(0, -50).lat, abs=1e-6
    )


def test_island_is_not_snapped_to(tmp_path: Path) -> None:
    world = cross()
    world.node("i1", -90, 20)
    world.node("i2", -60, 20)
    world.road("island", "i1 i2")
    roads = network(world, tmp_path)
    found = drive(roads, (-80, 19), EAST)
    assert found is not None
    assert found.line[0].lat == pytest.approx(TinyWorld.place(0, 0).lat, abs=1e-6)


def test_bollard_stops_a_vehicle_but_a_gate_does_not(tmp_path: Path) -> None:
    for barrier, expected in (("bollard", 400.0), ("gate", 180.0)):
        world = cross()
        world.node("post", 0, 50, barrier=barrier)
        world.road("north", "c post n")
        roads = network(world, tmp_path)
        assert metres(roads, WEST, NORTH) == pytest.approx(expected, rel=0.01), barrier


def test_footpath_is_no_road_unless_emergency_vehicles_may(tmp_path: Path) -> None:
    world = cross()
    world.way("north", "c n", highway="footway")
    found = drive(network(world, tmp_path), WEST, (0.0, 90.0))
    assert found is not None
    assert found.distance_m > 300
    world.way("north", "c n", highway="footway", emergency="yes")
    assert metres(network(world, tmp_path), WEST, NORTH) == pytest.approx(180, rel=0.01)


def test_turns_cost_time(tmp_path: Path) -> None:
    roads = network(cross(), tmp_path)
    straight, turned = drive(roads, WEST, EAST), drive(roads, WEST, NORTH)
    assert straight is not None
    assert turned is not None
    assert turned.eta_s - straight.eta_s == pytest.approx(4, abs=0.1)
