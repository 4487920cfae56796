"""Routes of incidents: from a signal to an incident, its page, its ending."""

from typing import Annotated

from ninja import Query, Router, Status
from pydantic import UUID4, BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.city.queries import category_by_code, city_by_id
from sigap.core.actor import Actor
from sigap.core.api import Versioned
from sigap.core.locating import PlaceIn
from sigap.core.models import StoredFile
from sigap.core.paging import PAGE_LIMIT, Page
from sigap.core.refusals import Invalid
from sigap.incidents.actions import (
    Correction,
    NewIncident,
    link_signal,
    note_incident,
    open_incident,
    promote_signal,
    unlink_signal,
)
from sigap.incidents.ending import Edit, Ending, close_incident, edit_incident, reopen_incident
from sigap.incidents.models import Disposition
from sigap.incidents.queries import (
    IncidentRow,
    Nearby,
    incident_for,
    link_proposals,
    row_of,
    search_filter,
    visible_incidents,
)
from sigap.incidents.timeline import Person, TimelineEntry, people_of, timeline_of
from sigap.incidents.transitions import INCIDENT_MACHINE, IncidentAction, IncidentState
from sigap.intake.queries import SignalRow, signal_for, signals_of
from sigap.intake.queries import row_of as signal_row

router = Router(tags=["incidents"])

Title = Annotated[str, Field(max_length=200)]
Priority = Annotated[int, Field(ge=1, le=4)]
CategoryCode = Annotated[str, Field(max_length=48)]


class PromoteIn(Versioned):
    """What the operator corrects on the way; absent fields keep the signal's values."""

    category: CategoryCode | None = None
    priority: Priority | None = None
    place: PlaceIn | None = None
    place_text: Title | None = None
    title: Title | None = None


class LinkIn(Versioned):
    """The incident that the signal belongs to."""

    incident_id: int


class IncidentIn(BaseModel):
    """An incident out of nothing: what somebody in the centre saw."""

    category: CategoryCode
    place: PlaceIn
    priority: Priority | None = None
    title: Title = ""
    place_text: Title = ""


class EditIn(Versioned):
    """Corrections; absent fields stay."""

    priority: Priority | None = None
    category: CategoryCode | None = None
    title: Title | None = None
    place: PlaceIn | None = None
    place_text: Title | None = None


class NoteIn(BaseModel):
    """A note; `photo` is the id of an uploaded file."""

    text: str = Field(default="", max_length=2000)
    photo: UUID4 | None = None


class CloseIn(Versioned):
    """How it ended, with a photo or a written reason."""

    disposition: Disposition
    note: str = Field(default="", max_length=2000)
    photo: UUID4 | None = None


class ReopenIn(Versioned):
    """Why it goes on."""

    reason: str = Field(min_length=1, max_length=500)


class IncidentFilter(BaseModel):
    """Which incidents; `text` searches number, title and place. `before` pages by id."""

    state: IncidentState | None = None
    area_id: int | None = None
    text: str = Field(default="", max_length=80)
    before: int | None = Field(default=None, ge=1)
    limit: int = Field(default=50, ge=1, le=PAGE_LIMIT)


class IncidentDetail(BaseModel):
    """Everything of an incident but units, tasks and cameras, which have their own routes."""

    row: IncidentRow
    closing_note: str
    closing_photo: str | None
    signals: list[SignalRow]
    timeline: list[TimelineEntry]
    people: list[Person]
    actions: list[IncidentAction]


@operation(
    router,
    "GET",
    "/signals/{int:signal_id}/proposals",
    permission=Permission.TRIAGE_SIGNALS,
    response=list[Nearby],
)
def proposals(request: ActorRequest, signal_id: int) -> list[Nearby]:
    """Open incidents that the signal may belong to, the likeliest first."""
    return link_proposals(signal_for(request.actor, signal_id))


@operation(
    router,
    "POST",
    "/signals/{int:signal_id}/promote",
    permission=Permission.TRIAGE_SIGNALS,
    response={201: IncidentRow},
)
def promote(request: ActorRequest, signal_id: int, body: PromoteIn) -> Status[IncidentRow]:
    """Make an incident of a signal."""
    category = category_by_code(request.actor.city, body.category) if body.category else None
    correction = Correction(
        category=category,
        priority=body.priority,
        place=body.place.point() if body.place else None,
        place_text=body.place_text,
        title=body.title,
    )
    incident = promote_signal(request.actor, signal_id, body.version, correction)
    return Status(201, row_of(incident))


@operation(
    router,
    "POST",
    "/signals/{int:signal_id}/link",
    permission=Permission.TRIAGE_SIGNALS,
    response=SignalRow,
)
def link(request: ActorRequest, signal_id: int, body: LinkIn) -> SignalRow:
    """Join a signal to an open incident."""
    link_signal(request.actor, signal_id, body.version, body.incident_id)
    return signal_row(signal_for(request.actor, signal_id))


@operation(
    router,
    "POST",
    "/signals/{int:signal_id}/unlink",
    permission=Permission.TRIAGE_SIGNALS,
    response=SignalRow,
)
def unlink(request: ActorRequest, signal_id: int, body: Versioned) -> SignalRow:
    """Take a signal out of its incident."""
    unlink_signal(request.actor, signal_id, body.version)
    return signal_row(signal_for(request.actor, signal_id))


@operation(
    router,
    "POST",
    "/incidents",
    permission=Permission.MANAGE_INCIDENTS,
    response={201: IncidentRow},
)
def create_incident(request: ActorRequest, body: IncidentIn) -> Status[IncidentRow]:
    """Open an incident without a signal."""
    city = city_by_id(request.actor.city)
    category = category_by_code(city.pk, body.category)
    incident = open_incident(
        request.actor,
        NewIncident(
            city=city,
            category=category,
            place=body.place.point(),
            priority=body.priority or category.priority,
            title=body.title or category.name_id,
            place_text=body.place_text,
        ),
    )
    return Status(201, row_of(incident))


@operation(
    router,
    "GET",
    "/incidents",
    permission=Permission.VIEW_INCIDENTS,
    response=Page[IncidentRow],
)
def list_incidents(request: ActorRequest, wanted: Query[IncidentFilter]) -> Page[IncidentRow]:
    """Incidents, newest first."""
    incidents = visible_incidents(request.actor)
    if wanted.state is not None:
        incidents = incidents.filter(state=wanted.state)
    if wanted.area_id is not None:
        incidents = incidents.filter(area_id=wanted.area_id)
    if wanted.text.strip():
        incidents = incidents.filter(search_filter(wanted.text.strip()))
    if wanted.before is not None:
        incidents = incidents.filter(pk__lt=wanted.before)
    rows = [row_of(i) for i in incidents.order_by("-id")[: wanted.limit]]
    more = len(rows) == wanted.limit
    return Page(items=rows, next_before=rows[-1].id if more else None)


@operation(
    router,
    "GET",
    "/incidents/{int:incident_id}",
    permission=Permission.VIEW_INCIDENTS,
    response=IncidentDetail,
)
def get_incident(request: ActorRequest, incident_id: int) -> IncidentDetail:
    """One incident with its signals, people and timeline."""
    incident = incident_for(request.actor, incident_id)
    entries = timeline_of(incident)
    signals = signals_of(incident.city_id).filter(incident=incident).order_by("id")
    photo = incident.closing_photo
    return IncidentDetail(
        row=row_of(incident),
        closing_note=incident.closing_note,
        closing_photo=str(photo.uuid) if photo else None,
        signals=[signal_row(s) for s in signals[:PAGE_LIMIT]],
        timeline=entries,
        people=people_of(entries),
        actions=INCIDENT_MACHINE.actions_from(IncidentState(incident.state)),
    )


@operation(
    router,
    "PATCH",
    "/incidents/{int:incident_id}",
    permission=Permission.MANAGE_INCIDENTS,
    response=IncidentRow,
)
def patch_incident(request: ActorRequest, incident_id: int, body: EditIn) -> IncidentRow:
    """Correct an incident."""
    edit = Edit(
        priority=body.priority,
        category=category_by_code(request.actor.city, body.category) if body.category else None,
        title=body.title,
        place=body.place.point() if body.place else None,
        place_text=body.place_text,
    )
    return row_of(edit_incident(request.actor, incident_id, body.version, edit))


@operation(
    router,
    "POST",
    "/incidents/{int:incident_id}/notes",
    permission=Permission.NOTE_INCIDENTS,
    response={201: None},
)
def add_note(request: ActorRequest, incident_id: int, body: NoteIn) -> Status[None]:
    """Write into the timeline."""
    note_incident(request.actor, incident_id, body.text, photo=_photo(request.actor, body.photo))
    return Status(201, None)


@operation(
    router,
    "POST",
    "/incidents/{int:incident_id}/close",
    permission=Permission.MANAGE_INCIDENTS,
    response=IncidentRow,
)
def end_incident(request: ActorRequest, incident_id: int, body: CloseIn) -> IncidentRow:
    """Close with a disposition and proof."""
    ending = Ending(
        disposition=body.disposition, note=body.note, photo=_photo(request.actor, body.photo)
    )
    return row_of(close_incident(request.actor, incident_id, body.version, ending))


@operation(
    router,
    "POST",
    "/incidents/{int:incident_id}/reopen",
    permission=Permission.MANAGE_INCIDENTS,
    response=IncidentRow,
)
def continue_incident(request: ActorRequest, incident_id: int, body: ReopenIn) -> IncidentRow:
    """Go on with a resolved or closed incident."""
    return row_of(reopen_incident(request.actor, incident_id, body.version, reason=body.reason))


def _photo(actor: Actor, photo_id: object) -> StoredFile | None:
    if photo_id is None:
        return None
    photo = StoredFile.objects.filter(city_id=actor.city, uuid=str(photo_id)).first()
    if photo is None:
        raise Invalid("unknown_photo", "Upload the photo first.", field="photo")
    return photo
