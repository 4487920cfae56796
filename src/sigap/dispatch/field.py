"""What the officer's phone shows: the unit, its one task, the next step. Read by `field_api`."""

from datetime import datetime

from sigap.accounts.permissions import Permission
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.refusals import Conflict, NotFound
from sigap.dispatch.models import Assignment, Unit
from sigap.dispatch.queries import (
    active_assignment,
    assignment_row,
    unit_row,
    units_in_scope,
    units_with_work,
)
from sigap.dispatch.ranking import place_of, travel_estimator
from sigap.dispatch.schemas import FieldPhotoRef, FieldState, FieldTask, assignment_out
from sigap.dispatch.transitions import (
    NEXT_STEP,
    SET_BY_HAND,
    UNIT_MACHINE,
    AssignmentState,
    UnitStatus,
)
from sigap.intake.models import Signal

PHOTO_LIMIT = 4


def own_unit_id(actor: Actor) -> int:
    """The unit that the officer crews. Raises Conflict("no_unit")."""
    if actor.unit_id is None:
        raise Conflict("no_unit", "You crew no unit at present. Ask your dispatcher.")
    return actor.unit_id


def field_state(actor: Actor) -> FieldState:
    """The officer's unit and its task."""
    own_unit_id(actor)
    units = units_with_work(units_in_scope(actor, Permission.RESPOND)[:1])
    if not units:
        raise NotFound("unit")
    unit = units[0]
    status = UnitStatus(unit.status)
    assignment = active_assignment(unit.pk)
    return FieldState(
        unit=unit_row(unit),
        statuses=[
            row.target
            for row in UNIT_MACHINE.rows
            if row.source == status and row.action in SET_BY_HAND
        ],
        task=_task(unit, assignment) if assignment else None,
        server_time=clock.now(),
    )


def own_assignment(actor: Actor, assignment_id: int) -> Assignment:
    """An assignment of the officer's own unit. Raises NotFound."""
    found = Assignment.objects.filter(
        pk=assignment_id, city_id=actor.city, unit_id=own_unit_id(actor)
    ).first()
    if found is None:
        raise NotFound("assignment")
    return found


def current_incident_id(actor: Actor) -> int:
    """The incident that the officer works on. Raises Conflict("no_task")."""
    assignment = active_assignment(own_unit_id(actor))
    if assignment is None:
        raise Conflict("no_task", "Your unit has no task now.")
    return assignment.incident_id


def _task(unit: Unit, assignment: Assignment) -> FieldTask:
    incident = assignment.incident
    goal = LatLon(incident.lat, incident.lon)
    travel = travel_estimator(incident.city).rank([place_of(unit).point], goal)[0]
    signals = list(
        Signal.objects.filter(city_id=incident.city_id, incident=incident)
        .select_related("picture", "report__photo")
        .order_by("id")
    )
    return FieldTask(
        assignment=assignment_out(assignment_row(assignment)),
        next_step=NEXT_STEP.get(AssignmentState(assignment.state)),
        title=incident.title,
        category=incident.category.code,
        category_name=incident.category.name_id,
        priority=incident.priority,
        place_text=incident.place_text,
        area_name=incident.area.name if incident.area else "",
        lat=incident.lat,
        lon=incident.lon,
        dangers=assignment.dangers,
        text=next((s.text for s in signals if s.text), ""),
        photos=_photos(signals),
        eta_s=round(travel.eta_s) if travel else None,
        distance_m=round(travel.distance_m) if travel else None,
        basis=travel.basis if travel else None,
    )


def _photos(signals: list[Signal]) -> list[FieldPhotoRef]:
    """Pictures of the camera or the reporter, the newest last, a few at most."""
    found: list[tuple[str, datetime]] = []
    for signal in signals:
        report = getattr(signal, "report", None)
        for stored in (signal.picture, report.photo if report else None):
            if stored is not None and str(stored.uuid) not in {uuid for uuid, _ in found}:
                found.append((str(stored.uuid), signal.observed_at))
    return [FieldPhotoRef(uuid=uuid, taken_at=at) for uuid, at in found[-PHOTO_LIMIT:]]
