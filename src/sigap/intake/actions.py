"""The writers of signals: receive, lock, step. Triage, calls and reports build on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from sigap.city.models import Category, City
from sigap.city.queries import area_at
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.models import StoredFile
from sigap.core.numbering import Numbered, next_number
from sigap.core.refusals import Conflict, NotFound
from sigap.core.unit_of_work import Work, unit_of_work
from sigap.intake.events import SignalReceived, SignalRepeated, SignalSharpened
from sigap.intake.models import Signal, SignalSource
from sigap.intake.transitions import SIGNAL_MACHINE, SignalAction, SignalState

# A rule that fires again within this time of its last firing adds to the waiting signal instead
# of a new row; but an operator must hear anew of what goes on for long (EEMUA 191, chattering).
REPEAT_WINDOW = timedelta(minutes=5)
LONGEST_GROUP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class NewSignal:
    """What a source says. `observed_at` is by the source's clock; priority None: the category's."""

    city: City
    source: SignalSource
    title: str
    observed_at: datetime
    category: Category | None = None
    priority: int | None = None
    text: str = ""
    place: LatLon | None = None
    place_text: str = ""
    camera_id: int | None = None
    rule_id: int | None = None
    picture: StoredFile | None = None
    facts: dict[str, object] | None = None


def receive_signal(actor: Actor, new: NewSignal) -> Signal:
    """Keep a signal, or count it to the one of the same rule that still waits."""
    with unit_of_work(actor, new.city.pk) as work:
        waiting = _waiting_twin(new)
        if waiting is not None:
            waiting.facts = new.facts or waiting.facts
            repeat_signal(work, waiting, observed_at=new.observed_at)
            return waiting
        signal = _create(new)
        work.record(
            SignalReceived(
                signal_id=signal.pk,
                source=signal.source,
                priority=signal.priority,
                category=new.category.code if new.category else None,
                area_id=signal.area_id,
                camera_id=new.camera_id,
                rule_id=new.rule_id,
                observed_at=new.observed_at.isoformat(),
            )
        )
        return signal


def repeat_signal(work: Work, waiting: Signal, *, observed_at: datetime) -> None:
    """Count one more to a locked signal that waits, and keep what the caller changed of it."""
    waiting.repeat_count += 1
    waiting.version += 1
    waiting.repeated_at = clock.now()
    kept = ["title", "text", "also_camera_ids", "facts"]
    waiting.save(update_fields=[*kept, "repeat_count", "repeated_at", "version"])
    work.record(
        SignalRepeated(
            signal_id=waiting.pk,
            repeat_count=waiting.repeat_count,
            observed_at=observed_at.isoformat(),
        )
    )


def still_growing() -> Q:
    """Signals that take repetitions: begun not long ago, repeated a moment ago."""
    now = clock.now()
    since = now - REPEAT_WINDOW
    lately = Q(repeated_at__gte=since) | Q(received_at__gte=since)
    return Q(received_at__gte=now - LONGEST_GROUP) & lately


def _waiting_twin(new: NewSignal) -> Signal | None:
    if new.rule_id is None:
        return None
    return (
        Signal.objects.select_for_update()
        .filter(still_growing(), city=new.city, rule_id=new.rule_id, state=SignalState.NEW)
        .order_by("-received_at")
        .first()
    )


def _create(new: NewSignal) -> Signal:
    priority = new.priority or (new.category.priority if new.category else 3)
    return Signal.objects.create(
        city=new.city,
        number=next_number(new.city.pk, Numbered.SIGNAL),
        source=new.source,
        priority=priority,
        category=new.category,
        title=new.title[:200],
        text=new.text,
        lat=new.place.lat if new.place else None,
        lon=new.place.lon if new.place else None,
        area_id=area_at(new.city, new.place) if new.place else None,
        place_text=new.place_text[:200],
        camera_id=new.camera_id,
        rule_id=new.rule_id,
        picture=new.picture,
        facts=new.facts,
        observed_at=new.observed_at,
        received_at=clock.now(),
    )


def sharpen_signal(
    actor: Actor, signal_id: int, facts: dict[str, object], priority: int | None
) -> None:
    """Keep what became known of a signal since, and let it rise to `priority` while it waits.

    Facts alone leave the version: nobody's decision depends on how long an alarm lasted.
    """
    with unit_of_work(actor) as work:
        signal = lock_signal(actor, signal_id, None)
        waits = signal.state in (SignalState.NEW, SignalState.ACKNOWLEDGED)
        rises = waits and priority is not None and priority < signal.priority
        if signal.facts == facts and not rises:
            return
        signal.facts = facts
        if rises and priority is not None:
            signal.priority = priority
            signal.version += 1
        signal.save(update_fields=["facts", "priority", "version"])
        ended = facts.get("ended_at") is not None
        work.record(SignalSharpened(signal_id=signal.pk, priority=signal.priority, ended=ended))


def lock_signal(actor: Actor, signal_id: int, version: int | None) -> Signal:
    """The signal, locked until the end of the unit of work.

    Raises NotFound outside the actor's city; Conflict("stale_version") if somebody changed it
    since `version` (None skips the comparison: for the system).
    """
    signal = (
        Signal.objects.select_for_update(of=("self",))
        .select_related("category")
        .filter(pk=signal_id, city_id=actor.city)
        .first()
    )
    if signal is None:
        raise NotFound("signal")
    if version is not None and signal.version != version:
        by = signal.acknowledged_by
        raise Conflict(
            "stale_version",
            "Somebody else changed this signal a moment ago. Look at it again.",
            current=signal.version,
            state=signal.state,
            by=by.display_name if by else None,
        )
    return signal


def move_signal(signal: Signal, action: SignalAction, given: dict[str, object]) -> None:
    """Take a step of the signal's machine in memory; the caller saves."""
    step = SIGNAL_MACHINE.step(SignalState(signal.state), action, given)
    signal.state = step.target.value
    signal.version += 1
