"""A unit's status set by a person: on duty, off duty, broken down, transporting."""

from sigap.core.actor import Actor
from sigap.core.refusals import Conflict
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.actions.locking import acting_permission, lock_unit
from sigap.dispatch.actions.status import apply_unit_action
from sigap.dispatch.models import Unit
from sigap.dispatch.transitions import UnitStatus, action_by_hand


def set_unit_status(
    actor: Actor, unit_id: int, status: UnitStatus, *, version: int | None = None
) -> Unit:
    """Set a status that does not follow from an assignment.

    Raises Conflict("stale_version"), Conflict("wrong_state") for the statuses that only a step of
    the assignment sets, or that the present one does not lead to.
    """
    with unit_of_work(actor) as work:
        unit = lock_unit(actor, unit_id, acting_permission(actor))
        if version is not None and unit.version != version:
            raise Conflict(
                "stale_version",
                "Somebody else changed this unit a moment ago. Look at it again.",
                current=unit.version,
                status=unit.status,
            )
        if unit.status == status.value:
            return unit
        action = action_by_hand(UnitStatus(unit.status), status)
        if action is None:
            raise Conflict(
                "wrong_state",
                f"{unit.call_sign} is {unit.status.replace('_', ' ')}; use the steps of its "
                "assignment.",
                state=unit.status,
                wanted=status.value,
            )
        apply_unit_action(work, unit, action)
        return unit
