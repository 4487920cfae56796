"""Routes of the officer's phone. Everything is about the officer's own unit; writes may come late
and twice (`Idempotency-Key`), because a phone loses its link.
"""

from typing import Annotated

from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.core.photos import store_photo
from sigap.dispatch.actions import (
    FixOutcome,
    Step,
    raise_panic,
    record_positions,
    set_unit_status,
    take_step,
    undo_step,
)
from sigap.dispatch.device_time import DeviceMoment
from sigap.dispatch.field import current_incident_id, field_state, own_assignment, own_unit_id
from sigap.dispatch.schemas import (
    FieldNote,
    FieldState,
    FieldStepAction,
    FieldUndo,
    PanicIn,
    PanicOut,
    PositionsIn,
    PositionsOut,
    StatusIn,
    Text,
)
from sigap.incidents.actions import note_incident

router = Router(tags=["field"])

PhotoNote = Annotated[Text, Field(max_length=500)]


@operation(router, "GET", "/field/task", permission=Permission.RESPOND, response=FieldState)
def field_task(request: ActorRequest) -> FieldState:
    """The officer's unit and its one task."""
    return field_state(request.actor)


@operation(
    router,
    "POST",
    "/field/assignments/{int:assignment_id}/step",
    permission=Permission.RESPOND,
    response=FieldState,
)
def field_step(request: ActorRequest, assignment_id: int, body: FieldStepAction) -> FieldState:
    """Take the next step, perhaps one that happened without a link."""
    own_assignment(request.actor, assignment_id)
    step = Step(action=body.action, note=body.note, moment=body.moment())
    take_step(request.actor, assignment_id, step)
    return field_state(request.actor)


@operation(
    router,
    "POST",
    "/field/assignments/{int:assignment_id}/undo",
    permission=Permission.RESPOND,
    response=FieldState,
)
def field_undo(request: ActorRequest, assignment_id: int, body: FieldUndo) -> FieldState:
    """Take back the last step within 5 s."""
    own_assignment(request.actor, assignment_id)
    moment = DeviceMoment(body.happened_at, body.sent_at)
    undo_step(request.actor, assignment_id, moment=moment)
    return field_state(request.actor)


@operation(router, "POST", "/field/status", permission=Permission.RESPOND, response=FieldState)
def field_status(request: ActorRequest, body: StatusIn) -> FieldState:
    """On duty, off duty, transporting, at the hospital, broken down."""
    unit_id = own_unit_id(request.actor)
    set_unit_status(request.actor, unit_id, body.status, version=body.version)
    return field_state(request.actor)


@operation(router, "POST", "/field/positions", permission=Permission.RESPOND, response=PositionsOut)
def field_positions(request: ActorRequest, body: PositionsIn) -> PositionsOut:
    """A batch of positions; sent twice it changes nothing."""
    outcomes = record_positions(
        request.actor,
        own_unit_id(request.actor),
        [fix.fix() for fix in body.fixes],
        sent_at=body.sent_at,
    )
    return PositionsOut(
        kept=sum(outcome is FixOutcome.KEPT for outcome in outcomes),
        outcomes=[outcome.value for outcome in outcomes],
    )


@operation(
    router, "POST", "/field/panic", permission=Permission.RAISE_PANIC, response={201: PanicOut}
)
def field_panic(request: ActorRequest, body: PanicIn) -> Status[PanicOut]:
    """Call for help: a signal of the first priority."""
    signal = raise_panic(request.actor, text=body.text, place=body.place())
    return Status(201, PanicOut(signal_id=signal.pk, signal_number=signal.number))


@operation(router, "POST", "/field/notes", permission=Permission.RESPOND, response={201: None})
def field_note(request: ActorRequest, body: FieldNote) -> Status[None]:
    """A note into the incident's timeline."""
    note_incident(request.actor, current_incident_id(request.actor), body.text)
    return Status(201, None)


@operation(router, "POST", "/field/photos", permission=Permission.RESPOND, response={201: None})
def field_photo(
    request: ActorRequest,
    photo: Annotated[UploadedFile, File()],
    note: Annotated[PhotoNote, Form()] = "",
) -> Status[None]:
    """A photo into the incident's timeline."""
    incident_id = current_incident_id(request.actor)
    stored = store_photo(request.actor.city, photo.read())
    note_incident(request.actor, incident_id, note, photo=stored)
    return Status(201, None)
