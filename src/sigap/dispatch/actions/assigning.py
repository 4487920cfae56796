"""Sending a unit to an incident."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction

from sigap.accounts.permissions import Permission, require
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.refusals import Conflict
from sigap.core.unit_of_work import Work, unit_of_work
from sigap.dispatch.actions.locking import lock_unit
from sigap.dispatch.actions.status import apply_unit_action
from sigap.dispatch.deferring import defer_accept_check
from sigap.dispatch.events import UnitAssigned
from sigap.dispatch.models import AcceptLimit, Assignment, Unit
from sigap.dispatch.queries import active_assignment
from sigap.dispatch.ranking import place_of, travel_estimator
from sigap.dispatch.road import Basis, RouteCost
from sigap.dispatch.transitions import FREE_STATUSES, UnitAction, UnitStatus
from sigap.incidents.actions import involve, lock_incident
from sigap.incidents.ending import begin_incident
from sigap.incidents.models import Incident
from sigap.incidents.transitions import IncidentState


@dataclass(frozen=True, slots=True)
class NewAssignment:
    """Which unit goes where. `dangers` is what the crew must know before it arrives."""

    incident_id: int
    unit_id: int
    dangers: str = ""


def assign_unit(actor: Actor, new: NewAssignment) -> Assignment:
    """Send a unit. The clock for its answer starts.

    Raises Conflict("unit_busy") naming the incident it works on, Conflict("unit_unavailable"),
    Conflict("incident_closed").
    """
    require(actor, Permission.DISPATCH_UNITS)
    with unit_of_work(actor) as work:
        incident = lock_incident(actor, new.incident_id, None)
        if incident.state == IncidentState.CLOSED:
            raise Conflict("incident_closed", "This incident is closed; reopen it first.")
        unit = lock_unit(actor, new.unit_id, Permission.DISPATCH_UNITS)
        _check_free(unit)
        assignment = _create(actor, incident, unit, new.dangers)
        apply_unit_action(work, unit, UnitAction.ASSIGN)
        _announce(work, assignment)
        involve(actor, incident.pk, agency_id=unit.agency_id, unit_id=unit.pk)
        begin_incident(actor, incident.pk)
        defer_accept_check(assignment)
        return assignment


def _check_free(unit: Unit) -> None:
    busy = active_assignment(unit.pk)
    if busy is not None:
        raise unit_busy(unit, busy)
    if UnitStatus(unit.status) not in FREE_STATUSES:
        raise Conflict(
            "unit_unavailable",
            f"{unit.call_sign} is {unit.status.replace('_', ' ')}. Choose another unit.",
            unit_id=unit.pk,
            status=unit.status,
        )


def unit_busy(unit: Unit, assignment: Assignment) -> Conflict:
    """The refusal that names what the unit is busy with."""
    number = assignment.incident.number
    return Conflict(
        "unit_busy",
        f"{unit.call_sign} works on incident #{number} already. Choose another unit.",
        unit_id=unit.pk,
        incident_id=assignment.incident_id,
        incident_number=number,
    )


def _create(actor: Actor, incident: Incident, unit: Unit, dangers: str) -> Assignment:
    assigned_at = clock.now()
    travel = _travel(unit, incident)
    try:
        # The savepoint keeps the transaction usable for the refusal's own queries.
        with transaction.atomic():
            return Assignment.objects.create(
                city_id=unit.city_id,
                incident=incident,
                unit=unit,
                assigned_at=assigned_at,
                assigned_by_label=actor.label,
                dangers=dangers.strip(),
                accept_due_at=assigned_at + timedelta(seconds=accept_limit_s(unit, incident)),
                eta_s=round(travel.eta_s) if travel else None,
                distance_m=round(travel.distance_m) if travel else None,
                basis=travel.basis.value if travel else Basis.ROAD.value,
            )
    except IntegrityError:
        busy = active_assignment(unit.pk)
        if busy is None:
            raise
        raise unit_busy(unit, busy) from None


def _travel(unit: Unit, incident: Incident) -> RouteCost | None:
    estimator = travel_estimator(unit.city)
    return estimator.rank([place_of(unit).point], LatLon(incident.lat, incident.lon))[0]


def accept_limit_s(unit: Unit, incident: Incident) -> int:
    """Seconds that `unit` has to accept: the category's own limit, else the city's."""
    limit = AcceptLimit.objects.filter(category_id=incident.category_id).first()
    return limit.limit_s if limit else unit.city.accept_limit_s


def _announce(work: Work, assignment: Assignment) -> None:
    work.record(
        UnitAssigned(
            incident_id=assignment.incident_id,
            assignment_id=assignment.pk,
            unit_id=assignment.unit_id,
            agency_id=assignment.unit.agency_id,
            call_sign=assignment.unit.call_sign,
            at=assignment.assigned_at,
            eta_s=assignment.eta_s,
            distance_m=assignment.distance_m,
            basis=assignment.basis,
            accept_due_at=assignment.accept_due_at,
        )
    )
