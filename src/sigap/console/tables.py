"""The console's live tables: which rows, who may see them. Shared by snapshot and stream."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from sigap.accounts.permissions import Permission, Scope, scope_of
from sigap.cctv.queries import console_rows as camera_rows
from sigap.core.actor import Actor
from sigap.dispatch.queries import assignment_console_rows as assignment_rows
from sigap.dispatch.queries import console_rows as unit_rows
from sigap.followup.queries import console_rows as task_rows
from sigap.incidents.queries import console_rows as incident_rows
from sigap.intake.queries import console_rows as signal_rows

Rows = Callable[[int, Sequence[int] | None], Sequence[BaseModel]]


@dataclass(frozen=True, slots=True)
class LiveTable:
    """`rows(city, ids)` gives the live rows (of `ids`, or all); each row has an `id`."""

    name: str
    permission: Permission
    rows: Rows

    def shows(self, actor: Actor, row: BaseModel) -> bool:
        """Whether `actor` may see `row`."""
        match scope_of(actor, self.permission):
            case Scope.CITY:
                return True
            case Scope.AGENCY:
                return actor.agency_id in getattr(row, "agency_ids", ())
            case _:
                return False


TABLES: dict[str, LiveTable] = {
    table.name: table
    for table in (
        LiveTable("signals", Permission.VIEW_SIGNALS, signal_rows),
        LiveTable("incidents", Permission.VIEW_INCIDENTS, incident_rows),
        LiveTable("units", Permission.VIEW_UNITS, unit_rows),
        LiveTable("assignments", Permission.VIEW_UNITS, assignment_rows),
        LiveTable("tasks", Permission.VIEW_TASKS, task_rows),
        LiveTable("cameras", Permission.VIEW_CAMERAS, camera_rows),
    )
}


def row_id(row: BaseModel) -> int:
    """The key of a row."""
    return int(row.id)  # type: ignore[attr-defined]
