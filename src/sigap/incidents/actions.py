"""The writers of incidents: open, promote and link signals, note, close, reopen."""

from dataclasses import dataclass

from sigap.accounts.permissions import Permission, require
from sigap.city.models import Category, City
from sigap.city.queries import area_at, require_in_city
from sigap.core import clock
from sigap.core.actor import Actor, ActorKind
from sigap.core.geometry import LatLon
from sigap.core.models import StoredFile
from sigap.core.numbering import Numbered, next_number
from sigap.core.refusals import Conflict, Invalid, NotFound
from sigap.core.unit_of_work import unit_of_work
from sigap.incidents.events import (
    IncidentNoted,
    IncidentOpened,
    PartyInvolved,
    SignalDecided,
    SignalLinked,
    SignalUnlinked,
)
from sigap.incidents.models import Incident
from sigap.incidents.queries import visible_incidents
from sigap.incidents.transitions import IncidentState
from sigap.intake.actions import lock_signal, move_signal
from sigap.intake.models import Report, Signal
from sigap.intake.reports import advance_report
from sigap.intake.transitions import ReportAction, ReportState, SignalAction


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What is needed to act: what, where, how urgent."""

    city: City
    category: Category
    place: LatLon
    priority: int
    title: str
    place_text: str = ""


def open_incident(actor: Actor, new: NewIncident, *, signal: Signal | None = None) -> Incident:
    """Open an incident, from `signal` or out of nothing. Raises Invalid outside the city."""
    place = require_in_city(new.city, new.place)
    with unit_of_work(actor, new.city.pk) as work:
        opened_at = clock.now()
        incident = Incident.objects.create(
            city=new.city,
            number=next_number(new.city.pk, Numbered.INCIDENT),
            priority=new.priority,
            category=new.category,
            title=new.title[:200],
            lat=place.lat,
            lon=place.lon,
            area_id=area_at(new.city, place),
            place_text=new.place_text[:200],
            received_at=signal.received_at if signal else opened_at,
            opened_at=opened_at,
            opened_by_id=actor.user_id,
            agency_ids=[new.category.agency_id],
        )
        work.record(
            IncidentOpened(
                incident_id=incident.pk,
                signal_id=signal.pk if signal else None,
                category=new.category.code,
                emergency=new.category.emergency,
                priority=incident.priority,
                area_id=incident.area_id,
                received_at=incident.received_at.isoformat(),
            )
        )
        return incident


@dataclass(frozen=True, slots=True)
class Correction:
    """What the operator corrects while promoting; None keeps the signal's value."""

    category: Category | None = None
    priority: int | None = None
    place: LatLon | None = None
    place_text: str | None = None
    title: str | None = None


def promote_signal(
    actor: Actor, signal_id: int, version: int, correction: Correction | None = None
) -> Incident:
    """Make an incident of a signal. Raises Invalid if category or place is still unknown."""
    require(actor, Permission.TRIAGE_SIGNALS)
    fixed = correction or Correction()
    with unit_of_work(actor):
        signal = lock_signal(actor, signal_id, version)
        move_signal(signal, SignalAction.PROMOTE, {})
        incident = open_incident(actor, _incident_of(signal, fixed), signal=signal)
        _join(actor, signal, incident, SignalAction.PROMOTE)
        return incident


def _incident_of(signal: Signal, fixed: Correction) -> NewIncident:
    category = fixed.category or signal.category
    place = fixed.place
    if place is None and signal.lat is not None and signal.lon is not None:
        place = LatLon(signal.lat, signal.lon)
    if category is None or place is None:
        missing = [n for n, v in (("category", category), ("place", place)) if v is None]
        raise Invalid("missing_fields", f"Fill in: {', '.join(missing)}.", fields=missing)
    return NewIncident(
        city=signal.city,
        category=category,
        place=place,
        priority=fixed.priority or signal.priority,
        title=fixed.title or signal.title,
        place_text=signal.place_text if fixed.place_text is None else fixed.place_text,
    )


def link_signal(actor: Actor, signal_id: int, version: int, incident_id: int) -> Signal:
    """Join a signal to an open incident. Raises Conflict if the incident is closed."""
    require(actor, Permission.TRIAGE_SIGNALS)
    with unit_of_work(actor):
        signal = lock_signal(actor, signal_id, version)
        move_signal(signal, SignalAction.LINK, {"incident_id": incident_id})
        incident = lock_incident(actor, incident_id, None)
        if incident.state == IncidentState.CLOSED:
            raise Conflict("incident_closed", "This incident is closed; reopen it first.")
        _join(actor, signal, incident, SignalAction.LINK)
        return signal


def _join(actor: Actor, signal: Signal, incident: Incident, action: SignalAction) -> None:
    with unit_of_work(actor) as work:
        signal.incident = incident
        signal.decided_at = clock.now()
        if signal.acknowledged_at is None:
            signal.acknowledged_at, signal.acknowledged_by_id = signal.decided_at, actor.user_id
        signal.save()
        work.record(
            SignalDecided(signal_id=signal.pk, incident_id=incident.pk, action=action.value)
        )
        report = Report.objects.filter(signal=signal).first()
        if report is not None and report.state == ReportState.RECEIVED:
            advance_report(actor, report.pk, ReportAction.VERIFY)
        # Last, so that a subscriber who forwards the report finds it verified.
        work.record(SignalLinked(incident_id=incident.pk, signal_id=signal.pk))


def unlink_signal(actor: Actor, signal_id: int, version: int) -> Signal:
    """Take a signal out of its incident; it waits in the queue again."""
    require(actor, Permission.TRIAGE_SIGNALS)
    with unit_of_work(actor) as work:
        signal = lock_signal(actor, signal_id, version)
        incident_id = signal.incident_id
        move_signal(signal, SignalAction.UNLINK, {})
        signal.incident = None
        signal.decided_at = None
        signal.save()
        work.record(SignalDecided(signal_id=signal.pk, action=SignalAction.UNLINK.value))
        if incident_id is not None:
            work.record(SignalUnlinked(incident_id=incident_id, signal_id=signal.pk))
        return signal


def lock_incident(actor: Actor, incident_id: int, version: int | None) -> Incident:
    """A visible incident, locked. Raises NotFound, Conflict("stale_version").

    The system sees every incident of its city. `version` None skips the comparison.
    """
    if actor.kind is ActorKind.USER:
        scope = visible_incidents(actor)
    else:
        scope = Incident.objects.filter(city_id=actor.city).select_related("category", "area")
    incident = scope.select_for_update(of=("self",)).filter(pk=incident_id).first()
    if incident is None:
        raise NotFound("incident")
    if version is not None and incident.version != version:
        raise Conflict(
            "stale_version",
            "Somebody else changed this incident a moment ago. Look at it again.",
            current=incident.version,
            state=incident.state,
        )
    return incident


def note_incident(
    actor: Actor, incident_id: int, text: str, *, photo: StoredFile | None = None
) -> Incident:
    """Write into the incident's timeline. Raises Invalid if there is neither text nor photo."""
    require(actor, Permission.NOTE_INCIDENTS)
    if not text.strip() and photo is None:
        raise Invalid("empty_note", "Write something or add a photo.", field="text")
    with unit_of_work(actor) as work:
        incident = lock_incident(actor, incident_id, None)
        work.record(
            IncidentNoted(
                incident_id=incident.pk, text=text, photo=str(photo.uuid) if photo else None
            )
        )
        return incident


def involve(
    actor: Actor, incident_id: int, *, agency_id: int, unit_id: int | None = None
) -> Incident:
    """Let an agency, and a unit of it, take part: they see the incident from now on."""
    with unit_of_work(actor) as work:
        incident = Incident.objects.select_for_update().get(pk=incident_id)
        new_agency = agency_id not in incident.agency_ids
        new_unit = unit_id is not None and unit_id not in incident.unit_ids
        if new_agency:
            incident.agency_ids.append(agency_id)
        if unit_id is not None and new_unit:
            incident.unit_ids.append(unit_id)
        if new_agency or new_unit:
            incident.save(update_fields=["agency_ids", "unit_ids"])
            work.record(
                PartyInvolved(incident_id=incident.pk, agency_id=agency_id, unit_id=unit_id)
            )
        return incident
