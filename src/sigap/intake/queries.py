"""Reading signals and calls: rows without personal data, details with it and an audit trail."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from pydantic import BaseModel

from sigap.cctv.models import Change, Colour, StreetClass
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import NotFound
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.events import CallsOfNumberViewed, ReporterViewed
from sigap.intake.models import Call, CallClass, Report, Signal, SignalSource
from sigap.intake.transitions import ReportState, SignalState

WAITING = (SignalState.NEW, SignalState.ACKNOWLEDGED)
# What sounds urgent is not given the days of its category (an emergency told as a road report).
URGENT_LIMIT_S = {1: 60, 2: 180}
DEFAULT_LIMIT_S = 300
EARLIER_CALLS_WINDOW = timedelta(days=90)


class AlarmFacts(BaseModel):
    """What the last alarm behind a camera's signal told; `ended_at` None while it goes on."""

    kind: str
    street_class: StreetClass
    colour: Colour | None = None
    count: int | None = None
    speed_kmh: float | None = None
    length_m: float | None = None
    change: Change | None = None
    ended_at: datetime | None = None


class SignalRow(BaseModel):
    """A signal in the queue. `acknowledge_due_at` is where its clock ends."""

    id: int
    number: int
    source: SignalSource
    state: SignalState
    priority: int
    category: str | None
    category_name: str
    title: str
    lat: float | None
    lon: float | None
    area_id: int | None
    area_name: str
    place_text: str
    camera_id: int | None
    rule_id: int | None
    picture: str | None
    incident_id: int | None
    report_state: ReportState | None
    observed_at: datetime
    received_at: datetime
    acknowledge_due_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    repeat_count: int
    facts: AlarmFacts | None
    version: int


def row_of(signal: Signal) -> SignalRow:
    """The row of `signal`; category, area, picture, report and owner should be joined already."""
    category = signal.category
    usual_s = category.acknowledge_limit_s if category else DEFAULT_LIMIT_S
    limit_s = min(usual_s, URGENT_LIMIT_S.get(signal.priority, usual_s))
    report: Report | None = getattr(signal, "report", None)
    owner = signal.acknowledged_by
    return SignalRow(
        id=signal.pk,
        number=signal.number,
        source=SignalSource(signal.source),
        state=SignalState(signal.state),
        priority=signal.priority,
        category=category.code if category else None,
        category_name=category.name_id if category else "",
        title=signal.title,
        lat=signal.lat,
        lon=signal.lon,
        area_id=signal.area_id,
        area_name=signal.area.name if signal.area else "",
        place_text=signal.place_text,
        camera_id=signal.camera_id,
        rule_id=signal.rule_id,
        picture=str(signal.picture.uuid) if signal.picture else None,
        incident_id=signal.incident_id,
        report_state=ReportState(report.state) if report else None,
        observed_at=signal.observed_at,
        received_at=signal.received_at,
        acknowledge_due_at=signal.received_at + timedelta(seconds=limit_s),
        acknowledged_at=signal.acknowledged_at,
        acknowledged_by=owner.display_name if owner else None,
        repeat_count=signal.repeat_count,
        facts=AlarmFacts.model_validate(signal.facts) if signal.facts else None,
        version=signal.version,
    )


def signals_of(city_id: int) -> QuerySet[Signal]:
    """All signals of a city with what a row needs."""
    return Signal.objects.filter(city_id=city_id).select_related(
        "category", "area", "picture", "report", "acknowledged_by"
    )


def console_rows(city_id: int, ids: Sequence[int] | None) -> list[SignalRow]:
    """The waiting signals of a city, or those of `ids` that wait; the most urgent first."""
    signals = signals_of(city_id).filter(state__in=WAITING)
    if ids is not None:
        signals = signals.filter(pk__in=ids)
    return [row_of(s) for s in signals.order_by("priority", "received_at")]


def signal_for(actor: Actor, signal_id: int) -> Signal:
    """One signal of the actor's city. Raises NotFound."""
    signal = signals_of(actor.city).filter(pk=signal_id).first()
    if signal is None:
        raise NotFound("signal")
    return signal


class Source(BaseModel):
    """Who is behind a signal: personal data, shown to those who may, each view on record."""

    caller_number: str
    reporter_name: str
    reporter_phone: str
    notes: str


def source_of(actor: Actor, signal: Signal) -> Source:
    """Caller or reporter of `signal`; the view is recorded."""
    call = Call.objects.filter(signal=signal).first()
    report = Report.objects.filter(signal=signal).first()
    if call is not None or report is not None:
        with unit_of_work(actor) as work:
            work.record(ReporterViewed(signal_id=signal.pk, incident_id=signal.incident_id))
    return Source(
        caller_number=call.caller_number if call else "",
        reporter_name=report.reporter_name if report else "",
        reporter_phone=report.reporter_phone if report else "",
        notes=call.notes if call else "",
    )


class EarlierCall(BaseModel):
    """A call of the same number."""

    id: int
    call_class: CallClass
    answered_at: datetime
    category_name: str
    signal_number: int | None
    signal_state: SignalState | None
    place_text: str


def earlier_calls(actor: Actor, number: str, *, limit: int = 20) -> list[EarlierCall]:
    """The calls of `number` in the last 90 days, newest first; the view is recorded."""
    calls = (
        Call.objects.filter(city_id=actor.city, caller_number=number)
        .filter(answered_at__gte=clock.now() - EARLIER_CALLS_WINDOW)
        .select_related("signal", "signal__category")
        .order_by("-answered_at")[:limit]
    )
    found = [_earlier(call) for call in calls]
    if found:
        with unit_of_work(actor) as work:
            work.record(CallsOfNumberViewed(calls=len(found), purpose="call"))
    return found


def _earlier(call: Call) -> EarlierCall:
    signal = call.signal
    return EarlierCall(
        id=call.pk,
        call_class=CallClass(call.call_class),
        answered_at=call.answered_at,
        category_name=signal.category.name_id if signal and signal.category else "",
        signal_number=signal.number if signal else None,
        signal_state=SignalState(signal.state) if signal else None,
        place_text=signal.place_text if signal else "",
    )
