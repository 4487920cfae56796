"""What dispatch demands before an incident closes. Listed in `config`."""

from sigap.core.refusals import Conflict
from sigap.dispatch.models import Assignment
from sigap.dispatch.queries import ACTIVE
from sigap.incidents.models import Incident


def refuse_while_units_work(incident: Incident) -> None:
    """Raises Conflict("units_active") naming the units that are still assigned."""
    working = Assignment.objects.filter(incident=incident, state__in=ACTIVE)
    call_signs = list(working.order_by("id").values_list("unit__call_sign", flat=True))
    if call_signs:
        raise Conflict(
            "units_active",
            f"Still at work: {', '.join(call_signs)}. Clear or cancel them first.",
            call_signs=call_signs,
        )
