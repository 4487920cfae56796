"""The officer's panic button."""

from sigap.accounts.permissions import Permission, require
from sigap.city.models import Category
from sigap.city.queries import city_by_id
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.models import Unit
from sigap.dispatch.ranking import place_of
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.models import Signal, SignalSource

PANIC_CATEGORY = "officer-panic"


def raise_panic(actor: Actor, *, text: str = "", place: LatLon | None = None) -> Signal:
    """Call for help: a signal of the first priority, at `place` or where the unit was last.

    It is never refused for a place outside the city: help comes first.
    """
    require(actor, Permission.RAISE_PANIC)
    with unit_of_work(actor) as work:
        city = city_by_id(work.city_id)
        unit = Unit.objects.filter(pk=actor.unit_id or 0, city=city).first()
        if place is None or not place.is_valid():
            place = place_of(unit).point if unit else None
        who = unit.call_sign if unit else actor.label
        return receive_signal(
            actor,
            NewSignal(
                city=city,
                source=SignalSource.PANIC,
                title=f"{who}: petugas minta bantuan",
                observed_at=clock.now(),
                category=Category.objects.filter(city=city, code=PANIC_CATEGORY).first(),
                priority=1,
                text=text,
                place=place,
            ),
        )
