"""Routes for staff: legal holds, and how long recordings are kept."""

from typing import Annotated

from ninja import Path, Query, Router, Status
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.cctv.holds import HoldForm, HoldRow, hold_row, list_holds, place_hold, release_hold
from sigap.cctv.inputs import Moment, RowId, Version
from sigap.cctv.keeping_outlook import Consequence, Keeping, consequence_of, keeping_of
from sigap.cctv.models import CameraPurpose
from sigap.cctv.retention import Policy, PolicyForm, policies_of, set_policy

router = Router(tags=["keeping"])

Hours = Annotated[int, Field(ge=1, le=24 * 366 * 10)]
Reason = Annotated[str, Field(min_length=3, max_length=200)]


class HoldIn(BaseModel):
    """Which recordings nobody may delete, and why."""

    camera_id: RowId
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    reason: Reason
    incident_id: RowId | None = None


class ReleaseIn(BaseModel):
    """Why a hold ends."""

    reason: Reason


class PolicyIn(BaseModel):
    """How long a purpose is kept; `version` is the one that the user had before the eyes."""

    retention_h: Hours
    alarm_retention_h: Hours
    legal_basis: str = Field("", max_length=200)
    version: Version


class HoursIn(BaseModel):
    """Hours that are only thought of yet."""

    retention_h: Hours
    alarm_retention_h: Hours


@operation(router, "GET", "/holds", permission=Permission.PLAYBACK_VIDEO, response=list[HoldRow])
def read_holds(request: ActorRequest, only_open: bool = True) -> list[HoldRow]:
    """Legal holds in force, or the released ones too."""
    return list_holds(request.actor.city, only_open=only_open)


@operation(router, "POST", "/holds", permission=Permission.HOLD_VIDEO, response={201: HoldRow})
def create_hold(request: ActorRequest, body: HoldIn) -> Status[HoldRow]:
    """Hold recordings of a camera."""
    form = HoldForm(
        camera_id=body.camera_id,
        start=body.start,
        end=body.end,
        reason=body.reason,
        incident_id=body.incident_id,
    )
    return Status(201, hold_row(place_hold(request.actor, form)))


@operation(
    router,
    "POST",
    "/holds/{hold_id}/release",
    permission=Permission.HOLD_VIDEO,
    response=HoldRow,
)
def end_hold(request: ActorRequest, hold_id: Annotated[RowId, Path()], body: ReleaseIn) -> HoldRow:
    """Release a hold."""
    return hold_row(release_hold(request.actor, hold_id, reason=body.reason))


@operation(router, "GET", "/retention", permission=Permission.VIEW_CAMERAS, response=list[Policy])
def read_retention(request: ActorRequest) -> list[Policy]:
    """How long recordings of each purpose are kept."""
    return list(policies_of(request.actor.city).values())


@operation(
    router, "PUT", "/retention/{purpose}", permission=Permission.MANAGE_CITY, response=Policy
)
def decide_retention(
    request: ActorRequest, purpose: Annotated[CameraPurpose, Path()], body: PolicyIn
) -> Policy:
    """Decide how long recordings of a purpose are kept."""
    form = PolicyForm(body.retention_h, body.alarm_retention_h, body.legal_basis.strip())
    return set_policy(request.actor, purpose, body.version, form)


@operation(
    router,
    "GET",
    "/retention/{purpose}/consequence",
    permission=Permission.MANAGE_CITY,
    response=Consequence,
)
def foresee_retention(
    request: ActorRequest, purpose: Annotated[CameraPurpose, Path()], hours: Query[HoursIn]
) -> Consequence:
    """What deciding these hours would do: whose recordings go from when on, whether disks do."""
    form = PolicyForm(hours.retention_h, hours.alarm_retention_h, "")
    return consequence_of(request.actor, purpose, form)


@operation(router, "GET", "/keeping", permission=Permission.MANAGE_CAMERAS, response=Keeping)
def read_keeping(request: ActorRequest) -> Keeping:
    """Policies with the cameras that they reach, and the disks of all nodes."""
    return keeping_of(request.actor)
