"""Routes of the dispatcher: units, ranking, assignments and their steps."""

from ninja import Router, Status

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict
from sigap.dispatch.actions import (
    NewAssignment,
    Step,
    assign_unit,
    set_unit_status,
    take_step,
    undo_step,
)
from sigap.dispatch.models import Assignment
from sigap.dispatch.queries import (
    AssignmentRow,
    UnitRow,
    assignment_row,
    assignments_of_incident,
    unit_for,
    unit_row,
    units_in_scope,
    units_with_work,
)
from sigap.dispatch.ranking import rank_units, route_to
from sigap.dispatch.schemas import (
    AssignIn,
    AssignmentOut,
    ClearIn,
    LineOut,
    RankedUnitOut,
    ReasonIn,
    StatusIn,
    StepIn,
    assignment_out,
    line_out,
    ranked_out,
)
from sigap.dispatch.transitions import AssignmentAction
from sigap.incidents.queries import incident_for

router = Router(tags=["dispatch"])


@operation(router, "GET", "/units", permission=Permission.VIEW_UNITS, response=list[UnitRow])
def list_units(request: ActorRequest) -> list[UnitRow]:
    """All units in scope, by call sign."""
    units = units_in_scope(request.actor, Permission.VIEW_UNITS)
    return [unit_row(unit) for unit in units_with_work(units)]


@operation(
    router,
    "PATCH",
    "/units/{int:unit_id}/status",
    permission=Permission.DISPATCH_UNITS,
    response=UnitRow,
)
def patch_unit_status(request: ActorRequest, unit_id: int, body: StatusIn) -> UnitRow:
    """Set a unit's status for it."""
    set_unit_status(request.actor, unit_id, body.status, version=body.version)
    units = units_in_scope(request.actor, Permission.DISPATCH_UNITS)
    return unit_row(units_with_work(units.filter(pk=unit_id))[0])


@operation(
    router,
    "GET",
    "/units/{int:unit_id}/route",
    permission=Permission.VIEW_UNITS,
    response=LineOut,
)
def unit_route(request: ActorRequest, unit_id: int, incident: int) -> LineOut:
    """The way of a unit to an incident, to draw on the map."""
    unit = unit_for(request.actor, unit_id, Permission.VIEW_UNITS)
    route = route_to(unit, incident_for(request.actor, incident))
    if route is None:
        raise Conflict("unreachable", f"No road leads {unit.call_sign} there.", unit_id=unit_id)
    return line_out(route)


@operation(
    router,
    "GET",
    "/incidents/{int:incident_id}/units",
    permission=Permission.VIEW_UNITS,
    response=list[RankedUnitOut],
)
def ranked_units(request: ActorRequest, incident_id: int) -> list[RankedUnitOut]:
    """All units in scope ranked for an incident, each with ETA and reasons."""
    incident = incident_for(request.actor, incident_id)
    return ranked_out(rank_units(request.actor, incident))


@operation(
    router,
    "GET",
    "/incidents/{int:incident_id}/assignments",
    permission=Permission.VIEW_INCIDENTS,
    response=list[AssignmentOut],
)
def incident_assignments(request: ActorRequest, incident_id: int) -> list[AssignmentOut]:
    """All assignments of an incident, ended ones too."""
    incident = incident_for(request.actor, incident_id)
    return [assignment_out(row) for row in assignments_of_incident(request.actor, incident.pk)]


@operation(
    router,
    "POST",
    "/incidents/{int:incident_id}/assignments",
    permission=Permission.DISPATCH_UNITS,
    response={201: AssignmentOut},
)
def create_assignment(
    request: ActorRequest, incident_id: int, body: AssignIn
) -> Status[AssignmentOut]:
    """Send a unit."""
    new = NewAssignment(incident_id, body.unit_id, body.dangers)
    return Status(201, _out(assign_unit(request.actor, new)))


@operation(
    router,
    "POST",
    "/assignments/{int:assignment_id}/accept",
    permission=Permission.DISPATCH_UNITS,
    response=AssignmentOut,
)
def accept_assignment(request: ActorRequest, assignment_id: int, body: StepIn) -> AssignmentOut:
    """Accept for the unit."""
    return _step(request.actor, assignment_id, Step(AssignmentAction.ACCEPT, body.version))


@operation(
    router,
    "POST",
    "/assignments/{int:assignment_id}/decline",
    permission=Permission.DISPATCH_UNITS,
    response=AssignmentOut,
)
def decline_assignment(request: ActorRequest, assignment_id: int, body: ReasonIn) -> AssignmentOut:
    """Decline for the unit, with its reason."""
    step = Step(AssignmentAction.DECLINE, body.version, body.reason)
    return _step(request.actor, assignment_id, step)


@operation(
    router,
    "POST",
    "/assignments/{int:assignment_id}/depart",
    permission=Permission.DISPATCH_UNITS,
    response=AssignmentOut,
)
def depart_assignment(request: ActorRequest, assignment_id: int, body: StepIn) -> AssignmentOut:
    """The unit is on its way."""
    return _step(request.actor, assignment_id, Step(AssignmentAction.DEPART, body.version))


@operation(
    router,
    "POST",
    "/assignments/{int:assignment_id}/arrive",
    permission=Permission.DISPATCH_UNITS,
    response=AssignmentOut,
)
def arrive_assignment(request: ActorRequest, assignment_id: int, body: StepIn) -> AssignmentOut:
    """The unit is there."""
    return _step(request.actor, assignment_id, Step(AssignmentAction.ARRIVE, body.version))


@operation(
    router,
    "POST",
    "/assignments/{int:assignment_id}/clear",
    permission=Permission.DISPATCH_UNITS,
    response=AssignmentOut,
)
def clear_assignment(request: ActorRequest, assignment_id: int, body: ClearIn) -> AssignmentOut:
    """The unit has done its work."""
    step = Step(AssignmentAction.CLEAR, body.version, body.note)
    return _step(request.actor, assignment_id, step)


@operation(
    router,
    "POST",
    "/assignments/{int:assignment_id}/cancel",
    permission=Permission.DISPATCH_UNITS,
    response=AssignmentOut,
)
def cancel_assignment(request: ActorRequest, assignment_id: int, body: ReasonIn) -> AssignmentOut:
    """Take the unit off, with a reason."""
    step = Step(AssignmentAction.CANCEL, body.version, body.reason)
    return _step(request.actor, assignment_id, step)


@operation(
    router,
    "POST",
    "/assignments/{int:assignment_id}/undo",
    permission=Permission.DISPATCH_UNITS,
    response=AssignmentOut,
)
def undo_assignment(request: ActorRequest, assignment_id: int, body: StepIn) -> AssignmentOut:
    """Take back the last step within 5 s."""
    del body
    return _out(undo_step(request.actor, assignment_id))


def _step(actor: Actor, assignment_id: int, step: Step) -> AssignmentOut:
    return _out(take_step(actor, assignment_id, step))


def _out(assignment: Assignment) -> AssignmentOut:
    joined = Assignment.objects.select_related("unit__agency", "incident").get(pk=assignment.pk)
    row: AssignmentRow = assignment_row(joined)
    return assignment_out(row)
