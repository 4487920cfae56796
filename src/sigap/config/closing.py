"""What must be finished before an incident may close: one page."""

from sigap.dispatch.guards import refuse_while_units_work
from sigap.followup.closing import require_no_live_task
from sigap.incidents.ending import ClosingGuard, closing_guards

GUARDS: list[ClosingGuard] = [refuse_while_units_work, require_no_live_task]


def install_closing_guards() -> None:
    """Make `incidents` ask the guards; called once by `config.api`."""
    closing_guards[:] = GUARDS
