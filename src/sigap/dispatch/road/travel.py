"""What an estimate of travel says, whichever way it was made. Shared by all of this package."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sigap.core.geometry import LatLon


class Basis(StrEnum):
    """What an estimate rests on; shown beside the ETA where it is not the road."""

    ROAD = "road"
    STRAIGHT_LINE = "straight_line"


@dataclass(frozen=True, slots=True)
class RouteCost:
    """Travel of one unit to the destination. `eta_s` seconds, `distance_m` metres on the road."""

    eta_s: float
    distance_m: float
    basis: Basis = Basis.ROAD


@dataclass(frozen=True, slots=True)
class Route:
    """A route to draw: `line` runs from origin to destination, at least two points."""

    eta_s: float
    distance_m: float
    line: list[LatLon]
    basis: Basis = Basis.ROAD


class TravelEstimator(Protocol):
    """What ranking needs: many origins, one destination. None = cannot be reached by road."""

    @property
    def basis(self) -> Basis: ...

    def etas(self, origins: Sequence[LatLon], destination: LatLon) -> list[float | None]: ...

    def rank(self, origins: Sequence[LatLon], destination: LatLon) -> list[RouteCost | None]: ...

    def route(self, origin: LatLon, destination: LatLon) -> Route | None: ...
