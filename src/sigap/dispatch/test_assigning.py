"""Sending a unit: once, in scope, with its clock; two at once; the incident follows."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from sigap.core.refusals import Conflict, NotFound, NotPermitted, Refusal
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.actions import NewAssignment, assign_unit, cancel, clear, depart
from sigap.dispatch.actions.stepping import arrive
from sigap.dispatch.conftest import Desk
from sigap.dispatch.deferring import ACCEPT_CHECK
from sigap.dispatch.models import AcceptLimit, Assignment
from sigap.dispatch.transitions import UnitStatus
from sigap.incidents.ending import Ending, close_incident, reopen_incident
from sigap.incidents.models import Disposition, Incident
from tests.cast import data


def test_a_unit_is_sent(desk: Desk) -> None:
    assignment = desk.fresh(desk.assigned())
    assert assignment.state == "assigned"
    assert assignment.unit.status == UnitStatus.ASSIGNED
    assert assignment.incident.state == "in_progress"
    assert assignment.incident.unit_ids == [assignment.unit_id]
    assert assignment.basis == "straight_line"
    assert assignment.eta_s == 0
    assert assignment.accept_due_at - assignment.assigned_at == timedelta(seconds=60)
    kinds = desk.kinds(incident_id=assignment.incident_id)
    assert kinds[:2] == ["incident.opened", "assignment.created"]
    assert "incident.begun" in kinds


def test_the_check_is_queued_with_the_change(desk: Desk) -> None:
    assignment = desk.assigned()
    job = ProcrastinateJob.objects.get(task_name=ACCEPT_CHECK, args__assignment_id=assignment.pk)
    assert job.args == {"city_id": assignment.city_id, "assignment_id": assignment.pk}
    assert job.scheduled_at == assignment.accept_due_at


def test_nothing_is_queued_if_the_change_fails(desk: Desk) -> None:
    bima, new = desk.cast.actor("bima"), NewAssignment(desk.incident().pk, desk.unit("A-1").pk)

    def send_and_fail() -> None:
        with unit_of_work(bima):
            assign_unit(bima, new)
            raise RuntimeError("power cut")

    before = ProcrastinateJob.objects.count()
    with pytest.raises(RuntimeError):
        send_and_fail()
    assert ProcrastinateJob.objects.count() == before


def test_a_category_may_have_its_own_limit(desk: Desk) -> None:
    with reading(desk.cast.kota.pk):
        AcceptLimit.objects.create(
            city=desk.cast.kota, category=desk.cast.category("fire"), limit_s=25
        )
    assignment = desk.assigned()
    assert assignment.accept_due_at - assignment.assigned_at == timedelta(seconds=25)


def test_a_busy_unit_is_refused_and_keeps_its_status(desk: Desk) -> None:
    first = desk.assigned()
    bima = desk.cast.actor("bima")
    depart(bima, first.pk)
    with pytest.raises(Conflict) as refusal:
        assign_unit(bima, NewAssignment(desk.incident().pk, first.unit_id))
    assert refusal.value.code == "unit_busy"
    assert refusal.value.detail["incident_number"] == first.incident.number
    assert desk.fresh(first).unit.status == UnitStatus.EN_ROUTE


@pytest.mark.parametrize("status", [UnitStatus.OFF_DUTY, UnitStatus.OUT_OF_SERVICE])
def test_a_unit_off_duty_is_refused(desk: Desk, status: UnitStatus) -> None:
    unit = desk.unit("DAMKAR-01", status=status.value)
    with pytest.raises(Conflict) as refusal:
        assign_unit(desk.cast.actor("bima"), NewAssignment(desk.incident().pk, unit.pk))
    assert refusal.value.code == "unit_unavailable"


def test_a_unit_on_its_way_home_can_be_sent(desk: Desk) -> None:
    unit = desk.unit("DAMKAR-01", status=UnitStatus.RETURNING.value)
    assign_unit(desk.cast.actor("bima"), NewAssignment(desk.incident().pk, unit.pk))


def test_two_dispatchers_at_once_one_is_told(live_desk: Desk) -> None:
    unit = live_desk.unit("DAMKAR-01")
    incidents = [live_desk.incident(), live_desk.incident()]
    ready = threading.Barrier(2)
    outcomes: list[str] = []

    def send(name: str, incident: Incident) -> None:
        try:
            ready.wait(10)
            assign_unit(live_desk.cast.actor(name), NewAssignment(incident.pk, unit.pk))
            outcomes.append("sent")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=send, args=pair)
        for pair in zip(("bima", "bayu"), incidents, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["sent", "unit_busy"]
    with reading(live_desk.cast.kota.pk):
        assert Assignment.objects.filter(unit=unit).count() == 1


def test_a_closed_incident_takes_no_unit(desk: Desk) -> None:
    incident, bima = desk.incident(), desk.cast.actor("bima")
    close_incident(bima, incident.pk, None, Ending(Disposition.HANDLED, "Sudah padam."))
    with pytest.raises(Conflict) as refusal:
        assign_unit(bima, NewAssignment(incident.pk, desk.unit("DAMKAR-01").pk))
    assert refusal.value.code == "incident_closed"


def test_who_may_send(desk: Desk) -> None:
    unit, incident = desk.unit("DAMKAR-01"), desk.incident()
    new = NewAssignment(incident.pk, unit.pk)
    desk.crew("citra", unit)
    for name in ("ana", "citra", "dewi", "hadi", "putu", "nusa"):
        with pytest.raises(NotPermitted):
            assign_unit(desk.cast.actor(name), new)
    assign_unit(desk.cast.actor("gita"), new)


def test_an_agency_sends_its_own_units_only(desk: Desk) -> None:
    incident = desk.incident()
    other = desk.unit("POLSEK-01", agency="polres")
    with pytest.raises(NotFound):
        assign_unit(desk.cast.actor("gita"), NewAssignment(incident.pk, other.pk))
    body = {"unit_id": other.pk}
    data(desk.cast.api("gita").post(f"incidents/{incident.pk}/assignments", body), 404)


def test_another_city_sees_nothing(desk: Desk) -> None:
    assignment = desk.assigned()
    farah = desk.cast.api("farah")
    assert data(farah.get("units")) == []
    data(farah.get(f"incidents/{assignment.incident_id}/units"), 404)
    data(farah.get(f"units/{assignment.unit_id}/route", incident=assignment.incident_id), 404)
    data(farah.post(f"assignments/{assignment.pk}/accept"), 404)
    body = {"status": "off_duty"}
    data(farah.patch(f"units/{assignment.unit_id}/status", body), 404)
    own = {"unit_id": assignment.unit_id}
    data(farah.post(f"incidents/{assignment.incident_id}/assignments", own), 404)


def test_the_last_unit_cleared_resolves_the_incident(desk: Desk) -> None:
    bima, incident = desk.cast.actor("bima"), desk.incident()
    pair = [
        assign_unit(bima, NewAssignment(incident.pk, desk.unit(name).pk))
        for name in ("DAMKAR-01", "DAMKAR-02")
    ]
    for assignment in pair:
        arrive(bima, assignment.pk)
    clear(bima, pair[0].pk)
    assert desk.fresh(pair[0]).incident.state == "in_progress"
    cancel(bima, pair[1].pk, reason="Tidak perlu lagi")
    assert desk.fresh(pair[1]).incident.state == "resolved"


def test_an_incident_without_work_done_is_not_resolved(desk: Desk) -> None:
    assignment = desk.assigned()
    cancel(desk.cast.actor("bima"), assignment.pk, reason="Salah unit")
    assert desk.fresh(assignment).incident.state == "in_progress"


def test_a_reopened_incident_is_not_resolved_by_old_work(desk: Desk) -> None:
    bima, first = desk.cast.actor("bima"), desk.assigned()
    arrive(bima, first.pk)
    clear(bima, first.pk)
    reopen_incident(bima, first.incident_id, None, reason="Api menyala lagi")
    second = assign_unit(bima, NewAssignment(first.incident_id, desk.unit("DAMKAR-02").pk))
    cancel(bima, second.pk, reason="Salah unit")
    assert desk.fresh(second).incident.state == "in_progress"


def test_an_incident_does_not_close_while_units_work(desk: Desk) -> None:
    bima, assignment = desk.cast.actor("bima"), desk.assigned()
    ending = Ending(Disposition.HANDLED, "Sudah padam.")
    with pytest.raises(Conflict) as refusal:
        close_incident(bima, assignment.incident_id, None, ending)
    assert refusal.value.code == "units_active"
    cancel(bima, assignment.pk, reason="Selesai")
    close_incident(bima, assignment.incident_id, None, ending)


def test_the_api_sends_and_refuses(desk: Desk) -> None:
    unit, incident = desk.unit("DAMKAR-01"), desk.incident()
    bima = desk.cast.api("bima")
    body = {"unit_id": unit.pk, "dangers": "Tabung gas"}
    sent = data(bima.post(f"incidents/{incident.pk}/assignments", body), 201)
    assert sent["row"]["dangers"] == "Tabung gas"
    assert sent["actions"] == ["accept", "depart", "arrive", "decline", "cancel"]
    refused = data(bima.post(f"incidents/{incident.pk}/assignments", body), 409)
    assert refused["code"] == "unit_busy"
    listed = data(bima.get(f"incidents/{incident.pk}/assignments"))
    assert [a["row"]["id"] for a in listed] == [sent["row"]["id"]]
