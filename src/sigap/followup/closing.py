"""What must be finished before an incident may close. Listed in config/closing.py."""

from sigap.core.refusals import Conflict
from sigap.followup.models import Task
from sigap.followup.transitions import LIVE
from sigap.incidents.models import Incident


def require_no_live_task(incident: Incident) -> None:
    """Raises Conflict("tasks_live") while an agency still owes work on `incident`."""
    live = [state.value for state in LIVE]
    task = (
        Task.objects.filter(city_id=incident.city_id, incident=incident, state__in=live)
        .select_related("agency")
        .first()
    )
    if task is not None:
        raise Conflict(
            "tasks_live",
            f"{task.agency.name} has not finished its task yet.",
            task_id=task.pk,
            agency=task.agency.name,
        )
