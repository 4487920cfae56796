"""The units that a city starts with: one to three at each station. Called by the demo set-up."""

from collections.abc import Iterator
from dataclasses import dataclass

from sigap.city.models import Agency, AgencyKind, City, Place, PlaceKind, Station
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.events import UnitAdded
from sigap.dispatch.models import Unit, UnitKind
from sigap.dispatch.transitions import UnitStatus

# No more stations than this are manned by the preset; the rest is for the administrator.
STATION_LIMIT = 12


@dataclass(frozen=True, slots=True)
class UnitPreset:
    """A kind of unit and what it can do."""

    kind: UnitKind
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgencyUnits:
    """Call signs, and the crews of a station in turn: the first station gets the first crew list,
    the next one the second, and so on around."""

    prefix: str
    crews: tuple[tuple[UnitPreset, ...], ...]


@dataclass(frozen=True, slots=True)
class Home:
    """Where units stand: a station, or a point without one."""

    point: LatLon
    station: Station | None = None


_ENGINE = UnitPreset(UnitKind.FIRE_ENGINE, ("fire", "rescue"))
_RESCUE = UnitPreset(UnitKind.RESCUE, ("rescue", "medical-first-aid"))
_CAR = UnitPreset(UnitKind.PATROL_CAR, ("police", "patrol"))
_BIKE = UnitPreset(UnitKind.MOTORCYCLE, ("police", "patrol"))
_AMBULANCE = UnitPreset(UnitKind.AMBULANCE, ("medical",))
_ORDER = UnitPreset(UnitKind.PATROL_CAR, ("patrol",))
_FOOT = UnitPreset(UnitKind.FOOT_PATROL, ("patrol",))
_FLOOD = UnitPreset(UnitKind.BOAT, ("rescue",))

UNITS: dict[AgencyKind, AgencyUnits] = {
    AgencyKind.POLICE: AgencyUnits("POLSEK", ((_CAR, _BIKE), (_CAR,), (_CAR, _BIKE, _BIKE))),
    AgencyKind.FIRE: AgencyUnits("DAMKAR", ((_ENGINE, _RESCUE), (_ENGINE, _ENGINE))),
    AgencyKind.AMBULANCE: AgencyUnits("AMB", ((_AMBULANCE, _AMBULANCE), (_AMBULANCE,))),
    AgencyKind.PUBLIC_ORDER: AgencyUnits("SATPOL", ((_ORDER, _ORDER, _FOOT),)),
    AgencyKind.DISASTER: AgencyUnits("BPBD", ((_FLOOD,),)),
}

# Where an agency has no station of its own in the extract, its units wait here.
_STAND_INS: dict[AgencyKind, PlaceKind] = {
    AgencyKind.POLICE: PlaceKind.POLICE,
    AgencyKind.FIRE: PlaceKind.FIRE_STATION,
    AgencyKind.AMBULANCE: PlaceKind.HOSPITAL,
}


def apply_unit_presets(actor: Actor, city: City) -> int:
    """Give each agency that has no unit yet its preset units, on duty; returns how many."""
    with unit_of_work(actor, city.pk):
        agencies = Agency.objects.filter(city=city, kind__in=[k.value for k in UNITS], active=True)
        manned = Unit.objects.filter(city=city).values_list("agency_id", flat=True).distinct()
        lacking = agencies.exclude(pk__in=manned).order_by("id")
        return sum(_man(actor, city, agency) for agency in lacking)


def _man(actor: Actor, city: City, agency: Agency) -> int:
    units = [
        _unit(city, agency, call_sign, home, preset)
        for call_sign, home, preset in _roster(city, agency)
    ]
    with unit_of_work(actor, city.pk) as work:
        for unit in Unit.objects.bulk_create(units):
            work.record(UnitAdded(unit_id=unit.pk, agency_id=agency.pk, call_sign=unit.call_sign))
    return len(units)


def _roster(city: City, agency: Agency) -> Iterator[tuple[str, Home, UnitPreset]]:
    wanted = UNITS[AgencyKind(agency.kind)]
    taken = set(Unit.objects.filter(city=city).values_list("call_sign", flat=True))
    number = 0
    for index, home in enumerate(_homes(city, agency)):
        for preset in wanted.crews[index % len(wanted.crews)]:
            number += 1
            while f"{wanted.prefix}-{number:02d}" in taken:
                number += 1
            yield f"{wanted.prefix}-{number:02d}", home, preset


def _homes(city: City, agency: Agency) -> list[Home]:
    stations = Station.objects.filter(city=city, agency=agency).order_by("id")[:STATION_LIMIT]
    homes = [Home(LatLon(s.lat, s.lon), s) for s in stations]
    stand_in = _STAND_INS.get(AgencyKind(agency.kind))
    if not homes and stand_in is not None:
        places = Place.objects.filter(city=city, kind=stand_in).order_by("id")[:STATION_LIMIT]
        homes = [Home(LatLon(p.lat, p.lon)) for p in places]
    return homes or [Home(LatLon(city.center_lat, city.center_lon))]


def _unit(city: City, agency: Agency, call_sign: str, home: Home, preset: UnitPreset) -> Unit:
    return Unit(
        city=city,
        agency=agency,
        station=home.station,
        call_sign=call_sign,
        kind=preset.kind,
        capabilities=list(preset.capabilities),
        home_lat=home.point.lat,
        home_lon=home.point.lon,
        status=UnitStatus.AVAILABLE.value,
        status_at=clock.now(),
    )
