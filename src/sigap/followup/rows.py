"""The shapes in which tasks leave the package: console rows and the API's answers."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from sigap.followup.models import Proof, ProofFlag, Task
from sigap.followup.transitions import TASK_MACHINE, TaskAction, TaskState


class TaskRow(BaseModel):
    """One row of the console's table "tasks"; no personal data. `agency_ids`: who may see it."""

    id: int
    agency_ids: list[int]
    agency_id: int
    agency_name: str
    incident_id: int
    incident_number: int
    category: str
    title: str
    place_text: str
    lat: float
    lon: float
    area_id: int | None
    priority: int
    state: TaskState
    forwarded_at: datetime
    due_at: datetime
    overdue: bool
    legal_basis: str
    reopened_count: int
    from_citizen: bool
    version: int


class ProofView(BaseModel):
    """A proof as staff see it. `distance_m`: from the incident to where the proof was taken."""

    id: int
    photo: UUID | None
    reason: str
    by: str
    at: datetime
    lat: float | None
    lon: float | None
    distance_m: float | None
    flags: list[ProofFlag]
    similar_to: UUID | None


class TaskStep(BaseModel):
    """One line of a task's history, from the event log."""

    seq: int
    kind: str
    at: datetime
    by: str
    note: str


class TaskReport(BaseModel):
    """The citizen's words behind a task: no name, no number."""

    report_id: int
    text: str
    photo: UUID | None
    received_at: datetime
    state: str


class TaskDetail(TaskRow):
    """Everything about one task. `actions`: what its state allows."""

    instructions: str
    limit_h: int
    accepted_at: datetime | None
    started_at: datetime | None
    resolved_at: datetime | None
    confirmed_at: datetime | None
    overdue_at: datetime | None
    return_reason: str
    actions: list[TaskAction]
    report: TaskReport | None
    proofs: list[ProofView]
    timeline: list[TaskStep]


def row_fields(task: Task) -> dict[str, object]:
    """The fields of `TaskRow`; `task` comes with its agency and its incident's category."""
    incident = task.incident
    return {
        "id": task.pk,
        "agency_ids": [task.agency_id],
        "agency_id": task.agency_id,
        "agency_name": task.agency.name,
        "incident_id": task.incident_id,
        "incident_number": incident.number,
        "category": incident.category.code,
        "title": incident.title,
        "place_text": incident.place_text,
        "lat": incident.lat,
        "lon": incident.lon,
        "area_id": incident.area_id,
        "priority": incident.priority,
        "state": task.state,
        "forwarded_at": task.forwarded_at,
        "due_at": task.due_at,
        "overdue": task.overdue_at is not None,
        "legal_basis": task.legal_basis,
        "reopened_count": task.reopened_count,
        "from_citizen": task.report_id is not None,
        "version": task.version,
    }


def task_row(task: Task) -> TaskRow:
    """`task` as a row."""
    return TaskRow.model_validate(row_fields(task))


def task_detail(task: Task, proofs: list[Proof], timeline: list[TaskStep]) -> TaskDetail:
    """`task` with its report, proofs and history."""
    return TaskDetail.model_validate(
        row_fields(task)
        | {
            "instructions": task.instructions,
            "limit_h": task.limit_h,
            "accepted_at": task.accepted_at,
            "started_at": task.started_at,
            "resolved_at": task.resolved_at,
            "confirmed_at": task.confirmed_at,
            "overdue_at": task.overdue_at,
            "return_reason": task.return_reason,
            "actions": TASK_MACHINE.actions_from(TaskState(task.state)),
            "report": _report(task),
            "proofs": [_proof(proof) for proof in proofs],
            "timeline": timeline,
        }
    )


def _report(task: Task) -> TaskReport | None:
    if task.report is None:
        return None
    return TaskReport(
        report_id=task.report.pk,
        text=task.report.signal.text,
        photo=task.report.photo.uuid if task.report.photo else None,
        received_at=task.report.signal.received_at,
        state=task.report.state,
    )


def _proof(proof: Proof) -> ProofView:
    return ProofView(
        id=proof.pk,
        photo=proof.photo.uuid if proof.photo else None,
        reason=proof.reason,
        by=proof.by_label,
        at=proof.at,
        lat=proof.lat,
        lon=proof.lon,
        distance_m=proof.distance_m,
        flags=[ProofFlag(flag) for flag in proof.flags],
        similar_to=proof.similar_to.uuid if proof.similar_to else None,
    )
