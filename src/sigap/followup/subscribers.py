"""What follow-up does when others announce something. Listed in config/subscriptions.py.

Every function is safe to call again with the same event.
"""

from sigap.core.actor import system_actor
from sigap.core.models import EventRecord
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.forwarding import Forwarding, forward_by_rule
from sigap.followup.locking import lock_incident_of_task
from sigap.followup.models import Task
from sigap.followup.report_steps import (
    TO_FORWARDED,
    TO_RESOLVED,
    TO_STARTED,
    lead_reports,
    reports_of,
)
from sigap.followup.transitions import RUNNING, TaskState
from sigap.incidents.transitions import IncidentState


def on_incident_opened(event: EventRecord) -> None:
    """Forward an incident that is no emergency to the agency that answers for its category."""
    if event.incident_id is None or event.payload.get("emergency"):
        return
    actor = system_actor("forwarding", city_id=event.city_id)
    with unit_of_work(actor, cause_id=event.uuid):
        incident = lock_incident_of_task(event.city_id, event.incident_id)
        # The category may have been corrected since, or the incident closed again.
        if incident.category.emergency or incident.state == IncidentState.CLOSED:
            return
        forward_by_rule(actor, incident.pk, Forwarding(source_event_id=event.uuid))


def on_signal_linked(event: EventRecord) -> None:
    """A report that joins an incident already forwarded is where the incident's work is."""
    if event.incident_id is None:
        return
    actor = system_actor("forwarding", city_id=event.city_id)
    with unit_of_work(actor, cause_id=event.uuid):
        incident = lock_incident_of_task(event.city_id, event.incident_id)
        tasks = Task.objects.filter(city_id=event.city_id, incident=incident)
        running = tasks.filter(state__in=[state.value for state in RUNNING])
        if not running.exists():
            return
        begun = running.filter(state=TaskState.IN_PROGRESS.value).exists()
        reports = reports_of(event.city_id, incident.pk)
        if reports:
            running.filter(report__isnull=True).update(report=reports[0])
        lead_reports(actor, reports, TO_STARTED if begun else TO_FORWARDED)


def on_incident_closed(event: EventRecord) -> None:
    """Tell the reporters of an incident that units ended: their reports are resolved with it."""
    if event.incident_id is None:
        return
    actor = system_actor("forwarding", city_id=event.city_id)
    with unit_of_work(actor, cause_id=event.uuid):
        incident = lock_incident_of_task(event.city_id, event.incident_id)
        if incident.state != IncidentState.CLOSED:
            return
        reports = reports_of(event.city_id, incident.pk)
        # What staff wrote at the end stays inside: it may name people.
        lead_reports(actor, reports, TO_RESOLVED)
