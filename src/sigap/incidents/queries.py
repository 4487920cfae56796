"""Reading incidents: only through the actor's scope."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from pydantic import BaseModel

from sigap.accounts.permissions import Permission, Scope, scope_of
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon, box_around, distance_m
from sigap.core.refusals import NotFound
from sigap.incidents.models import Incident
from sigap.incidents.transitions import IncidentState
from sigap.intake.models import Signal


class IncidentRow(BaseModel):
    """An incident in lists and on the map. `agency_ids` decides which agencies see it."""

    id: int
    number: int
    state: IncidentState
    priority: int
    category: str
    category_name: str
    emergency: bool
    title: str
    lat: float
    lon: float
    area_id: int | None
    area_name: str
    place_text: str
    received_at: datetime
    opened_at: datetime
    closed_at: datetime | None
    disposition: str
    agency_ids: list[int]
    unit_ids: list[int]
    version: int


def row_of(incident: Incident) -> IncidentRow:
    """The row of `incident`; its category and area should be joined already."""
    return IncidentRow(
        id=incident.pk,
        number=incident.number,
        state=IncidentState(incident.state),
        priority=incident.priority,
        category=incident.category.code,
        category_name=incident.category.name_id,
        emergency=incident.category.emergency,
        title=incident.title,
        lat=incident.lat,
        lon=incident.lon,
        area_id=incident.area_id,
        area_name=incident.area.name if incident.area else "",
        place_text=incident.place_text,
        received_at=incident.received_at,
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        disposition=incident.disposition,
        agency_ids=incident.agency_ids,
        unit_ids=incident.unit_ids,
        version=incident.version,
    )


def visible_incidents(actor: Actor) -> QuerySet[Incident]:
    """The incidents that `actor` may see: the city's, the agency's, or those of the own unit."""
    incidents = Incident.objects.filter(city_id=actor.city).select_related("category", "area")
    match scope_of(actor, Permission.VIEW_INCIDENTS):
        case Scope.CITY:
            return incidents
        case Scope.AGENCY if actor.agency_id is not None:
            return incidents.filter(agency_ids__contains=[actor.agency_id])
        case Scope.OWN if actor.unit_id is not None:
            return incidents.filter(unit_ids__contains=[actor.unit_id])
        case _:
            return incidents.none()


def incident_for(actor: Actor, incident_id: int) -> Incident:
    """One visible incident. Raises NotFound."""
    incident = visible_incidents(actor).filter(pk=incident_id).first()
    if incident is None:
        raise NotFound("incident")
    return incident


def console_rows(city_id: int, ids: Sequence[int] | None) -> list[IncidentRow]:
    """The live (not closed) incidents of a city, or those of `ids` that are live."""
    incidents = Incident.objects.filter(city_id=city_id).exclude(state=IncidentState.CLOSED)
    if ids is not None:
        incidents = incidents.filter(pk__in=ids)
    joined = incidents.select_related("category", "area")
    return [row_of(i) for i in joined.order_by("priority", "received_at")]


class Nearby(BaseModel):
    """An open incident that a signal may belong to."""

    incident: IncidentRow
    distance_m: float
    age_s: float
    same_category: bool


def link_proposals(signal: Signal, *, limit: int = 5) -> list[Nearby]:
    """Open incidents near `signal` in place and time, the likeliest first."""
    if signal.lat is None or signal.lon is None:
        return []
    city, place = signal.city, LatLon(signal.lat, signal.lon)
    box = box_around(place, city.link_radius_m)
    since = signal.received_at - timedelta(seconds=city.link_window_s)
    near = (
        Incident.objects.filter(city=city, lat__range=(box.south, box.north))
        .filter(lon__range=(box.west, box.east), opened_at__gte=since)
        .exclude(state=IncidentState.CLOSED)
        .select_related("category", "area")[:200]
    )
    found = [_nearby(signal, place, incident) for incident in near]
    within = [n for n in found if n.distance_m <= city.link_radius_m]
    within.sort(key=lambda n: (not n.same_category, n.distance_m))
    return within[:limit]


def _nearby(signal: Signal, place: LatLon, incident: Incident) -> Nearby:
    return Nearby(
        incident=row_of(incident),
        distance_m=round(distance_m(place, LatLon(incident.lat, incident.lon)), 1),
        age_s=(signal.received_at - incident.received_at).total_seconds(),
        same_category=incident.category_id == signal.category_id,
    )


def search_filter(text: str) -> Q:
    """Incidents by number, title or place."""
    matches = Q(title__icontains=text) | Q(place_text__icontains=text)
    digits = text.lstrip("#")
    return matches | Q(number=int(digits)) if digits.isdigit() and len(digits) < 9 else matches
