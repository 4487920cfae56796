"""The story of a task: forwarded by subscription, worked on, proved, confirmed or reopened."""

from datetime import timedelta

import pytest

from sigap.core import clock
from sigap.core.actor import citizen_actor
from sigap.core.refusals import Conflict, Invalid, NotFound, NotPermitted
from sigap.core.tenancy import reading
from sigap.followup.actions import (
    GivenProof,
    accept_task,
    resolve_task,
    return_task,
    send_back_task,
    start_task,
)
from sigap.followup.closing import require_no_live_task
from sigap.followup.feedback import confirm_report, reopen_report
from sigap.followup.forwarding import Forwarding, forward_task, reassign_task
from sigap.followup.models import Proof, Task
from sigap.followup.overdue import mark_overdue, sweep_every_city
from sigap.followup.queries import console_rows, detail_of
from sigap.followup.testing_stories import (
    deliver,
    forwarded,
    fresh_report,
    fresh_task,
    kinds,
    photo,
    promote,
    report,
    task_of,
)
from sigap.incidents.actions import link_signal
from sigap.incidents.ending import Ending, close_incident
from sigap.incidents.models import Disposition, Incident
from sigap.intake.models import Signal
from tests.cast import Cast


def test_a_promoted_report_is_forwarded_once_with_the_clock_of_its_category(cast: Cast) -> None:
    made, task = forwarded(cast)
    deliver(cast.kota)
    assert task.agency.code == "pupr"
    assert task.due_at - task.forwarded_at == timedelta(hours=336)
    assert task.legal_basis == "Permen PANRB 5/2025"
    assert task.report_id == made.pk
    assert fresh_report(cast, made).state == "forwarded"
    assert kinds(cast.kota).count("task.forwarded") == 1


def test_an_emergency_is_not_forwarded(cast: Cast) -> None:
    promote(cast, report(cast, "fire"))
    deliver(cast.kota)
    with reading(cast.kota.pk):
        assert not Task.objects.exists()


def test_the_agency_works_and_the_report_follows(cast: Cast) -> None:
    made, task = forwarded(cast)
    dewi = cast.actor("dewi")
    task = accept_task(dewi, task.pk, task.version)
    task = start_task(dewi, task.pk, task.version)
    assert fresh_report(cast, made).state == "in_progress"
    assert fresh_task(cast, task).incident.state == "in_progress"
    task = resolve_task(dewi, task.pk, task.version, GivenProof(photo=photo(1)))
    now = fresh_report(cast, made)
    assert (task.state, now.state) == ("resolved", "resolved")
    assert fresh_task(cast, task).incident.state == "resolved"
    with reading(cast.kota.pk):
        step = now.steps.order_by("-id").first()
        assert step is not None
        assert step.photo_id is not None
    timeline = [step.kind for step in _detail(cast, task).timeline]
    assert timeline == ["task.forwarded", "task.accepted", "task.started", "task.resolved"]


def _detail(cast: Cast, task: Task, who: str = "dewi"):  # type: ignore[no-untyped-def]
    with reading(cast.kota.pk):
        return detail_of(cast.actor(who), task.pk)


def test_nothing_is_resolved_without_a_photo_or_a_reason(cast: Cast) -> None:
    _, task = forwarded(cast)
    with pytest.raises(Invalid) as refused:
        resolve_task(cast.actor("dewi"), task.pk, task.version, GivenProof(reason="  "))
    assert refused.value.code == "proof_needed"
    assert fresh_task(cast, task).state == "forwarded"


def test_a_stale_version_is_told(cast: Cast) -> None:
    _, task = forwarded(cast)
    accept_task(cast.actor("dewi"), task.pk, task.version)
    with pytest.raises(Conflict) as refused:
        start_task(cast.actor("dewi"), task.pk, task.version)
    assert refused.value.code == "stale_version"
    assert refused.value.detail["current"] == task.version + 1


def test_another_agency_does_not_see_the_task(cast: Cast) -> None:
    _, task = forwarded(cast)
    with pytest.raises(NotFound):
        accept_task(cast.actor("gita"), task.pk, task.version)
    with pytest.raises(NotPermitted):
        accept_task(cast.actor("bima"), task.pk, task.version)


def test_a_returned_task_is_reassigned_with_a_fresh_clock(cast: Cast) -> None:
    _, task = forwarded(cast)
    task = return_task(cast.actor("dewi"), task.pk, task.version, reason="Jalan provinsi")
    later = clock.now() + timedelta(hours=5)
    with clock.frozen_at(later):
        wanted = Forwarding(cast.agency("dishub").pk, "Mohon ditangani")
        task = reassign_task(cast.actor("sari"), task.pk, task.version, wanted)
    assert (task.state, task.agency.code) == ("forwarded", "dishub")
    assert task.due_at == later + timedelta(hours=336)
    with reading(cast.kota.pk):
        incident = Incident.objects.get(pk=task.incident_id)
        assert cast.agency("dishub").pk in incident.agency_ids


def test_confirmation_closes_the_incident_with_the_proof(cast: Cast) -> None:
    made, task = forwarded(cast)
    given = GivenProof(photo=photo(2), reason="Sudah ditambal")
    task = resolve_task(cast.actor("dewi"), task.pk, task.version, given)
    confirm_report(citizen_actor(cast.kota.pk), made.pk)
    now = fresh_task(cast, task)
    assert (now.state, now.incident.state) == ("confirmed", "closed")
    assert now.incident.disposition == Disposition.FIXED
    assert now.incident.closing_photo_id is not None
    assert fresh_report(cast, made).state == "confirmed"


def test_reopening_gives_a_fresh_clock_and_tells_agency_and_supervisor(cast: Cast) -> None:
    made, task = forwarded(cast)
    resolve_task(cast.actor("dewi"), task.pk, task.version, GivenProof(reason="Selesai"))
    citizen = citizen_actor(cast.kota.pk)
    confirm_report(citizen, made.pk)
    later = clock.now() + timedelta(days=3)
    with clock.frozen_at(later):
        reopen_report(citizen, made.pk, reason="Masih berlubang")
    now = fresh_task(cast, task)
    assert (now.state, now.reopened_count) == ("reopened", 1)
    assert now.due_at == later + timedelta(hours=336)
    assert now.incident.state == "open"
    assert fresh_report(cast, made).state == "reopened"
    step = _detail(cast, task).timeline[-1]
    assert (step.kind, step.note) == ("task.reopened", "Masih berlubang")
    assert {row.id for row in _rows(cast)} == {task.pk}
    # And it can be worked on again.
    start_task(cast.actor("dewi"), now.pk, now.version)
    assert fresh_report(cast, made).state == "in_progress"


def _rows(cast: Cast):  # type: ignore[no-untyped-def]
    with reading(cast.kota.pk):
        return console_rows(cast.kota.pk, None)


def test_reopening_needs_words(cast: Cast) -> None:
    made, task = forwarded(cast)
    resolve_task(cast.actor("dewi"), task.pk, task.version, GivenProof(reason="Selesai"))
    with pytest.raises(Invalid):
        reopen_report(citizen_actor(cast.kota.pk), made.pk, reason="   ")
    assert fresh_task(cast, task).state == "resolved"


def test_the_supervisor_sends_a_bad_proof_back(cast: Cast) -> None:
    made, task = forwarded(cast)
    dewi, sari = cast.actor("dewi"), cast.actor("sari")
    task = resolve_task(dewi, task.pk, task.version, GivenProof(reason="Selesai"))
    send_back_task(sari, task.pk, task.version, reason="Tanpa foto")
    assert fresh_task(cast, task).state == "reopened"
    assert fresh_report(cast, made).state == "reopened"


def test_overdue_is_marked_once_a_clock(cast: Cast) -> None:
    made, task = forwarded(cast)
    assert mark_overdue(cast.kota.pk) == 0
    with clock.frozen_at(task.due_at + timedelta(minutes=1)):
        assert sweep_every_city() == 1
        assert sweep_every_city() == 0
        assert [row.overdue for row in _rows(cast)] == [True]
        # A fresh clock can run out anew.
        now = fresh_task(cast, task)
        resolve_task(cast.actor("dewi"), now.pk, now.version, GivenProof(reason="Selesai"))
        reopen_report(citizen_actor(cast.kota.pk), made.pk, reason="Belum")
        assert mark_overdue(cast.kota.pk) == 0
    with clock.frozen_at(fresh_task(cast, task).due_at + timedelta(minutes=1)):
        assert mark_overdue(cast.kota.pk) == 1
    assert kinds(cast.kota).count("task.overdue") == 2


def test_two_agencies_share_an_incident_and_it_ends_with_the_last(cast: Cast) -> None:
    made, task = forwarded(cast)
    wanted = Forwarding(cast.agency("damkar").pk, "Semprot jalan")
    second = forward_task(cast.actor("bima"), task.incident_id, wanted)
    with pytest.raises(Conflict) as refused:
        forward_task(cast.actor("bima"), task.incident_id, wanted)
    assert refused.value.code == "already_forwarded"
    resolve_task(cast.actor("dewi"), task.pk, task.version, GivenProof(reason="Selesai"))
    assert fresh_report(cast, made).state == "forwarded"
    with reading(cast.kota.pk), pytest.raises(Conflict):
        require_no_live_task(Incident.objects.get(pk=task.incident_id))
    resolve_task(cast.actor("gita"), second.pk, second.version, GivenProof(reason="Bersih"))
    assert fresh_report(cast, made).state == "resolved"


def test_a_second_report_joins_where_the_work_is(cast: Cast) -> None:
    _, task = forwarded(cast)
    start_task(cast.actor("dewi"), task.pk, task.version)
    second = report(cast)
    with reading(cast.kota.pk):
        signal = Signal.objects.get(pk=second.signal_id)
    link_signal(cast.actor("bima"), signal.pk, signal.version, task.incident_id)
    deliver(cast.kota)
    assert fresh_report(cast, second).state == "in_progress"


def test_a_report_answered_by_units_is_resolved_with_its_incident(cast: Cast) -> None:
    made = report(cast, "fire")
    incident_id = promote(cast, made)
    ending = Ending(Disposition.HANDLED, note="Api padam")
    close_incident(cast.actor("bima"), incident_id, None, ending)
    deliver(cast.kota)
    now = fresh_report(cast, made)
    assert now.state == "resolved"
    reopen_report(citizen_actor(cast.kota.pk), made.pk, reason="Masih berasap")
    with reading(cast.kota.pk):
        assert Incident.objects.get(pk=incident_id).state == "open"


def test_no_task_for_a_closed_incident(cast: Cast) -> None:
    made = report(cast)
    incident_id = promote(cast, made)
    close_incident(
        cast.actor("bima"), incident_id, None, Ending(Disposition.NOTHING_FOUND, note="Tidak ada")
    )
    deliver(cast.kota)
    with reading(cast.kota.pk):
        assert not Task.objects.exists()
        assert not Proof.objects.exists()
    with pytest.raises(Conflict):
        forward_task(cast.actor("bima"), incident_id, Forwarding())


def test_forwarding_twice_in_two_deliveries_makes_one_task(cast: Cast) -> None:
    incident_id = promote(cast, report(cast))
    deliver(cast.kota)
    deliver(cast.kota)
    assert task_of(cast, incident_id).state == "forwarded"
