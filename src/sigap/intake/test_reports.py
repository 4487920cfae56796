"""A report's machine: every pair of state and action, and what each step leaves in the history."""

import pytest

from sigap.core.actor import Actor, citizen_actor, system_actor
from sigap.core.refusals import Conflict
from sigap.core.tenancy import reading
from sigap.intake.models import Report, ReportStep, Signal
from sigap.intake.reports import CODE_LENGTH, NewReport, accept_report, advance_report
from sigap.intake.transitions import REPORT_MACHINE, ReportAction, ReportState
from tests.cast import SUDIRMAN, Cast, data


def reported(cast: Cast) -> Report:
    return accept_report(
        citizen_actor(cast.kota.pk),
        NewReport(
            city=cast.kota, category=cast.category("road-damage"), place=SUDIRMAN, text="lubang"
        ),
    )


def system(cast: Cast) -> Actor:
    return system_actor("test", city_id=cast.kota.pk)


def test_a_report_is_routed_with_a_clock_and_a_code(cast: Cast) -> None:
    report = reported(cast)
    assert report.agency_id == cast.agency("pupr").pk
    assert len(report.tracking_code) == CODE_LENGTH
    assert report.verify_due_at > report.signal.received_at
    with reading(cast.kota.pk):
        assert [s.state for s in ReportStep.objects.filter(report=report)] == ["received"]


def test_dismissing_a_report_tells_its_sender_why(cast: Cast) -> None:
    report, bima = reported(cast), cast.api("bima")
    path = f"signals/{report.signal_id}/dismiss"
    refused = data(bima.post(path, {"version": 1, "reason": "no_action"}), 422)
    assert refused["code"] == "note_needed"
    data(bima.post(path, {"version": 1, "reason": "no_action", "note": "sudah diperbaiki"}))
    with reading(cast.kota.pk):
        last = ReportStep.objects.filter(report=report).order_by("id").last()
        assert last is not None
        assert (last.state, last.note) == ("rejected", "sudah diperbaiki")


def test_promoting_a_report_verifies_it(cast: Cast) -> None:
    report, bima = reported(cast), cast.api("bima")
    data(bima.post(f"signals/{report.signal_id}/promote", {"version": 1}), 201)
    with reading(cast.kota.pk):
        assert Report.objects.get(pk=report.pk).state == ReportState.VERIFIED
        assert Signal.objects.get(pk=report.signal_id).state == "linked"


@pytest.mark.parametrize("state", list(ReportState))
@pytest.mark.parametrize("action", list(ReportAction))
def test_every_pair_of_state_and_action(
    cast: Cast, state: ReportState, action: ReportAction
) -> None:
    report = reported(cast)
    with reading(cast.kota.pk):
        Report.objects.filter(pk=report.pk).update(state=state)
    if not REPORT_MACHINE.allows(state, action):
        with pytest.raises(Conflict):
            advance_report(system(cast), report.pk, action, note="x")
        return
    target = REPORT_MACHINE.step(state, action, {"note": "x"}).target
    assert advance_report(system(cast), report.pk, action, note="x").state == target
    with reading(cast.kota.pk):
        assert ReportStep.objects.filter(report=report, state=target, note="x").count() == 1
