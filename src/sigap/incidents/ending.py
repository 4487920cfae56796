"""How incidents move on: begun and resolved by the work on them, closed and reopened by people."""

from collections.abc import Callable
from dataclasses import dataclass

from sigap.accounts.permissions import Permission, require
from sigap.city.models import Category
from sigap.city.queries import area_at, require_in_city
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.models import StoredFile
from sigap.core.refusals import Invalid
from sigap.core.unit_of_work import unit_of_work
from sigap.incidents.actions import lock_incident
from sigap.incidents.events import (
    IncidentBegun,
    IncidentClosed,
    IncidentEdited,
    IncidentReopened,
    IncidentResolved,
)
from sigap.incidents.models import Disposition, Incident
from sigap.incidents.transitions import INCIDENT_MACHINE, IncidentAction, IncidentState

ClosingGuard = Callable[[Incident], None]

# Higher packages say here what must be finished before an incident may close
# (config/closing.py lists them); a guard raises Conflict.
closing_guards: list[ClosingGuard] = []


def begin_incident(actor: Actor, incident_id: int) -> Incident:
    """Somebody works on it now; harmless if so already or if it is closed."""
    with unit_of_work(actor) as work:
        incident = lock_incident(actor, incident_id, None)
        if INCIDENT_MACHINE.allows(IncidentState(incident.state), IncidentAction.BEGIN):
            _move(incident, IncidentAction.BEGIN, {})
            work.record(IncidentBegun(incident_id=incident.pk))
        return incident


def resolve_incident(actor: Actor, incident_id: int) -> Incident:
    """All work on it is done; harmless if it was not begun or is closed."""
    with unit_of_work(actor) as work:
        incident = lock_incident(actor, incident_id, None)
        if INCIDENT_MACHINE.allows(IncidentState(incident.state), IncidentAction.RESOLVE):
            _move(incident, IncidentAction.RESOLVE, {})
            work.record(IncidentResolved(incident_id=incident.pk))
        return incident


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended, and the proof: a photo or a written reason."""

    disposition: Disposition
    note: str = ""
    photo: StoredFile | None = None


def close_incident(actor: Actor, incident_id: int, version: int | None, ending: Ending) -> Incident:
    """End an incident. Raises Invalid without proof, Conflict while units or tasks are active."""
    require(actor, Permission.MANAGE_INCIDENTS)
    return _close(actor, incident_id, version, ending)


def close_by_follow_up(actor: Actor, incident_id: int, ending: Ending) -> Incident:
    """End an incident because its reporter confirmed the repair; `actor` is the citizen."""
    return _close(actor, incident_id, None, ending)


def _close(actor: Actor, incident_id: int, version: int | None, ending: Ending) -> Incident:
    with unit_of_work(actor) as work:
        incident = lock_incident(actor, incident_id, version)
        proof = ending.photo or ending.note.strip()
        given: dict[str, object] = {"disposition": ending.disposition.value, "proof": proof}
        _check_proof(proof)
        for guard in closing_guards:
            guard(incident)
        incident.closed_at = clock.now()
        incident.disposition = ending.disposition.value
        incident.closing_note, incident.closing_photo = ending.note.strip(), ending.photo
        _move(incident, IncidentAction.CLOSE, given)
        work.record(
            IncidentClosed(
                incident_id=incident.pk,
                disposition=incident.disposition,
                note=incident.closing_note,
                photo=str(ending.photo.uuid) if ending.photo else None,
            )
        )
        return incident


def _check_proof(proof: object) -> None:
    if not proof:
        raise Invalid(
            "proof_needed", "Add a photo or write how it ended.", fields=["photo", "note"]
        )


def reopen_incident(
    actor: Actor, incident_id: int, version: int | None, *, reason: str
) -> Incident:
    """Go on with a resolved or closed incident."""
    require(actor, Permission.MANAGE_INCIDENTS)
    return _reopen(actor, incident_id, version, reason)


def reopen_by_follow_up(actor: Actor, incident_id: int, *, reason: str) -> Incident:
    """Go on with an incident because its reporter says it is not fixed."""
    return _reopen(actor, incident_id, None, reason)


def _reopen(actor: Actor, incident_id: int, version: int | None, reason: str) -> Incident:
    with unit_of_work(actor) as work:
        incident = lock_incident(actor, incident_id, version)
        incident.closed_at = None
        incident.disposition = incident.closing_note = ""
        incident.closing_photo = None
        _move(incident, IncidentAction.REOPEN, {"reason": reason.strip()})
        work.record(IncidentReopened(incident_id=incident.pk, reason=reason.strip()))
        return incident


def _move(incident: Incident, action: IncidentAction, given: dict[str, object]) -> None:
    step = INCIDENT_MACHINE.step(IncidentState(incident.state), action, given)
    incident.state = step.target.value
    incident.version += 1
    incident.save()


@dataclass(frozen=True, slots=True)
class Edit:
    """Corrections to an incident; None leaves a field as it is."""

    priority: int | None = None
    category: Category | None = None
    title: str | None = None
    place: LatLon | None = None
    place_text: str | None = None


def edit_incident(actor: Actor, incident_id: int, version: int, edit: Edit) -> Incident:
    """Correct an incident that is not closed."""
    require(actor, Permission.MANAGE_INCIDENTS)
    with unit_of_work(actor) as work:
        incident = lock_incident(actor, incident_id, version)
        before = _editable(incident)
        incident.priority = edit.priority or incident.priority
        incident.title = edit.title or incident.title
        if edit.category is not None:
            incident.category = edit.category
        if edit.place_text is not None:
            incident.place_text = edit.place_text
        if edit.place is not None:
            place = require_in_city(incident.city, edit.place)
            incident.lat, incident.lon = place.lat, place.lon
            incident.area_id = area_at(incident.city, place)
        after = _editable(incident)
        changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changes:
            incident.version += 1
            incident.save()
            work.record(IncidentEdited(incident_id=incident.pk, changes=changes))
        return incident


def _editable(incident: Incident) -> dict[str, str]:
    return {
        "priority": str(incident.priority),
        "category": incident.category.code,
        "title": incident.title,
        "place": f"{incident.lat:.6f},{incident.lon:.6f}",
        "place_text": incident.place_text,
    }
