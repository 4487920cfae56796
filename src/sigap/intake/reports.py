"""Citizen reports: accept, route to the responsible agency, advance step by step."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from sigap.city.models import Category, City
from sigap.city.queries import require_in_city
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import LatLon
from sigap.core.models import StoredFile
from sigap.core.refusals import Conflict, NotFound
from sigap.core.unit_of_work import Work, unit_of_work
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.events import ReportAdvanced, ReportReceived
from sigap.intake.models import Report, ReportStep, Signal, SignalSource
from sigap.intake.transitions import REPORT_MACHINE, ReportAction, ReportState

# Crockford's base 32: no letters that are mistaken for digits when read aloud.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12  # 60 bits


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a citizen sends. `priority` overrides the category's when the words sound urgent."""

    city: City
    category: Category
    place: LatLon
    text: str
    place_text: str = ""
    photo: StoredFile | None = None
    reporter_name: str = ""
    reporter_phone: str = ""
    priority: int | None = None
    tracking_code: str = field(default_factory=lambda: new_tracking_code())


def new_tracking_code() -> str:
    """A random code of 60 bits, easy to read aloud."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))


def accept_report(actor: Actor, new: NewReport) -> Report:
    """Keep a report: signal, route, clock and history in one transaction.

    Raises Invalid("outside_city").
    """
    with unit_of_work(actor, new.city.pk) as work:
        signal = receive_signal(
            actor,
            NewSignal(
                city=new.city,
                source=SignalSource.REPORT,
                title=new.category.name_id,
                observed_at=clock.now(),
                category=new.category,
                priority=new.priority,
                text=new.text,
                place=require_in_city(new.city, new.place),
                place_text=new.place_text,
                picture=new.photo,
            ),
        )
        due_at = clock.now() + timedelta(seconds=new.category.acknowledge_limit_s)
        report = Report.objects.create(
            city=new.city,
            signal=signal,
            tracking_code=new.tracking_code,
            agency_id=new.category.agency_id,
            photo=new.photo,
            reporter_name=new.reporter_name,
            reporter_phone=new.reporter_phone,
            verify_due_at=due_at,
        )
        _add_step(actor, report, note="", photo=None)
        work.record(
            ReportReceived(
                report_id=report.pk,
                signal_id=signal.pk,
                agency_id=report.agency_id,
                verify_due_at=due_at.isoformat(),
            )
        )
        return report


def advance_report(
    actor: Actor,
    report_id: int,
    action: ReportAction,
    *,
    note: str = "",
    photo: StoredFile | None = None,
) -> Report:
    """Take one step of a report's machine and write it into its history.

    The caller has checked the permission that the machine names: staff hold a role, the reporter
    holds the tracking code. Raises NotFound, Conflict("wrong_state").
    """
    with unit_of_work(actor) as work:
        report = (
            Report.objects.select_for_update(of=("self",))
            .filter(pk=report_id, city_id=actor.city)
            .first()
        )
        if report is None:
            raise NotFound("report")
        _advance(actor, work, report, action, _Said(note, photo))
        return report


@dataclass(frozen=True, slots=True)
class _Said:
    note: str
    photo: StoredFile | None


def _advance(actor: Actor, work: Work, report: Report, action: ReportAction, said: _Said) -> None:
    step = REPORT_MACHINE.step(ReportState(report.state), action, {"note": said.note})
    report.state = step.target.value
    report.version += 1
    if step.target is ReportState.RESOLVED:
        report.resolved_at = clock.now()
    if step.target is ReportState.REOPENED:
        report.reopen_count += 1
        report.resolved_at = None
    report.save()
    # The row of the queue shows the report's state, so its version rises with it.
    Signal.objects.filter(pk=report.signal_id).update(version=report.signal.version + 1)
    _add_step(actor, report, note=said.note, photo=said.photo)
    work.record(
        ReportAdvanced(
            report_id=report.pk,
            signal_id=report.signal_id,
            action=action.value,
            state=report.state,
            incident_id=report.signal.incident_id,
        )
    )


def _add_step(actor: Actor, report: Report, *, note: str, photo: StoredFile | None) -> None:
    ReportStep.objects.create(
        city_id=report.city_id,
        report=report,
        state=report.state,
        at=clock.now(),
        by_label=actor.label,
        note=note,
        photo=photo,
    )


def duplicate_report(actor: Actor, report: Report, original: Report) -> Report:
    """Mark `report` as a duplicate: its sender follows the original from now on."""
    if original.pk == report.pk:
        raise Conflict("own_duplicate", "A report cannot be a duplicate of itself.")
    with unit_of_work(actor):
        report.duplicate_of = original
        report.save(update_fields=["duplicate_of"])
        return advance_report(actor, report.pk, ReportAction.MARK_DUPLICATE)
