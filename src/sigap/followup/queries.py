"""Reading tasks: only through the actor's scope. Called by the API, the console and the actions."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from sigap.accounts.permissions import Permission, Scope, require
from sigap.core.actor import Actor
from sigap.core.models import EventRecord
from sigap.core.paging import PAGE_LIMIT, Page
from sigap.core.refusals import NotFound
from sigap.followup.models import Proof, Task
from sigap.followup.rows import TaskDetail, TaskRow, TaskStep, task_detail, task_row
from sigap.followup.transitions import LIVE, TaskState

# The words of an event's payload that say why, in the order in which they are looked for.
_NOTE_FIELDS = ("reason", "note")


def visible_tasks(actor: Actor, permission: Permission = Permission.VIEW_TASKS) -> QuerySet[Task]:
    """The tasks that `actor` may see (or, with another permission, work on)."""
    scope = require(actor, permission)
    if actor.city_id is None:
        return Task.objects.none()
    tasks = Task.objects.filter(city_id=actor.city_id)
    if scope is not Scope.AGENCY:
        return tasks
    return tasks.none() if actor.agency_id is None else tasks.filter(agency_id=actor.agency_id)


def console_rows(city_id: int, ids: Sequence[int] | None) -> list[TaskRow]:
    """Live tasks as console rows: all (`ids` None), or those of `ids` that are still live."""
    tasks = Task.objects.filter(city_id=city_id, state__in=[s.value for s in LIVE])
    if ids is not None:
        tasks = tasks.filter(pk__in=list(ids))
    return [task_row(task) for task in _with_relations(tasks).order_by("due_at", "id")]


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What a list of tasks is narrowed to; `before` is the id that the page ends before."""

    state: TaskState | None = None
    overdue: bool | None = None
    live: bool | None = None
    agency_id: int | None = None
    area_id: int | None = None
    incident_id: int | None = None
    before: int | None = None
    limit: int = 50


def list_tasks(actor: Actor, wanted: TaskFilter) -> Page[TaskRow]:
    """One page of the actor's tasks, newest first."""
    limit = min(wanted.limit, PAGE_LIMIT)
    found = list(_narrowed(visible_tasks(actor), wanted).order_by("-id")[: limit + 1])
    rows = [task_row(task) for task in found[:limit]]
    return Page[TaskRow](items=rows, next_before=rows[-1].id if len(found) > limit else None)


def _narrowed(tasks: QuerySet[Task], wanted: TaskFilter) -> QuerySet[Task]:
    tasks = _with_relations(tasks)
    exact = {
        "state": wanted.state.value if wanted.state else None,
        "agency_id": wanted.agency_id,
        "incident__area_id": wanted.area_id,
        "incident_id": wanted.incident_id,
        "pk__lt": wanted.before,
    }
    tasks = tasks.filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.overdue is not None:
        tasks = tasks.filter(overdue_at__isnull=not wanted.overdue)
    if wanted.live:
        tasks = tasks.filter(state__in=[state.value for state in LIVE])
    return tasks


def _with_relations(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.select_related("agency", "incident__category")


def detail_of(actor: Actor, task_id: int) -> TaskDetail:
    """One task with report, proofs and history. Raises NotFound outside the actor's scope."""
    task = (
        _with_relations(visible_tasks(actor))
        .select_related("report__signal", "report__photo")
        .filter(pk=task_id)
        .first()
    )
    if task is None:
        raise NotFound("task")
    proofs = Proof.objects.filter(task=task).select_related("photo", "similar_to").order_by("id")
    return task_detail(task, list(proofs), timeline_of(task))


def timeline_of(task: Task) -> list[TaskStep]:
    """The task's history from the event log, oldest first."""
    records = EventRecord.objects.filter(
        city_id=task.city_id, incident_id=task.incident_id, table="tasks", row_id=task.pk
    ).order_by("seq")
    return [
        TaskStep(
            seq=record.seq,
            kind=record.kind,
            at=record.occurred_at,
            by=record.actor_label,
            note=_note(record.payload),
        )
        for record in records
    ]


def _note(payload: dict[str, object]) -> str:
    return next((str(payload[name]) for name in _NOTE_FIELDS if payload.get(name)), "")


def tasks_of_incident(city_id: int, incident_id: int) -> list[Task]:
    """All tasks of an incident, newest first, each with its agency."""
    tasks = Task.objects.filter(city_id=city_id, incident_id=incident_id)
    return list(tasks.select_related("agency").order_by("-id"))
