"""What must be finished before an incident may close: one page. Imported by `config.api`."""

from sigap.dispatch.guards import refuse_while_units_work
from sigap.followup.closing import require_no_live_task
from sigap.incidents.ending import closing_guards

closing_guards[:] = [refuse_while_units_work, require_no_live_task]
