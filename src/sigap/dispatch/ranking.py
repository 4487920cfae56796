"""Which unit to send: all units of a city by travel time, and why each is or is not proposed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sigap.accounts.permissions import Permission
from sigap.city.models import City
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.dispatch.models import Unit
from sigap.dispatch.networks import networks
from sigap.dispatch.queries import units_in_scope, units_with_work
from sigap.dispatch.road import Basis, Route, TravelEstimator
from sigap.dispatch.transitions import UnitStatus
from sigap.incidents.models import Incident

# A free unit's last fix is doubted after this; one that is at its station needs none.
STALE_AFTER = timedelta(minutes=10)
# As many as a screen shows get their distance.
LEADING = 12


class PositionSource(StrEnum):
    FIX = "fix"
    STATION = "station"


class Reason(StrEnum):
    """Why a unit is not proposed; `POSITION_STALE` alone only warns."""

    BUSY = "busy"
    OFF_DUTY = "off_duty"
    OUT_OF_SERVICE = "out_of_service"
    LACKS_CAPABILITY = "lacks_capability"
    UNREACHABLE = "unreachable"
    POSITION_STALE = "position_stale"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason with its particulars: the incident, the capabilities lacking, since when."""

    reason: Reason
    blocking: bool = True
    incident_id: int | None = None
    incident_number: int | None = None
    capabilities: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """Where a unit is taken to be, and how that is known."""

    point: LatLon
    source: PositionSource
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RankedUnit:
    """A unit in the ranking. `eta_s` None: no way by road. `distance_m` is worked out for the
    leading units only: the way itself costs ten times the travel time alone."""

    unit: Unit
    place: UnitPlace
    eta_s: float | None
    basis: Basis
    distance_m: float | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def proposed(self) -> bool:
        """Whether nothing speaks against sending it."""
        return not any(finding.blocking for finding in self.findings)


def place_of(unit: Unit) -> UnitPlace:
    """The newest fix of its phone, else its station."""
    if unit.lat is not None and unit.lon is not None and unit.position_at is not None:
        return UnitPlace(LatLon(unit.lat, unit.lon), PositionSource.FIX, unit.position_at)
    return UnitPlace(LatLon(unit.home_lat, unit.home_lon), PositionSource.STATION, None)


def travel_estimator(city: City) -> TravelEstimator:
    """Travel times in `city`: by road, or by straight line where it has no road network."""
    return networks.of(city.code)


def rank_units(actor: Actor, incident: Incident) -> list[RankedUnit]:
    """All units in the actor's scope: those proposed first, each group by travel time."""
    units = units_with_work(units_in_scope(actor, Permission.VIEW_UNITS))
    places = [place_of(unit) for unit in units]
    goal = LatLon(incident.lat, incident.lon)
    estimator = travel_estimator(incident.city)
    etas = estimator.etas([place.point for place in places], goal)
    now, needed = clock.now(), incident.category.required_capabilities
    ranked = [
        RankedUnit(
            unit, place, eta_s, estimator.basis, findings=_findings(unit, place, eta_s, needed, now)
        )
        for unit, place, eta_s in zip(units, places, etas, strict=True)
    ]
    ranked.sort(key=_order)
    return _with_distances(ranked, goal, estimator)


def _order(ranked: RankedUnit) -> tuple[bool, float, str]:
    eta_s = float("inf") if ranked.eta_s is None else ranked.eta_s
    return (not ranked.proposed, eta_s, ranked.unit.call_sign)


def _with_distances(
    ranked: list[RankedUnit], goal: LatLon, estimator: TravelEstimator
) -> list[RankedUnit]:
    leading = ranked[:LEADING]
    costs = estimator.rank([unit.place.point for unit in leading], goal)
    measured = [
        replace(unit, distance_m=cost.distance_m) if cost else unit
        for unit, cost in zip(leading, costs, strict=True)
    ]
    return measured + ranked[LEADING:]


def _findings(
    unit: Unit, place: UnitPlace, eta_s: float | None, needed: list[str], now: datetime
) -> list[Finding]:
    found = _status_findings(unit)
    lacking = tuple(c for c in needed if c not in unit.capabilities)
    if lacking:
        found.append(Finding(Reason.LACKS_CAPABILITY, capabilities=lacking))
    if eta_s is None:
        found.append(Finding(Reason.UNREACHABLE))
    if place.observed_at is not None and now - place.observed_at > STALE_AFTER:
        found.append(Finding(Reason.POSITION_STALE, blocking=False, since=place.observed_at))
    return found


def _status_findings(unit: Unit) -> list[Finding]:
    if unit.current is not None:
        incident = unit.current.incident
        return [Finding(Reason.BUSY, incident_id=incident.pk, incident_number=incident.number)]
    match UnitStatus(unit.status):
        case UnitStatus.AVAILABLE | UnitStatus.RETURNING:
            return []
        case UnitStatus.OFF_DUTY:
            return [Finding(Reason.OFF_DUTY, since=unit.status_at)]
        case UnitStatus.OUT_OF_SERVICE:
            return [Finding(Reason.OUT_OF_SERVICE, since=unit.status_at)]
        case _:
            return [Finding(Reason.BUSY, since=unit.status_at)]


def route_to(unit: Unit, incident: Incident) -> Route | None:
    """The way of a unit to an incident; None if there is none by road."""
    goal = LatLon(incident.lat, incident.lon)
    return travel_estimator(incident.city).route(place_of(unit).point, goal)


__all__ = [
    "Basis",
    "Finding",
    "PositionSource",
    "RankedUnit",
    "Reason",
    "UnitPlace",
    "place_of",
    "rank_units",
    "route_to",
    "travel_estimator",
]
