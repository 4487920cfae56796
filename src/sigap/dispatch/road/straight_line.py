"""Estimates without roads: straight line times a detour factor. Used where no road file exists.

Always flagged `Basis.STRAIGHT_LINE`: it names the wrong unit in 13-26 % of calls (domain.md).
"""

from collections.abc import Sequence

from sigap.core.geometry import LatLon, distance_m
from sigap.dispatch.road.travel import Basis, Route, RouteCost

DETOUR_FACTOR = 1.4
SPEED_KMH = 25.0


class StraightLine:
    """Answers as RoadNetwork does, never None."""

    def __init__(self, detour_factor: float = DETOUR_FACTOR, speed_kmh: float = SPEED_KMH) -> None:
        self._detour_factor = detour_factor
        self._speed_mps = speed_kmh / 3.6

    @property
    def basis(self) -> Basis:
        return Basis.STRAIGHT_LINE

    def etas(self, origins: Sequence[LatLon], destination: LatLon) -> list[float | None]:
        return [self._cost(origin, destination).eta_s for origin in origins]

    def rank(self, origins: Sequence[LatLon], destination: LatLon) -> list[RouteCost | None]:
        return [self._cost(origin, destination) for origin in origins]

    def route(self, origin: LatLon, destination: LatLon) -> Route | None:
        cost = self._cost(origin, destination)
        return Route(cost.eta_s, cost.distance_m, [origin, destination], cost.basis)

    def _cost(self, origin: LatLon, destination: LatLon) -> RouteCost:
        metres = distance_m(origin, destination) * self._detour_factor
        return RouteCost(metres / self._speed_mps, metres, Basis.STRAIGHT_LINE)
