"""The writers of dispatch: assigning, steps, undo, unit status, positions, the panic button."""

from sigap.dispatch.actions.assigning import NewAssignment, assign_unit
from sigap.dispatch.actions.deadlines import mark_unanswered, sweep_unanswered
from sigap.dispatch.actions.field import raise_panic
from sigap.dispatch.actions.positions import Fix, FixOutcome, record_positions
from sigap.dispatch.actions.stepping import (
    Step,
    accept,
    arrive,
    cancel,
    clear,
    decline,
    depart,
    take_step,
)
from sigap.dispatch.actions.undoing import undo_step
from sigap.dispatch.actions.units import set_unit_status

__all__ = [
    "Fix",
    "FixOutcome",
    "NewAssignment",
    "Step",
    "accept",
    "arrive",
    "assign_unit",
    "cancel",
    "clear",
    "decline",
    "depart",
    "mark_unanswered",
    "raise_panic",
    "record_positions",
    "set_unit_status",
    "sweep_unanswered",
    "take_step",
    "undo_step",
]
