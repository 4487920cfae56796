"""112 calls: class, keep, and make a signal of the normal ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sigap.accounts.permissions import Permission, require
from sigap.city.models import Category, City
from sigap.city.queries import require_in_city
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.refusals import Invalid, Unauthenticated
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.events import CallTaken
from sigap.intake.models import Call, CallClass, Signal, SignalSource

# A form left open longer than this says nothing about how fast the call was handled.
LONGEST_CALL = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class NewCall:
    """The call form. A normal call needs category and place; the other classes need neither."""

    city: City
    call_class: CallClass
    answered_at: datetime
    caller_number: str = ""
    category: Category | None = None
    priority: int | None = None
    place: LatLon | None = None
    place_text: str = ""
    notes: str = ""


def take_call(actor: Actor, new: NewCall) -> Call:
    """Keep a call; a normal one becomes a signal in the queue at once.

    Raises Invalid if a normal call lacks category or place, or the place lies outside the city.
    """
    require(actor, Permission.TAKE_CALLS)
    user_id = actor.user_id
    if user_id is None:
        raise Unauthenticated
    with unit_of_work(actor) as work:
        saved_at = clock.now()
        # The form's clock may be wrong; a call can neither begin in the future nor last for days.
        answered_at = min(saved_at, max(new.answered_at, saved_at - LONGEST_CALL))
        signal = _signal_of(actor, new, answered_at)
        call = Call.objects.create(
            city=new.city,
            signal=signal,
            caller_number=new.caller_number,
            call_class=new.call_class,
            notes=new.notes,
            answered_at=answered_at,
            saved_at=saved_at,
            taken_by_id=user_id,
        )
        work.record(
            CallTaken(
                call_id=call.pk,
                call_class=call.call_class,
                signal_id=signal.pk if signal else None,
                handling_s=(saved_at - answered_at).total_seconds(),
            )
        )
        return call


def _signal_of(actor: Actor, new: NewCall, answered_at: datetime) -> Signal | None:
    if new.call_class is not CallClass.NORMAL:
        return None
    if new.category is None or new.place is None:
        missing = [
            name for name, value in (("category", new.category), ("place", new.place)) if not value
        ]
        raise Invalid("missing_fields", f"Fill in: {', '.join(missing)}.", fields=missing)
    return receive_signal(
        actor,
        NewSignal(
            city=new.city,
            source=SignalSource.CALL,
            title=new.category.name_id,
            observed_at=answered_at,
            category=new.category,
            priority=new.priority,
            text=new.notes,
            place=require_in_city(new.city, new.place),
            place_text=new.place_text,
        ),
    )
