"""One change of a unit's status. Used by assigning, stepping, undoing and by hand."""

from sigap.core import clock
from sigap.core.unit_of_work import Work
from sigap.dispatch.events import UnitStatusChanged
from sigap.dispatch.models import Unit
from sigap.dispatch.transitions import UNIT_MACHINE, UnitAction, UnitStatus


def apply_unit_action(work: Work, unit: Unit, action: UnitAction) -> None:
    """Take a step of the unit's machine and save. Raises Conflict("wrong_state")."""
    step = UNIT_MACHINE.step(UnitStatus(unit.status), action)
    put_status(work, unit, step.target)


def put_status(work: Work, unit: Unit, status: UnitStatus) -> None:
    """Save `status` and record it, also where nothing but the unit's assignment changed: its row
    shows the assignment."""
    before = UnitStatus(unit.status)
    if before != status:
        unit.status = status.value
        unit.status_at = clock.now()
    unit.version += 1
    unit.save(update_fields=["status", "status_at", "version"])
    work.record(
        UnitStatusChanged(unit_id=unit.pk, agency_id=unit.agency_id, before=before, after=status)
    )
