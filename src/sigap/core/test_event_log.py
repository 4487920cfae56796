"""The event log: in the transaction of the change, in order, chained, and it cannot be altered."""

from typing import ClassVar

import pytest
from django.db import DatabaseError, connection, transaction

from sigap.core.actor import system_actor
from sigap.core.audit import verify_chain
from sigap.core.events import Event
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from tests.cast import Cast


class Happened(Event):
    kind: ClassVar[str] = "test.happened"

    what: str


def test_events_are_numbered_without_gaps_in_order(cast: Cast) -> None:
    actor = system_actor("test", city_id=cast.kota.pk)
    for what in ("a", "b"):
        with unit_of_work(actor) as work:
            work.record(Happened(what=what))
            work.record(Happened(what=what * 2))
    with reading(cast.kota.pk):
        rows = EventRecord.objects.filter(city=cast.kota).order_by("seq")
        assert [r.seq for r in rows] == list(range(1, len(rows) + 1))
        assert [r.payload["what"] for r in rows if r.kind == "test.happened"] == [
            "a", "aa", "b", "bb",
        ]  # fmt: skip


def test_a_failed_change_leaves_no_event(cast: Cast) -> None:
    actor = system_actor("test", city_id=cast.kota.pk)

    def fail() -> None:
        with unit_of_work(actor) as work:
            work.record(Happened(what="never"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with reading(cast.kota.pk):
        assert not EventRecord.objects.filter(kind="test.happened").exists()


def test_a_nested_unit_joins_the_outer_one(cast: Cast) -> None:
    actor = system_actor("test", city_id=cast.kota.pk)

    def fail() -> None:
        with unit_of_work(actor):
            with unit_of_work(actor) as inner:
                inner.record(Happened(what="inner"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with reading(cast.kota.pk):
        assert not EventRecord.objects.filter(kind="test.happened").exists()


def test_a_unit_of_work_keeps_to_one_city(cast: Cast) -> None:
    actor = system_actor("test", city_id=cast.kota.pk)
    with unit_of_work(actor), pytest.raises(ValueError), unit_of_work(actor, cast.lain.pk):
        pass


@pytest.mark.parametrize("sql", ["UPDATE core_event SET kind = 'x'", "DELETE FROM core_event"])
def test_the_log_refuses_change(cast: Cast, sql: str) -> None:
    with (
        reading(cast.kota.pk),
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_verification_finds_an_altered_link(cast: Cast) -> None:
    actor = system_actor("test", city_id=cast.kota.pk)
    for what in "abc":
        with unit_of_work(actor) as work:
            work.record(Happened(what=what))
    with reading(cast.kota.pk):
        whole = verify_chain(cast.kota.pk)
        assert whole.intact
        assert whole.events >= 3
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE core_event DISABLE TRIGGER core_event_append_only")
            cursor.execute(
                "UPDATE core_event SET payload = %s WHERE city_id = %s AND seq = 2",
                ['{"what": "z"}', cast.kota.pk],
            )
        assert verify_chain(cast.kota.pk).first_broken_seq == 2


def test_verification_finds_a_cut_end(cast: Cast) -> None:
    actor = system_actor("test", city_id=cast.kota.pk)
    with unit_of_work(actor) as work:
        work.record(Happened(what="last"))
    with reading(cast.kota.pk):
        last = verify_chain(cast.kota.pk).events
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE core_event DISABLE TRIGGER core_event_append_only")
            cursor.execute(
                "DELETE FROM core_event WHERE city_id = %s AND seq = %s", [cast.kota.pk, last]
            )
        assert verify_chain(cast.kota.pk).first_broken_seq == last
