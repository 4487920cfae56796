"""The page of permissions: who may do what, and how far. Nothing else decides this.

A role holds permissions; each with the scope in which it counts. A route declares the permission
it needs; queries narrow rows to the scope.
"""

from enum import StrEnum

from sigap.core.actor import Actor
from sigap.core.refusals import NotPermitted


class Role(StrEnum):
    CALL_TAKER = "call_taker"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AGENCY_DISPATCHER = "agency_dispatcher"
    FIELD_OFFICER = "field_officer"
    AGENCY_HEAD = "agency_head"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"
    NATIONAL_SUPERVISOR = "national_supervisor"


class Scope(StrEnum):
    """How far a permission reaches."""

    CITY = "city"
    AGENCY = "agency"
    OWN = "own"
    NATION = "nation"


class Permission(StrEnum):
    VIEW_CONSOLE = "console.view"
    VIEW_SIGNALS = "signals.view"
    TRIAGE_SIGNALS = "signals.triage"
    RAISE_PANIC = "signals.panic"
    TAKE_CALLS = "calls.take"
    VIEW_PERSONAL = "personal.view"
    VIEW_INCIDENTS = "incidents.view"
    MANAGE_INCIDENTS = "incidents.manage"
    NOTE_INCIDENTS = "incidents.note"
    VIEW_UNITS = "units.view"
    DISPATCH_UNITS = "units.dispatch"
    RESPOND = "units.respond"
    VIEW_TASKS = "tasks.view"
    WORK_TASKS = "tasks.work"
    VIEW_CAMERAS = "cameras.view"
    VIEW_VIDEO = "video.view"
    PLAYBACK_VIDEO = "video.playback"
    MANAGE_CAMERAS = "cameras.manage"
    VIEW_UNMASKED = "video.unmasked"
    CONTROL_PTZ = "video.ptz"
    HOLD_VIDEO = "video.hold"
    EXPORT_EVIDENCE = "evidence.export"
    JUDGE_ALARMS = "alarms.judge"
    VIEW_AREAS = "areas.view"
    VIEW_EVALUATION = "evaluation.view"
    EXPORT_EVALUATION = "evaluation.export"
    VIEW_AUDIT = "audit.view"
    MANAGE_CITY = "city.manage"
    VIEW_NATION = "nation.view"


P, R, S = Permission, Role, Scope

_EVERY_CITY_ROLE = {P.VIEW_AREAS: S.CITY}

ROLE_PERMISSIONS: dict[Role, dict[Permission, Scope]] = {
    R.CALL_TAKER: _EVERY_CITY_ROLE
    | {
        P.VIEW_CONSOLE: S.CITY,
        P.VIEW_SIGNALS: S.CITY,
        P.TAKE_CALLS: S.CITY,
        P.VIEW_PERSONAL: S.CITY,
        P.VIEW_INCIDENTS: S.CITY,
        P.NOTE_INCIDENTS: S.CITY,
        P.VIEW_UNITS: S.CITY,
        P.VIEW_CAMERAS: S.CITY,
    },
    R.OPERATOR: _EVERY_CITY_ROLE
    | {
        P.VIEW_CONSOLE: S.CITY,
        P.VIEW_SIGNALS: S.CITY,
        P.TRIAGE_SIGNALS: S.CITY,
        P.RAISE_PANIC: S.CITY,
        P.TAKE_CALLS: S.CITY,
        P.VIEW_PERSONAL: S.CITY,
        P.VIEW_INCIDENTS: S.CITY,
        P.MANAGE_INCIDENTS: S.CITY,
        P.NOTE_INCIDENTS: S.CITY,
        P.VIEW_UNITS: S.CITY,
        P.DISPATCH_UNITS: S.CITY,
        P.VIEW_TASKS: S.CITY,
        P.VIEW_CAMERAS: S.CITY,
        P.VIEW_VIDEO: S.CITY,
        P.PLAYBACK_VIDEO: S.CITY,
        P.CONTROL_PTZ: S.CITY,
        P.JUDGE_ALARMS: S.CITY,
    },
    R.SUPERVISOR: _EVERY_CITY_ROLE
    | {
        P.VIEW_CONSOLE: S.CITY,
        P.VIEW_SIGNALS: S.CITY,
        P.TRIAGE_SIGNALS: S.CITY,
        P.RAISE_PANIC: S.CITY,
        P.TAKE_CALLS: S.CITY,
        P.VIEW_PERSONAL: S.CITY,
        P.VIEW_INCIDENTS: S.CITY,
        P.MANAGE_INCIDENTS: S.CITY,
        P.NOTE_INCIDENTS: S.CITY,
        P.VIEW_UNITS: S.CITY,
        P.DISPATCH_UNITS: S.CITY,
        P.VIEW_TASKS: S.CITY,
        P.WORK_TASKS: S.CITY,
        P.VIEW_CAMERAS: S.CITY,
        P.VIEW_VIDEO: S.CITY,
        P.PLAYBACK_VIDEO: S.CITY,
        P.VIEW_UNMASKED: S.CITY,
        P.CONTROL_PTZ: S.CITY,
        P.HOLD_VIDEO: S.CITY,
        P.EXPORT_EVIDENCE: S.CITY,
        P.JUDGE_ALARMS: S.CITY,
        P.MANAGE_CAMERAS: S.CITY,
        P.VIEW_EVALUATION: S.CITY,
        P.EXPORT_EVALUATION: S.CITY,
        P.VIEW_AUDIT: S.CITY,
    },
    R.AGENCY_DISPATCHER: _EVERY_CITY_ROLE
    | {
        P.VIEW_CONSOLE: S.AGENCY,
        P.VIEW_INCIDENTS: S.AGENCY,
        P.NOTE_INCIDENTS: S.AGENCY,
        P.VIEW_UNITS: S.AGENCY,
        P.DISPATCH_UNITS: S.AGENCY,
        P.VIEW_TASKS: S.AGENCY,
        P.WORK_TASKS: S.AGENCY,
        P.VIEW_CAMERAS: S.CITY,
        P.VIEW_VIDEO: S.CITY,
    },
    R.FIELD_OFFICER: _EVERY_CITY_ROLE
    | {
        P.RESPOND: S.OWN,
        P.RAISE_PANIC: S.OWN,
        P.VIEW_INCIDENTS: S.OWN,
        P.NOTE_INCIDENTS: S.OWN,
    },
    R.AGENCY_HEAD: _EVERY_CITY_ROLE
    | {
        P.VIEW_CONSOLE: S.AGENCY,
        P.VIEW_INCIDENTS: S.AGENCY,
        P.VIEW_UNITS: S.AGENCY,
        P.VIEW_TASKS: S.AGENCY,
        P.WORK_TASKS: S.AGENCY,
        P.VIEW_EVALUATION: S.CITY,
        P.EXPORT_EVALUATION: S.CITY,
    },
    R.PLANNER: _EVERY_CITY_ROLE
    | {
        P.VIEW_EVALUATION: S.CITY,
        P.EXPORT_EVALUATION: S.CITY,
    },
    R.ADMINISTRATOR: _EVERY_CITY_ROLE
    | {
        P.VIEW_CONSOLE: S.CITY,
        P.VIEW_SIGNALS: S.CITY,
        P.VIEW_INCIDENTS: S.CITY,
        P.VIEW_UNITS: S.CITY,
        P.VIEW_TASKS: S.CITY,
        P.VIEW_CAMERAS: S.CITY,
        P.VIEW_VIDEO: S.CITY,
        P.MANAGE_CAMERAS: S.CITY,
        P.VIEW_EVALUATION: S.CITY,
        P.EXPORT_EVALUATION: S.CITY,
        P.VIEW_AUDIT: S.CITY,
        P.MANAGE_CITY: S.CITY,
    },
    R.NATIONAL_SUPERVISOR: {P.VIEW_NATION: S.NATION},
}


def scope_of(actor: Actor, permission: Permission) -> Scope | None:
    """How far `actor` holds `permission`; None if not at all."""
    if not actor.role:
        return None
    return ROLE_PERMISSIONS[Role(actor.role)].get(permission)


def require(actor: Actor, permission: Permission) -> Scope:
    """The scope in which `actor` holds `permission`. Raises NotPermitted."""
    scope = scope_of(actor, permission)
    if scope is None:
        raise NotPermitted(permission.value)
    return scope
