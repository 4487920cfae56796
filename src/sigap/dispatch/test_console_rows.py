"""The console's tables: what is live, and rows that follow the events."""

from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.dispatch.actions import cancel, depart
from sigap.dispatch.conftest import Desk
from sigap.dispatch.queries import assignment_console_rows, console_rows


def test_units_show_their_work(desk: Desk) -> None:
    assignment = desk.assigned()
    idle = desk.unit("DAMKAR-02")
    desk.unit("OLD", active=False)
    with reading(desk.cast.kota.pk):
        rows = {row.call_sign: row for row in console_rows(desk.cast.kota.pk, None)}
        assert [r.id for r in console_rows(desk.cast.kota.pk, [idle.pk, 999_999])] == [idle.pk]
    assert set(rows) == {"DAMKAR-01", "DAMKAR-02"}
    assert rows["DAMKAR-01"].incident_id == assignment.incident_id
    assert rows["DAMKAR-02"].incident_id is None
    assert "crew_label" not in rows["DAMKAR-01"].model_dump()


def test_ended_assignments_are_not_live(desk: Desk) -> None:
    assignment, city = desk.assigned(), desk.cast.kota.pk
    with reading(city):
        assert [r.id for r in assignment_console_rows(city, [assignment.pk])] == [assignment.pk]
    cancel(desk.cast.actor("bima"), assignment.pk, reason="Salah")
    with reading(city):
        assert assignment_console_rows(city, [assignment.pk]) == []
        assert assignment_console_rows(city, None) == []


def test_every_change_names_both_rows(desk: Desk) -> None:
    assignment, city = desk.assigned(), desk.cast.kota.pk
    with reading(city):
        before = EventRecord.objects.latest("seq").seq
    depart(desk.cast.actor("bima"), assignment.pk)
    with reading(city):
        changed = EventRecord.objects.filter(seq__gt=before).values_list("table", "row_id")
        assert set(changed) == {("units", assignment.unit_id), ("assignments", assignment.pk)}
