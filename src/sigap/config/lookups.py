"""What lower packages ask of higher ones: one page. Called once by `config.api`."""

from sigap.cctv.evidence import incident_number_lookups
from sigap.core.actor import Actor
from sigap.incidents.queries import incident_for


def _incident_number(actor: Actor, incident_id: int) -> int:
    return incident_for(actor, incident_id).number


def install_lookups() -> None:
    """Let evidence name the incident that it belongs to."""
    incident_number_lookups[:] = [_incident_number]
