"""Reading units and assignments: only through the actor's scope; and the console's rows."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from pydantic import BaseModel

from sigap.accounts.permissions import Permission, Scope, scope_of
from sigap.core.actor import Actor, ActorKind
from sigap.core.refusals import NotFound
from sigap.dispatch.models import Assignment, Unit
from sigap.dispatch.transitions import ACTIVE_STATES, AssignmentState, UnitStatus

ACTIVE = [state.value for state in ACTIVE_STATES]


class UnitRow(BaseModel):
    """A unit in lists and on the map; names no person."""

    id: int
    agency_ids: list[int]
    agency_name: str
    call_sign: str
    kind: str
    capabilities: list[str]
    status: UnitStatus
    status_at: datetime
    station_name: str
    lat: float
    lon: float
    position_at: datetime | None
    assignment_id: int | None
    incident_id: int | None
    incident_number: int | None
    version: int


class AssignmentRow(BaseModel):
    """An assignment with all its stamps."""

    id: int
    agency_ids: list[int]
    incident_id: int
    incident_number: int
    unit_id: int
    call_sign: str
    agency_name: str
    state: AssignmentState
    assigned_at: datetime
    assigned_by: str
    dangers: str
    accept_due_at: datetime
    unanswered_at: datetime | None
    accepted_at: datetime | None
    en_route_at: datetime | None
    on_scene_at: datetime | None
    cleared_at: datetime | None
    declined_at: datetime | None
    cancelled_at: datetime | None
    note: str
    eta_s: int | None
    distance_m: int | None
    basis: str
    version: int


def units_in_scope(actor: Actor, permission: Permission) -> QuerySet[Unit]:
    """The units over which `actor` holds `permission`. The system holds all of its city."""
    units = Unit.objects.filter(city_id=actor.city, active=True)
    if actor.kind is ActorKind.SYSTEM:
        return units
    match scope_of(actor, permission):
        case Scope.CITY:
            return units
        case Scope.AGENCY if actor.agency_id is not None:
            return units.filter(agency_id=actor.agency_id)
        case Scope.OWN if actor.unit_id is not None:
            return units.filter(pk=actor.unit_id)
        case _:
            return units.none()


def unit_for(actor: Actor, unit_id: int, permission: Permission) -> Unit:
    """One unit in scope. Raises NotFound."""
    unit = units_in_scope(actor, permission).filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("unit")
    return unit


def assignments_of_incident(actor: Actor, incident_id: int) -> list[AssignmentRow]:
    """All assignments of an incident that the actor may see, the oldest first."""
    found = Assignment.objects.filter(city_id=actor.city, incident_id=incident_id)
    joined = found.select_related("unit__agency", "incident").order_by("id")
    return [assignment_row(a) for a in joined]


def active_assignment(unit_id: int) -> Assignment | None:
    """The assignment that a unit works on now."""
    return (
        Assignment.objects.filter(unit_id=unit_id, state__in=ACTIVE)
        .select_related("incident__category", "unit__agency")
        .first()
    )


def units_with_work(units: QuerySet[Unit]) -> list[Unit]:
    """The units with what a row shows: agency, station, and active assignment as `.current`."""
    found = list(units.select_related("agency", "station"))
    if not found:
        return []
    working = Assignment.objects.filter(city_id=found[0].city_id, state__in=ACTIVE)
    if len(found) == 1:
        working = working.filter(unit=found[0])
    current = {assignment.unit_id: assignment for assignment in working.select_related("incident")}
    for unit in found:
        unit.current = current.get(unit.pk)
    return found


def unit_row(unit: Unit) -> UnitRow:
    """The row of a unit that came through `units_with_work`."""
    work = unit.current
    has_fix = unit.lat is not None and unit.lon is not None
    return UnitRow(
        id=unit.pk,
        agency_ids=[unit.agency_id],
        agency_name=unit.agency.name,
        call_sign=unit.call_sign,
        kind=unit.kind,
        capabilities=unit.capabilities,
        status=UnitStatus(unit.status),
        status_at=unit.status_at,
        station_name=unit.station.name if unit.station else "",
        lat=unit.lat if has_fix and unit.lat is not None else unit.home_lat,
        lon=unit.lon if has_fix and unit.lon is not None else unit.home_lon,
        position_at=unit.position_at if has_fix else None,
        assignment_id=work.pk if work else None,
        incident_id=work.incident_id if work else None,
        incident_number=work.incident.number if work else None,
        version=unit.version,
    )


def assignment_row(assignment: Assignment) -> AssignmentRow:
    """The row of an assignment; unit, agency and incident should be joined already."""
    unit = assignment.unit
    return AssignmentRow(
        id=assignment.pk,
        agency_ids=[unit.agency_id],
        incident_id=assignment.incident_id,
        incident_number=assignment.incident.number,
        unit_id=unit.pk,
        call_sign=unit.call_sign,
        agency_name=unit.agency.name,
        state=AssignmentState(assignment.state),
        assigned_at=assignment.assigned_at,
        assigned_by=assignment.assigned_by_label,
        dangers=assignment.dangers,
        accept_due_at=assignment.accept_due_at,
        unanswered_at=assignment.unanswered_at,
        accepted_at=assignment.accepted_at,
        en_route_at=assignment.en_route_at,
        on_scene_at=assignment.on_scene_at,
        cleared_at=assignment.cleared_at,
        declined_at=assignment.declined_at,
        cancelled_at=assignment.cancelled_at,
        note=assignment.note,
        eta_s=assignment.eta_s,
        distance_m=assignment.distance_m,
        basis=assignment.basis,
        version=assignment.version,
    )


def console_rows(city_id: int, ids: Sequence[int] | None) -> list[UnitRow]:
    """The console table "units": every active unit of the city, or those of `ids`."""
    units = Unit.objects.filter(city_id=city_id, active=True)
    if ids is not None:
        units = units.filter(pk__in=ids)
    return [unit_row(unit) for unit in units_with_work(units)]


def assignment_console_rows(city_id: int, ids: Sequence[int] | None) -> list[AssignmentRow]:
    """The console table "assignments": the active ones of the city, or those of `ids`."""
    found = Assignment.objects.filter(city_id=city_id, state__in=ACTIVE)
    if ids is not None:
        found = found.filter(pk__in=ids)
    joined = found.select_related("unit__agency", "incident").order_by("id")
    return [assignment_row(a) for a in joined]
