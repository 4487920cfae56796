"""Legal holds: recordings that nothing deletes until somebody releases them. Called by the API."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from pydantic import BaseModel

from sigap.accounts.permissions import Permission, require
from sigap.cctv.actions import tell_node
from sigap.cctv.keeping_events import HoldPlaced, HoldReleased
from sigap.cctv.models import Camera, LegalHold
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, Invalid, NotFound
from sigap.core.unit_of_work import unit_of_work

LONGEST_HOLD = timedelta(days=92)
MAX_OPEN_HOLDS = 1000
LISTED = 200


@dataclass(frozen=True, slots=True)
class HoldForm:
    """Which recordings, and why. The end may lie ahead: what comes until then is held too."""

    camera_id: int
    start: datetime
    end: datetime
    reason: str
    incident_id: int | None = None


class HoldRow(BaseModel):
    """A hold as the console lists it. `recorded_from`: what the camera's node still has."""

    id: int
    uuid: UUID
    camera_id: int
    camera_name: str
    start: datetime
    end: datetime
    reason: str
    incident_id: int | None
    placed_by: str
    placed_at: datetime
    released_by: str
    released_at: datetime | None
    release_reason: str
    recorded_from: datetime | None


def place_hold(actor: Actor, form: HoldForm) -> LegalHold:
    """Hold recordings of a camera. The node knows within one poll (2 s)."""
    require(actor, Permission.HOLD_VIDEO)
    if form.end <= form.start:
        raise Invalid("bad_period", "The period must end after it begins.", field="to")
    if form.end - form.start > LONGEST_HOLD:
        raise Invalid("period_too_long", "Hold no more than 92 days at once.", field="to")
    with unit_of_work(actor) as work:
        camera = Camera.objects.filter(pk=form.camera_id, city_id=work.city_id).first()
        if camera is None:
            raise NotFound("camera")
        if open_holds(work.city_id).count() >= MAX_OPEN_HOLDS:
            raise Conflict("too_many_holds", "Release holds that are no longer needed first.")
        hold = LegalHold.objects.create(
            city_id=work.city_id,
            camera=camera,
            starts_at=form.start,
            ends_at=form.end,
            reason=form.reason.strip(),
            incident_id=form.incident_id,
            placed_by_id=actor.user_id,
            placed_at=clock.now(),
        )
        work.record(
            HoldPlaced(
                hold=str(hold.uuid),
                camera_id=camera.pk,
                period_start=form.start.isoformat(),
                period_end=form.end.isoformat(),
                reason=hold.reason,
                incident_id=form.incident_id,
            )
        )
        tell_node(camera.node_id)
        return hold


def release_hold(actor: Actor, hold_id: int, *, reason: str) -> LegalHold:
    """End a hold, and say why. Raises Conflict if somebody else was first."""
    require(actor, Permission.HOLD_VIDEO)
    with unit_of_work(actor) as work:
        holds = LegalHold.objects.select_for_update(of=("self",)).select_related("camera")
        hold = holds.filter(pk=hold_id, city_id=work.city_id).first()
        if hold is None:
            raise NotFound("hold")
        if hold.released_at is not None:
            raise Conflict("released", "Somebody else released this hold already.")
        hold.released_at, hold.released_by_id = clock.now(), actor.user_id
        hold.release_reason = reason.strip()
        hold.save()
        work.record(
            HoldReleased(
                hold=str(hold.uuid),
                camera_id=hold.camera_id,
                reason=hold.release_reason,
                incident_id=hold.incident_id,
            )
        )
        tell_node(hold.camera.node_id)
        return hold


def open_holds(city_id: int) -> QuerySet[LegalHold]:
    """Holds in force."""
    return LegalHold.objects.filter(city_id=city_id, released_at=None)


def list_holds(city_id: int, *, only_open: bool) -> list[HoldRow]:
    """The newest first, at most 200 of the released ones, all that are in force."""
    holds = LegalHold.objects.filter(city_id=city_id).select_related(
        "camera", "placed_by", "released_by"
    )
    rows = list(holds.filter(released_at=None).order_by("-placed_at"))
    if not only_open:
        rows += holds.exclude(released_at=None).order_by("-released_at")[:LISTED]
    return [hold_row(hold) for hold in rows]


def hold_row(hold: LegalHold) -> HoldRow:
    """The row of one hold."""
    return HoldRow(
        id=hold.pk,
        uuid=hold.uuid,
        camera_id=hold.camera_id,
        camera_name=hold.camera.name,
        start=hold.starts_at,
        end=hold.ends_at,
        reason=hold.reason,
        incident_id=hold.incident_id,
        placed_by=hold.placed_by.display_name if hold.placed_by else "",
        placed_at=hold.placed_at,
        released_by=hold.released_by.display_name if hold.released_by else "",
        released_at=hold.released_at,
        release_reason=hold.release_reason,
        recorded_from=hold.camera.recorded_from,
    )
