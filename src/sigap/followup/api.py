"""Routes of agency tasks: list, detail, the agency's steps, the supervisor's decisions."""

from typing import Annotated

from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field, StringConstraints

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.core.geometry import LatLon
from sigap.core.paging import PAGE_LIMIT, Page
from sigap.core.photos import MAX_BYTES
from sigap.core.refusals import Invalid, TooLarge
from sigap.followup.actions import (
    GivenProof,
    accept_task,
    resolve_task,
    return_task,
    send_back_task,
    start_task,
)
from sigap.followup.forwarding import Forwarding, forward_task, reassign_task
from sigap.followup.queries import TaskFilter, detail_of, list_tasks
from sigap.followup.rows import TaskDetail, TaskRow
from sigap.followup.transitions import TaskState

router = Router(tags=["follow-up"])

# PostgreSQL keeps no NUL, and other control characters serve nobody.
PLAIN_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text500 = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN_TEXT)]
Text2000 = Annotated[str, StringConstraints(max_length=2000, pattern=PLAIN_TEXT)]
MAX_ID = 2**63 - 1
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class ForwardIn(BaseModel):
    """To whom; without an agency, to the one that answers for the incident's category."""

    agency_id: Id | None = None
    note: Text2000 = ""


class StepIn(BaseModel):
    """The version of the task that the person saw."""

    version: Version


class ReasonIn(StepIn):
    """A step that needs a reason."""

    reason: Text500


class ReassignIn(StepIn):
    """The agency that gets the task."""

    agency_id: Id
    note: Text2000 = ""


class ResolveIn(StepIn):
    """The proof beside the photo: a written reason, and where it was taken."""

    reason: Text2000 = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None


class TasksQuery(BaseModel):
    """Narrows the list of tasks."""

    state: TaskState | None = None
    overdue: bool | None = None
    live: bool | None = None
    agency_id: Id | None = None
    area_id: Id | None = None
    incident_id: Id | None = None
    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = 50


@operation(router, "GET", "/tasks", permission=Permission.VIEW_TASKS, response=Page[TaskRow])
def tasks(request: ActorRequest, query: Query[TasksQuery]) -> Page[TaskRow]:
    """Tasks of the actor's agency (or city), newest first."""
    return list_tasks(request.actor, TaskFilter(**query.model_dump()))


@operation(
    router, "GET", "/tasks/{int:task_id}", permission=Permission.VIEW_TASKS, response=TaskDetail
)
def task(request: ActorRequest, task_id: int) -> TaskDetail:
    """One task with report, proofs and history."""
    return detail_of(request.actor, task_id)


@operation(
    router,
    "POST",
    "/incidents/{int:incident_id}/tasks",
    permission=Permission.MANAGE_INCIDENTS,
    response=TaskDetail,
)
def forward_incident(request: ActorRequest, incident_id: int, body: ForwardIn) -> TaskDetail:
    """Forward an incident to an agency."""
    made = forward_task(request.actor, incident_id, Forwarding(body.agency_id, body.note))
    return detail_of(request.actor, made.pk)


@operation(
    router,
    "POST",
    "/tasks/{int:task_id}/accept",
    permission=Permission.WORK_TASKS,
    response=TaskDetail,
)
def accept(request: ActorRequest, task_id: int, body: StepIn) -> TaskDetail:
    """Take a task on."""
    accept_task(request.actor, task_id, body.version)
    return detail_of(request.actor, task_id)


@operation(
    router,
    "POST",
    "/tasks/{int:task_id}/start",
    permission=Permission.WORK_TASKS,
    response=TaskDetail,
)
def start(request: ActorRequest, task_id: int, body: StepIn) -> TaskDetail:
    """Begin the work."""
    start_task(request.actor, task_id, body.version)
    return detail_of(request.actor, task_id)


@operation(
    router,
    "POST",
    "/tasks/{int:task_id}/resolve",
    permission=Permission.WORK_TASKS,
    response=TaskDetail,
)
def resolve(
    request: ActorRequest,
    task_id: int,
    form: Form[ResolveIn],
    photo: Annotated[UploadedFile | None, File()] = None,
) -> TaskDetail:
    """Say that it is done, with a photo or a written reason."""
    given = GivenProof(photo=photo_bytes(photo), reason=form.reason, taken=_place(form))
    resolve_task(request.actor, task_id, form.version, given)
    return detail_of(request.actor, task_id)


@operation(
    router,
    "POST",
    "/tasks/{int:task_id}/return",
    permission=Permission.WORK_TASKS,
    response=TaskDetail,
)
def return_to_supervisor(request: ActorRequest, task_id: int, body: ReasonIn) -> TaskDetail:
    """Say that it is not ours."""
    return_task(request.actor, task_id, body.version, reason=body.reason)
    return detail_of(request.actor, task_id)


@operation(
    router,
    "POST",
    "/tasks/{int:task_id}/reassign",
    permission=Permission.MANAGE_INCIDENTS,
    response=TaskDetail,
)
def reassign(request: ActorRequest, task_id: int, body: ReassignIn) -> TaskDetail:
    """Give a task to another agency."""
    wanted = Forwarding(body.agency_id, body.note)
    reassign_task(request.actor, task_id, body.version, wanted)
    return detail_of(request.actor, task_id)


@operation(
    router,
    "POST",
    "/tasks/{int:task_id}/send-back",
    permission=Permission.MANAGE_INCIDENTS,
    response=TaskDetail,
)
def send_back(request: ActorRequest, task_id: int, body: ReasonIn) -> TaskDetail:
    """Refuse a proof: the task is reopened."""
    send_back_task(request.actor, task_id, body.version, reason=body.reason)
    return detail_of(request.actor, task_id)


def photo_bytes(photo: UploadedFile | None) -> bytes | None:
    """The photo's bytes; an empty file field counts as none. Raises TooLarge before reading."""
    if photo is None or not photo.size:
        return None
    if photo.size > MAX_BYTES:
        raise TooLarge("photo_too_large", "The photo is larger than 15 MB.", limit_bytes=MAX_BYTES)
    return bytes(photo.read())


def _place(form: ResolveIn) -> LatLon | None:
    if form.lat is None and form.lon is None:
        return None
    if form.lat is None or form.lon is None:
        raise Invalid("half_a_place", "Give both lat and lon, or neither.", fields=["lat", "lon"])
    return LatLon(form.lat, form.lon)
