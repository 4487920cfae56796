"""Taking hold of a task and stepping its machine, for the actions of this package.

Order of locks everywhere: signals → incident → task (reports follow their signal).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sigap.accounts.permissions import Permission
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, NotFound
from sigap.followup.models import Task
from sigap.followup.queries import visible_tasks
from sigap.followup.transitions import TASK_MACHINE, TaskAction, TaskState
from sigap.incidents.models import Incident
from sigap.intake.models import Signal


def lock_incident_of_task(city_id: int, incident_id: int) -> Incident:
    """The incident with its signals, locked in the order that all writers keep."""
    signals = Signal.objects.filter(city_id=city_id, incident_id=incident_id)
    list(signals.select_for_update().order_by("pk").values_list("pk", flat=True))
    incident = (
        Incident.objects.select_for_update(of=("self",))
        .select_related("category__agency", "city")
        .filter(city_id=city_id, pk=incident_id)
        .first()
    )
    if incident is None:
        raise NotFound("incident")
    return incident


def lock_task(actor: Actor, task_id: int, version: int, permission: Permission) -> Task:
    """A task within the actor's scope of `permission`, locked with its incident.

    Raises NotPermitted, NotFound, Conflict("stale_version").
    """
    scope = visible_tasks(actor, permission).filter(pk=task_id)
    incident_id = scope.values_list("incident_id", flat=True).first()
    if incident_id is None:
        raise NotFound("task")
    incident = lock_incident_of_task(_city(actor), incident_id)
    task = scope.select_for_update(of=("self",)).select_related("agency").first()
    if task is None:
        raise NotFound("task")
    task.incident = incident
    if task.version != version:
        raise Conflict(
            "stale_version",
            "Somebody else changed this task a moment ago. Look at it again.",
            current=task.version,
            state=task.state,
        )
    return task


def move_task(task: Task, action: TaskAction, given: Mapping[str, object] | None = None) -> None:
    """Take a step of the task's machine in memory; the caller saves."""
    step = TASK_MACHINE.step(TaskState(task.state), action, given)
    task.state = step.target.value
    task.version += 1


def restart_clock(task: Task, moment: datetime) -> None:
    """A fresh clock of the same length, counted from `moment`; the old one's delay is history."""
    task.due_at = moment + timedelta(hours=task.limit_h)
    task.overdue_at = None
    task.accepted_at = task.started_at = task.resolved_at = task.confirmed_at = None


def _city(actor: Actor) -> int:
    if actor.city_id is None:
        raise NotFound("task")
    return actor.city_id
