"""Stations from the gazetteer: police, fire and ambulance units stand at the places of their kind.

Called by `importing` and again after presets were given; stations that people edited stay.
"""

from sigap.city.models import Agency, AgencyKind, City, Place, PlaceKind, Station
from sigap.core.actor import Actor
from sigap.core.unit_of_work import unit_of_work

_STATION_OF = {
    AgencyKind.POLICE: PlaceKind.POLICE,
    AgencyKind.FIRE: PlaceKind.FIRE_STATION,
    AgencyKind.AMBULANCE: PlaceKind.HOSPITAL,
}


def place_stations(actor: Actor, city: City) -> int:
    """Give each agency of those kinds the stations it lacks; returns how many were made."""
    with unit_of_work(actor, city.pk):
        agencies = Agency.objects.filter(
            city=city, active=True, kind__in=[kind.value for kind in _STATION_OF]
        ).order_by("id")
        first_of_kind = {agency.kind: agency for agency in reversed(agencies)}
        return sum(_add_missing(city, agency) for agency in first_of_kind.values())


def _add_missing(city: City, agency: Agency) -> int:
    present = Station.objects.filter(city=city, agency=agency)
    refs = set(present.values_list("source_ref", flat=True))
    names = set(present.values_list("name", flat=True))
    kind = _STATION_OF[AgencyKind(agency.kind)]
    fresh = []
    for place in Place.objects.filter(city=city, kind=kind).order_by("source_ref"):
        if place.source_ref in refs:
            continue
        name = _free_name(place.name, names)
        names.add(name)
        fresh.append(
            Station(
                city=city,
                agency=agency,
                name=name,
                lat=place.lat,
                lon=place.lon,
                source_ref=place.source_ref,
            )
        )
    return len(Station.objects.bulk_create(fresh))


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
