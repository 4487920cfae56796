"""Places on the ground: WGS 84 points, metres between them, points in polygons."""

import math
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class LatLon:
    """A WGS 84 position in degrees."""

    lat: float
    lon: float

    def is_valid(self) -> bool:
        """Finite and inside the range of latitudes and longitudes."""
        return (
            math.isfinite(self.lat)
            and math.isfinite(self.lon)
            and abs(self.lat) <= 90
            and abs(self.lon) <= 180
        )


def distance_m(a: LatLon, b: LatLon) -> float:
    """Great-circle distance in metres (haversine)."""
    d_lat = math.radians(b.lat - a.lat)
    d_lon = math.radians(b.lon - a.lon)
    h = (
        math.sin(d_lat / 2) ** 2
        + math.cos(math.radians(a.lat)) * math.cos(math.radians(b.lat)) * math.sin(d_lon / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(h))


@dataclass(frozen=True, slots=True)
class Box:
    """A box of latitudes and longitudes in degrees; never crosses the antimeridian."""

    south: float
    west: float
    north: float
    east: float

    def contains(self, point: LatLon) -> bool:
        """Whether `point` lies in the box, edges included."""
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east


def box_around(point: LatLon, radius_m: float) -> Box:
    """The smallest box that holds the circle of `radius_m` around `point`."""
    d_lat = math.degrees(radius_m / EARTH_RADIUS_M)
    d_lon = d_lat / max(0.01, math.cos(math.radians(point.lat)))
    return Box(point.lat - d_lat, point.lon - d_lon, point.lat + d_lat, point.lon + d_lon)
