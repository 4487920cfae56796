"""What can happen to units and assignments.

`at` is the moment that counts for response times; `observed_at` what the device's clock said.
"""

from datetime import datetime
from typing import ClassVar

from sigap.core.events import Event, register
from sigap.dispatch.transitions import UnitStatus


class UnitEvent(Event):
    """Base: something about a unit; names the console's row."""

    table: ClassVar[str | None] = "units"

    unit_id: int
    agency_id: int

    @property
    def row_id(self) -> int | None:
        return self.unit_id


class UnitAdded(UnitEvent):
    """A unit joined the city."""

    kind: ClassVar[str] = "unit.added"

    call_sign: str


class UnitEdited(UnitEvent):
    """An administrator changed a unit's call sign, home or capabilities."""

    kind: ClassVar[str] = "unit.edited"


class UnitStatusChanged(UnitEvent):
    """A unit's status changed, by hand or with its assignment."""

    kind: ClassVar[str] = "unit.status_changed"

    before: UnitStatus
    after: UnitStatus


class AssignmentEvent(Event):
    """Base: something about an assignment; names the console's row."""

    table: ClassVar[str | None] = "assignments"

    assignment_id: int
    unit_id: int
    agency_id: int
    call_sign: str
    at: datetime

    @property
    def row_id(self) -> int | None:
        return self.assignment_id


class UnitAssigned(AssignmentEvent):
    """A unit was sent to an incident."""

    kind: ClassVar[str] = "assignment.created"

    eta_s: int | None
    distance_m: int | None
    basis: str
    accept_due_at: datetime


class AssignmentStepTaken(AssignmentEvent):
    """Base of the steps. `on_behalf`: a dispatcher did it for the unit."""

    observed_at: datetime | None = None
    on_behalf: bool = False
    note: str = ""


class AssignmentAccepted(AssignmentStepTaken):
    """The unit accepted."""

    kind: ClassVar[str] = "assignment.accepted"


class AssignmentDeparted(AssignmentStepTaken):
    """The unit is on its way."""

    kind: ClassVar[str] = "assignment.departed"


class AssignmentArrived(AssignmentStepTaken):
    """The unit is there."""

    kind: ClassVar[str] = "assignment.arrived"


class AssignmentCleared(AssignmentStepTaken):
    """The unit has done its work."""

    kind: ClassVar[str] = "assignment.cleared"


class AssignmentDeclined(AssignmentStepTaken):
    """The unit cannot go; `note` says why."""

    kind: ClassVar[str] = "assignment.declined"


class AssignmentCancelled(AssignmentStepTaken):
    """The dispatcher took the unit off; `note` says why."""

    kind: ClassVar[str] = "assignment.cancelled"


class AssignmentUndone(AssignmentEvent):
    """The last step was taken back within seconds: it does not count."""

    kind: ClassVar[str] = "assignment.undone"

    undone: str


class AssignmentUnanswered(AssignmentEvent):
    """The unit did not accept in time: an alert for the dispatcher."""

    kind: ClassVar[str] = "assignment.unanswered"

    limit_s: int


register(
    UnitAdded,
    UnitEdited,
    UnitStatusChanged,
    UnitAssigned,
    AssignmentAccepted,
    AssignmentDeparted,
    AssignmentArrived,
    AssignmentCleared,
    AssignmentDeclined,
    AssignmentCancelled,
    AssignmentUndone,
    AssignmentUnanswered,
)
