"""Giving an incident to an agency as a task, and giving the task to another agency."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sigap.accounts.permissions import Permission, require
from sigap.city.models import Agency
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, Invalid
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.events import TaskForwarded, TaskReassigned
from sigap.followup.locking import lock_incident_of_task, lock_task, move_task, restart_clock
from sigap.followup.models import Task
from sigap.followup.report_steps import TO_FORWARDED, lead_reports, reports_of
from sigap.followup.transitions import LIVE, TaskAction
from sigap.incidents.actions import involve
from sigap.incidents.models import Incident
from sigap.incidents.queries import incident_for
from sigap.incidents.transitions import IncidentState


@dataclass(frozen=True, slots=True)
class Forwarding:
    """To whom and with which words; `agency_id` None: the agency that answers for the category.

    `source_event_id` makes a forwarding by subscription happen once.
    """

    agency_id: int | None = None
    note: str = ""
    source_event_id: uuid.UUID | None = None


def forward_task(actor: Actor, incident_id: int, wanted: Forwarding) -> Task:
    """Give an incident to an agency, with the clock of its category.

    Raises NotFound, Invalid("unknown_agency"), Conflict if the incident is closed or the agency
    has it already.
    """
    require(actor, Permission.MANAGE_INCIDENTS)
    incident_for(actor, incident_id)
    with unit_of_work(actor):
        incident = lock_incident_of_task(_city(actor), incident_id)
        agency = _agency(incident, wanted.agency_id)
        live = _live_task(incident, agency)
        if live is not None:
            raise Conflict(
                "already_forwarded", f"{agency.name} has this incident already.", task_id=live.pk
            )
        return _create(actor, incident, agency, wanted)


def forward_by_rule(actor: Actor, incident_id: int, wanted: Forwarding) -> Task:
    """The same for a subscriber: repeated calls return the task that is there."""
    with unit_of_work(actor, cause_id=wanted.source_event_id):
        incident = lock_incident_of_task(_city(actor), incident_id)
        done = Task.objects.filter(
            city_id=incident.city_id, source_event_id=wanted.source_event_id
        ).first()
        agency = _agency(incident, wanted.agency_id)
        return done or _live_task(incident, agency) or _create(actor, incident, agency, wanted)


def reassign_task(actor: Actor, task_id: int, version: int, wanted: Forwarding) -> Task:
    """Give a task to another agency, with a fresh clock. Raises Conflict, Invalid, NotFound."""
    require(actor, Permission.MANAGE_INCIDENTS)
    with unit_of_work(actor) as work:
        task = lock_task(actor, task_id, version, Permission.MANAGE_INCIDENTS)
        previous = task.agency
        agency = _agency(task.incident, wanted.agency_id)
        live = _live_task(task.incident, agency)
        if live is not None and live.pk != task.pk:
            raise Conflict(
                "already_forwarded", f"{agency.name} has this incident already.", task_id=live.pk
            )
        move_task(task, TaskAction.REASSIGN, {"agency_id": wanted.agency_id})
        task.agency = agency
        task.return_reason = ""
        task.instructions = wanted.note or task.instructions
        restart_clock(task, clock.now())
        task.save()
        involve(actor, task.incident_id, agency_id=agency.pk)
        work.record(
            TaskReassigned(
                task_id=task.pk,
                agency_id=agency.pk,
                incident_id=task.incident_id,
                from_agency_id=previous.pk,
                due_at=task.due_at,
                note=wanted.note,
            )
        )
        return task


def _create(actor: Actor, incident: Incident, agency: Agency, wanted: Forwarding) -> Task:
    if incident.state == IncidentState.CLOSED:
        raise Conflict("incident_closed", "This incident is closed; reopen it first.")
    with unit_of_work(actor) as work:
        reports = reports_of(incident.city_id, incident.pk)
        moment = clock.now()
        task = Task.objects.create(
            city_id=incident.city_id,
            incident=incident,
            agency=agency,
            report=reports[0] if reports else None,
            instructions=wanted.note,
            limit_h=incident.category.resolve_limit_h,
            legal_basis=incident.category.legal_basis,
            forwarded_at=moment,
            forwarded_by_id=actor.user_id,
            due_at=moment + timedelta(hours=incident.category.resolve_limit_h),
            source_event_id=wanted.source_event_id,
        )
        involve(actor, incident.pk, agency_id=agency.pk)
        lead_reports(actor, reports, TO_FORWARDED)
        work.record(
            TaskForwarded(
                task_id=task.pk,
                agency_id=agency.pk,
                incident_id=incident.pk,
                due_at=task.due_at,
                limit_h=task.limit_h,
                legal_basis=task.legal_basis,
                area_id=incident.area_id,
                note=wanted.note,
            )
        )
        return task


def _agency(incident: Incident, agency_id: int | None) -> Agency:
    if agency_id is None:
        return incident.category.agency
    agency = Agency.objects.filter(city_id=incident.city_id, pk=agency_id, active=True).first()
    if agency is None:
        raise Invalid("unknown_agency", "There is no such agency.", field="agency_id")
    return agency


def _live_task(incident: Incident, agency: Agency) -> Task | None:
    return Task.objects.filter(
        city_id=incident.city_id,
        incident=incident,
        agency=agency,
        state__in=[state.value for state in LIVE],
    ).first()


def _city(actor: Actor) -> int:
    if actor.city_id is None:
        raise ValueError("a task belongs to a city")
    return actor.city_id
