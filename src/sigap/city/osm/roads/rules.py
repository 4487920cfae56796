"""What the tags of a way mean to an emergency vehicle: may it drive here, which way, how fast.

Source: the OSM wiki pages Key:access, Key:oneway and Key:maxspeed. Pure functions of tags.
"""

import re
from collections.abc import Mapping
from enum import IntEnum

Tags = Mapping[str, str]

# km/h in ordinary city traffic, junction delays apart.
CLASS_SPEED_KMH = {
    "motorway": 80.0,
    "trunk": 55.0,
    "primary": 40.0,
    "secondary": 35.0,
    "tertiary": 30.0,
    "unclassified": 25.0,
    "residential": 20.0,
    "living_street": 10.0,
    "service": 10.0,
    "road": 20.0,
    "track": 10.0,
    "motorway_link": 40.0,
    "trunk_link": 35.0,
    "primary_link": 30.0,
    "secondary_link": 25.0,
    "tertiary_link": 25.0,
    "busway": 30.0,
}
# Ways not meant for cars, drivable only where a tag says so.
ON_PERMISSION_SPEED_KMH = {
    "pedestrian": 8.0,
    "footway": 6.0,
    "cycleway": 8.0,
    "path": 6.0,
    "bus_guideway": 30.0,
}
PRIVATE_SPEED_KMH = 8.0
MPH_TO_KMH = 1.609344

_ALLOWED = frozenset({"yes", "designated", "permissive", "official", "destination", "delivery"}) | {
    "emergency"
}
_DENIED = frozenset({"no", "agricultural", "forestry", "military", "discouraged"})
_PRIVATE = frozenset({"private", "customers", "permit", "residents"})
_ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_PASSABLE_BARRIERS = frozenset(
    {
        "gate", "lift_gate", "swing_gate", "sliding_gate", "toll_booth", "border_control",
        "cattle_grid", "entrance", "kerb", "height_restrictor", "sally_port", "checkpoint", "rope",
        "chain", "speed_camera",
    }
)  # fmt: skip


class Direction(IntEnum):
    """Which way a road may be driven, relative to the order of its nodes."""

    BOTH = 0
    FORWARD = 1
    BACKWARD = -1


def road_speed_kmh(tags: Tags) -> float | None:
    """Ordinary driving speed, or None where a car may not go at all.

    Private ways stay open but slow: the address must be reachable, no route should cut through.
    """
    highway = tags.get("highway", "")
    access = _access(tags)
    if access in _DENIED or tags.get("area") == "yes":
        return None
    speed = CLASS_SPEED_KMH.get(highway)
    if highway == "busway" and not _permitted(tags):
        return None
    if speed is None:
        slow = ON_PERMISSION_SPEED_KMH.get(highway)
        return slow if slow is not None and _permitted(tags) else None
    speed = _with_limit(speed, tags)
    return min(speed, PRIVATE_SPEED_KMH) if access in _PRIVATE else speed


def road_direction(tags: Tags) -> Direction | None:
    """Direction of travel; None for a reversible lane, whose state the map does not know."""
    oneway = tags.get("oneway:motor_vehicle", tags.get("oneway", ""))
    if oneway in {"yes", "true", "1"}:
        return Direction.FORWARD
    if oneway in {"-1", "reverse"}:
        return Direction.BACKWARD
    if oneway == "reversible":
        return None
    if oneway in {"no", "false", "0", "alternating"}:
        return Direction.BOTH
    implied = tags.get("junction") in {"roundabout", "circular"} or tags.get("highway") in {
        "motorway",
        "motorway_link",
    }
    return Direction.FORWARD if implied else Direction.BOTH


def node_blocks(tags: Tags) -> bool:
    """True for a bollard and the like, which a vehicle cannot pass."""
    barrier = tags.get("barrier")
    if barrier is None or tags.get("emergency") in _ALLOWED:
        return False
    access = _access(tags)
    if access in _ALLOWED or access in _PRIVATE:
        return False
    return access in _DENIED or barrier not in _PASSABLE_BARRIERS


def parse_limit_kmh(text: str) -> float | None:
    """`maxspeed` as km/h; None for words ("walk", "none", "ID:urban")."""
    match = re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*(mph|km/h|kmh)?\s*", text)
    if match is None:
        return None
    value = float(match.group(1)) * (MPH_TO_KMH if match.group(2) == "mph" else 1.0)
    return value if value > 0 else None


def _with_limit(class_speed: float, tags: Tags) -> float:
    """A posted limit moves the class speed, within reason: cars drive ~80 % of it in a city."""
    limit = parse_limit_kmh(tags.get("maxspeed", ""))
    if limit is None:
        return class_speed
    return max(5.0, min(class_speed * 1.3, limit * 0.8))


def _access(tags: Tags) -> str:
    """The most specific access tag that is present."""
    if tags.get("emergency") in _ALLOWED:
        return "yes"
    for key in _ACCESS_KEYS:
        value = tags.get(key)
        if value is not None:
            return value.split(";")[0].strip()
    return ""


def _permitted(tags: Tags) -> bool:
    if tags.get("emergency") in _ALLOWED:
        return True
    return any(tags.get(key) in _ALLOWED for key in ("motorcar", "motor_vehicle"))
