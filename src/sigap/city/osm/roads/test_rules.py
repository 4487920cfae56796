"""Tags as an emergency vehicle reads them."""

import pytest

from sigap.city.osm.roads.rules import (
    Direction,
    node_blocks,
    parse_limit_kmh,
    road_direction,
    road_speed_kmh,
)


@pytest.mark.parametrize(
    ("tags", "drivable"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "residential", "access": "no"}, False),
        ({"highway": "residential", "access": "private"}, True),
        ({"highway": "residential", "access": "no", "motor_vehicle": "yes"}, True),
        ({"highway": "residential", "motor_vehicle": "no"}, False),
        ({"highway": "residential", "motor_vehicle": "no", "emergency": "yes"}, True),
        ({"highway": "service", "access": "emergency"}, True),
        ({"highway": "pedestrian"}, False),
        ({"highway": "pedestrian", "motor_vehicle": "destination"}, True),
        ({"highway": "footway", "emergency": "designated"}, True),
        ({"highway": "service", "area": "yes"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "busway"}, False),
        ({"highway": "busway", "emergency": "yes"}, True),
        ({"highway": "track", "vehicle": "forestry"}, False),
    ],
)
def test_may_drive(tags: dict[str, str], drivable: bool) -> None:
    assert (road_speed_kmh(tags) is not None) == drivable


def test_limits_move_the_speed_of_the_class() -> None:
    assert road_speed_kmh({"highway": "primary"}) == 40
    assert road_speed_kmh({"highway": "primary", "maxspeed": "30"}) == 24
    assert road_speed_kmh({"highway": "primary", "maxspeed": "120"}) == 52
    assert road_speed_kmh({"highway": "primary", "maxspeed": "none"}) == 40
    assert road_speed_kmh({"highway": "residential", "access": "private"}) == 8


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50), ("30 mph", 48.28), ("60 km/h", 60), ("walk", None), ("ID:urban", None),
        ("0", None), ("", None), ("50;30", None), ("9999", None),
    ],
)  # fmt: skip
def test_posted_limits(text: str, kmh: float | None) -> None:
    found = parse_limit_kmh(text)
    assert found == (None if kmh is None else pytest.approx(kmh, abs=0.01))


@pytest.mark.parametrize(
    ("tags", "direction"),
    [
        ({"highway": "primary"}, Direction.BOTH),
        ({"highway": "primary", "oneway": "yes"}, Direction.FORWARD),
        ({"highway": "primary", "oneway": "-1"}, Direction.BACKWARD),
        ({"highway": "primary", "oneway": "reversible"}, None),
        ({"highway": "primary", "oneway": "alternating"}, Direction.BOTH),
        ({"highway": "motorway"}, Direction.FORWARD),
        ({"highway": "motorway", "oneway": "no"}, Direction.BOTH),
        ({"highway": "tertiary", "junction": "roundabout"}, Direction.FORWARD),
        ({"highway": "primary", "oneway": "yes", "oneway:motor_vehicle": "no"}, Direction.BOTH),
    ],
)
def test_direction(tags: dict[str, str], direction: Direction | None) -> None:
    assert road_direction(tags) is direction


@pytest.mark.parametrize(
    ("tags", "blocks"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "bollard", "emergency": "yes"}, False),
        ({"barrier": "block", "motor_vehicle": "yes"}, False),
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "no"}, True),
        ({"barrier": "gate", "access": "private"}, False),
        ({"barrier": "unheard_of"}, True),
        ({"highway": "crossing"}, False),
    ],
)
def test_barriers(tags: dict[str, str], blocks: bool) -> None:
    assert node_blocks(tags) is blocks
