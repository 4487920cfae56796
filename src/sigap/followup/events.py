"""What can happen to an agency task. All change a row of the console's table "tasks"."""

from datetime import datetime
from typing import ClassVar

from sigap.accounts.permissions import Role
from sigap.core.events import Event, register
from sigap.followup.models import ProofFlag


class TaskEvent(Event):
    """An event of one task."""

    kind: ClassVar[str] = "task"
    table: ClassVar[str | None] = "tasks"

    task_id: int
    agency_id: int

    @property
    def row_id(self) -> int | None:
        """The task."""
        return self.task_id


class TaskForwarded(TaskEvent):
    """An agency was given a task."""

    kind: ClassVar[str] = "task.forwarded"

    due_at: datetime
    limit_h: int
    legal_basis: str
    area_id: int | None
    note: str = ""


class TaskAccepted(TaskEvent):
    """The agency took the task on."""

    kind: ClassVar[str] = "task.accepted"


class TaskStarted(TaskEvent):
    """The agency began the work."""

    kind: ClassVar[str] = "task.started"


class TaskResolved(TaskEvent):
    """The agency says it is done, with proof. `on_time`: before the limit of the running clock."""

    kind: ClassVar[str] = "task.resolved"

    proof_id: int
    flags: tuple[ProofFlag, ...]
    on_time: bool
    area_id: int | None
    note: str = ""


class TaskReturned(TaskEvent):
    """The agency says the task is not its own; the supervisor decides."""

    kind: ClassVar[str] = "task.returned"

    reason: str
    told: tuple[Role, ...] = (Role.SUPERVISOR,)


class TaskReassigned(TaskEvent):
    """The task went to another agency, with a fresh clock."""

    kind: ClassVar[str] = "task.reassigned"

    from_agency_id: int
    due_at: datetime
    note: str = ""


class TaskConfirmed(TaskEvent):
    """The reporter says it is fixed."""

    kind: ClassVar[str] = "task.confirmed"


class TaskReopened(TaskEvent):
    """The reporter or the supervisor says it is not fixed: a fresh clock, and two are told."""

    kind: ClassVar[str] = "task.reopened"

    reason: str
    reopened_count: int
    due_at: datetime
    told: tuple[Role, ...] = (Role.AGENCY_DISPATCHER, Role.AGENCY_HEAD, Role.SUPERVISOR)


class TaskOverdue(TaskEvent):
    """The limit passed while the task was with the agency. Recorded once a clock."""

    kind: ClassVar[str] = "task.overdue"

    due_at: datetime
    area_id: int | None
    told: tuple[Role, ...] = (Role.AGENCY_HEAD, Role.SUPERVISOR)


register(
    TaskForwarded,
    TaskAccepted,
    TaskStarted,
    TaskResolved,
    TaskReturned,
    TaskReassigned,
    TaskConfirmed,
    TaskReopened,
    TaskOverdue,
)
