"""Routes of the queue and the 112 call form."""

from datetime import datetime

from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.city.queries import category_by_code, city_by_id
from sigap.core.api import Versioned
from sigap.core.locating import PlaceIn
from sigap.core.paging import PAGE_LIMIT, Page
from sigap.intake.calls import NewCall, take_call
from sigap.intake.models import CallClass, SignalSource
from sigap.intake.queries import (
    EarlierCall,
    SignalRow,
    Source,
    console_rows,
    earlier_calls,
    row_of,
    signal_for,
    signals_of,
    source_of,
)
from sigap.intake.transitions import SignalState
from sigap.intake.triage import DismissReason, acknowledge_signal, dismiss_signal, restore_signal

router = Router(tags=["intake"])

CALLER_NUMBER = r"^\+?[0-9 ()-]{0,22}$"


class Dismissal(Versioned):
    """Why nothing is to be done."""

    reason: DismissReason
    note: str = Field(default="", max_length=500)


class SignalFilter(BaseModel):
    """Which signals; without a state all of them. `before` pages by id, newest first."""

    state: SignalState | None = None
    source: SignalSource | None = None
    before: int | None = Field(default=None, ge=1)
    limit: int = Field(default=50, ge=1, le=PAGE_LIMIT)


class SignalDetail(BaseModel):
    """A signal with its text; who is behind it stands in `view_source`, on record."""

    row: SignalRow
    text: str


class CallIn(BaseModel):
    """The call form."""

    call_class: CallClass
    answered_at: datetime
    caller_number: str = Field(default="", max_length=24, pattern=CALLER_NUMBER)
    category: str | None = Field(default=None, max_length=48)
    priority: int | None = Field(default=None, ge=1, le=4)
    place: PlaceIn | None = None
    place_text: str = Field(default="", max_length=200)
    notes: str = Field(default="", max_length=4000)


class CallOut(BaseModel):
    """The kept call; `signal` is the new row of the queue, for normal calls."""

    id: int
    call_class: CallClass
    signal: SignalRow | None


class NumberQuery(BaseModel):
    """A caller's number, in the body so that it stays out of access logs."""

    number: str = Field(min_length=3, max_length=24, pattern=CALLER_NUMBER)


@operation(
    router,
    "GET",
    "/signals",
    permission=Permission.VIEW_SIGNALS,
    response=Page[SignalRow],
)
def list_signals(request: ActorRequest, wanted: Query[SignalFilter]) -> Page[SignalRow]:
    """Signals, newest first."""
    signals = signals_of(request.actor.city)
    if wanted.state is not None:
        signals = signals.filter(state=wanted.state)
    if wanted.source is not None:
        signals = signals.filter(source=wanted.source)
    if wanted.before is not None:
        signals = signals.filter(pk__lt=wanted.before)
    rows = [row_of(s) for s in signals.order_by("-id")[: wanted.limit]]
    more = len(rows) == wanted.limit
    return Page(items=rows, next_before=rows[-1].id if more else None)


@operation(
    router,
    "GET",
    "/signals/queue",
    permission=Permission.VIEW_SIGNALS,
    response=list[SignalRow],
)
def signal_queue(request: ActorRequest) -> list[SignalRow]:
    """All waiting signals, the most urgent first."""
    return console_rows(request.actor.city, None)


@operation(
    router,
    "GET",
    "/signals/{int:signal_id}",
    permission=Permission.VIEW_SIGNALS,
    response=SignalDetail,
)
def get_signal(request: ActorRequest, signal_id: int) -> SignalDetail:
    """One signal."""
    signal = signal_for(request.actor, signal_id)
    return SignalDetail(row=row_of(signal), text=signal.text)


@operation(
    router,
    "POST",
    "/signals/{int:signal_id}/source",
    permission=Permission.VIEW_PERSONAL,
    response=Source,
)
def view_source(request: ActorRequest, signal_id: int) -> Source:
    """Who called or reported; goes on record."""
    return source_of(request.actor, signal_for(request.actor, signal_id))


@operation(
    router,
    "POST",
    "/signals/{int:signal_id}/acknowledge",
    permission=Permission.TRIAGE_SIGNALS,
    response=SignalRow,
)
def acknowledge(request: ActorRequest, signal_id: int, body: Versioned) -> SignalRow:
    """Take a signal."""
    acknowledge_signal(request.actor, signal_id, body.version)
    return row_of(signal_for(request.actor, signal_id))


@operation(
    router,
    "POST",
    "/signals/{int:signal_id}/dismiss",
    permission=Permission.TRIAGE_SIGNALS,
    response=SignalRow,
)
def dismiss(request: ActorRequest, signal_id: int, body: Dismissal) -> SignalRow:
    """Dismiss a signal with a reason."""
    dismiss_signal(request.actor, signal_id, body.version, reason=body.reason, note=body.note)
    return row_of(signal_for(request.actor, signal_id))


@operation(
    router,
    "POST",
    "/signals/{int:signal_id}/restore",
    permission=Permission.TRIAGE_SIGNALS,
    response=SignalRow,
)
def restore(request: ActorRequest, signal_id: int, body: Versioned) -> SignalRow:
    """Take a dismissal back."""
    restore_signal(request.actor, signal_id, body.version)
    return row_of(signal_for(request.actor, signal_id))


@operation(router, "POST", "/calls", permission=Permission.TAKE_CALLS, response={201: CallOut})
def save_call(request: ActorRequest, body: CallIn) -> Status[CallOut]:
    """Save a 112 call."""
    city = city_by_id(request.actor.city)
    call = take_call(
        request.actor,
        NewCall(
            city=city,
            call_class=body.call_class,
            answered_at=body.answered_at,
            caller_number=body.caller_number.strip(),
            category=category_by_code(city.pk, body.category) if body.category else None,
            priority=body.priority,
            place=body.place.point() if body.place else None,
            place_text=body.place_text,
            notes=body.notes,
        ),
    )
    row = row_of(call.signal) if call.signal else None
    return Status(201, CallOut(id=call.pk, call_class=CallClass(call.call_class), signal=row))


@operation(
    router,
    "POST",
    "/calls/earlier",
    permission=Permission.VIEW_PERSONAL,
    response=list[EarlierCall],
)
def calls_of_number(request: ActorRequest, body: NumberQuery) -> list[EarlierCall]:
    """The earlier calls of a number; goes on record."""
    return earlier_calls(request.actor, body.number.strip())
