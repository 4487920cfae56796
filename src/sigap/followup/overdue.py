"""The clock's sweep: marks each task once when its limit passes. Called by the periodic job."""

from sigap.city.models import City
from sigap.core import clock
from sigap.core.actor import system_actor
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.events import TaskOverdue
from sigap.followup.models import Task
from sigap.followup.transitions import RUNNING

BATCH = 200


def sweep_every_city() -> int:
    """Mark what is newly overdue in all cities; returns how many tasks."""
    return sum(mark_overdue(city_id) for city_id in City.objects.values_list("pk", flat=True))


def mark_overdue(city_id: int) -> int:
    """Mark the newly overdue tasks of one city, in batches; returns how many."""
    marked = 0
    while (count := _mark_batch(city_id)) > 0:
        marked += count
    return marked


def _mark_batch(city_id: int) -> int:
    with unit_of_work(system_actor("clock", city_id=city_id)) as work:
        moment = clock.now()
        # Rows that somebody is changing just now are skipped; the next sweep sees them.
        late = list(
            Task.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("incident")
            .filter(
                city_id=city_id,
                state__in=[state.value for state in RUNNING],
                overdue_at__isnull=True,
                due_at__lt=moment,
            )
            .order_by("due_at")[:BATCH]
        )
        for task in late:
            task.overdue_at = moment
            task.version += 1
            task.save(update_fields=["overdue_at", "version"])
            work.record(
                TaskOverdue(
                    task_id=task.pk,
                    agency_id=task.agency_id,
                    incident_id=task.incident_id,
                    due_at=task.due_at,
                    area_id=task.incident.area_id,
                )
            )
        return len(late)
