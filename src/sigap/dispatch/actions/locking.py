"""Rows locked in the one order: incident, unit, assignment. Used by every action of dispatch."""

from dataclasses import dataclass

from sigap.accounts.permissions import Permission, scope_of
from sigap.core.actor import Actor, ActorKind
from sigap.core.refusals import Conflict, NotFound, NotPermitted
from sigap.dispatch.models import Assignment, Unit
from sigap.dispatch.queries import units_in_scope
from sigap.incidents.models import Incident


@dataclass(slots=True)
class Engagement:
    """An incident, a unit and the assignment between them, all locked."""

    incident: Incident
    unit: Unit
    assignment: Assignment


def lock_unit(actor: Actor, unit_id: int, permission: Permission) -> Unit:
    """A unit in the actor's scope, locked. Raises NotFound."""
    units = units_in_scope(actor, permission).select_related("agency", "city")
    unit = units.select_for_update(of=("self",)).filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("unit")
    return unit


def lock_engagement(actor: Actor, assignment_id: int, version: int | None) -> Engagement:
    """An assignment whose unit is in the actor's scope, with its unit and incident, locked.

    Raises NotFound; Conflict("stale_version") if it changed since `version` (None: not compared).
    """
    keys = (
        Assignment.objects.filter(pk=assignment_id, city_id=actor.city)
        .values_list("incident_id", "unit_id")
        .first()
    )
    if keys is None:
        raise NotFound("assignment")
    incident = Incident.objects.select_for_update().get(pk=keys[0])
    unit = lock_unit(actor, keys[1], acting_permission(actor))
    assignment = Assignment.objects.select_for_update().get(pk=assignment_id)
    assignment.unit, assignment.incident = unit, incident
    if version is not None and assignment.version != version:
        raise Conflict(
            "stale_version",
            "Somebody else changed this assignment a moment ago. Look at it again.",
            current=assignment.version,
            state=assignment.state,
        )
    return Engagement(incident, unit, assignment)


def acting_permission(actor: Actor) -> Permission:
    """By which right `actor` acts on units: as dispatcher, else as the unit itself.

    Raises NotPermitted if by neither.
    """
    if actor.kind is ActorKind.SYSTEM:
        return Permission.DISPATCH_UNITS
    for permission in (Permission.DISPATCH_UNITS, Permission.RESPOND):
        if scope_of(actor, permission) is not None:
            return permission
    raise NotPermitted(Permission.DISPATCH_UNITS.value)


def is_dispatcher(actor: Actor) -> bool:
    """Whether `actor` acts for units rather than as one."""
    return acting_permission(actor) is Permission.DISPATCH_UNITS
