"""Positions: a batch judged row by row, harmless twice, never backwards."""

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import connection

from sigap.core import clock
from sigap.core.geometry import LatLon
from sigap.core.refusals import NotFound
from sigap.core.tenancy import reading
from sigap.dispatch.actions import Fix, FixOutcome, record_positions
from sigap.dispatch.conftest import Desk
from sigap.dispatch.models import Position, Unit
from tests.cast import SUDIRMAN

Moment = Callable[[float], datetime]


def east(metres: float) -> LatLon:
    return LatLon(SUDIRMAN.lat, SUDIRMAN.lon + metres / 110_600)


@pytest.fixture
def unit(desk: Desk) -> Unit:
    made = desk.unit("DAMKAR-01")
    desk.crew("citra", made)
    return made


def send(desk: Desk, unit: Unit, fixes: list[Fix], sent_at: datetime) -> list[FixOutcome]:
    return record_positions(desk.cast.actor("citra"), unit.pk, fixes, sent_at=sent_at)


def kept(desk: Desk) -> list[Position]:
    with reading(desk.cast.kota.pk):
        return list(Position.objects.order_by("observed_at"))


def where(desk: Desk, unit: Unit) -> Unit:
    with reading(desk.cast.kota.pk):
        return Unit.objects.get(pk=unit.pk)


def test_a_batch_moves_the_unit_to_its_newest(desk: Desk, unit: Unit, moment: Moment) -> None:
    fixes = [Fix(moment(s), east(s * 10)) for s in (30, 10, 20)]
    with clock.frozen_at(moment(31)):
        assert set(send(desk, unit, fixes, moment(31))) == {FixOutcome.KEPT}
    now = where(desk, unit)
    assert now.position_at == moment(30)
    assert now.lon == east(300).lon
    assert len(kept(desk)) == 3


def test_sent_twice_nothing_is_doubled(desk: Desk, unit: Unit, moment: Moment) -> None:
    fixes = [Fix(moment(s), east(s)) for s in (10, 20)]
    with clock.frozen_at(moment(21)):
        send(desk, unit, fixes, moment(21))
    with clock.frozen_at(moment(24)):
        send(desk, unit, fixes, moment(24))
    assert len(kept(desk)) == 2


@pytest.mark.parametrize("wrong_by_h", [-1, 1])
def test_a_wrong_clock_is_put_right(
    desk: Desk, unit: Unit, moment: Moment, wrong_by_h: int
) -> None:
    wrong = timedelta(hours=wrong_by_h)
    with clock.frozen_at(moment(60)):
        fixes = [Fix(moment(50) + wrong, east(5))]
        assert send(desk, unit, fixes, moment(60) + wrong) == [FixOutcome.KEPT]
    assert kept(desk)[0].observed_at == moment(50)
    assert kept(desk)[0].device_at == moment(50) + wrong
    assert where(desk, unit).position_at == moment(50)


def test_one_bad_fix_does_not_hold_up_the_rest(desk: Desk, unit: Unit, moment: Moment) -> None:
    fixes = [
        Fix(moment(1), LatLon(float("nan"), 106.6)),
        Fix(moment(2), LatLon(0.0, 0.0)),
        Fix(moment(3), LatLon(51.5, -0.1)),
        Fix(moment(4), east(0), accuracy_m=5000.0),
        Fix(moment(-90_000), east(0)),
        Fix(moment(400), east(0)),
        Fix(moment(5), east(0), speed_mps=-3.0),
        Fix(moment(6), east(0), accuracy_m=float("nan")),
        Fix(moment(7), east(0), accuracy_m=8.0),
        Fix(moment(8), east(9000)),
    ]
    with clock.frozen_at(moment(10)):
        outcomes = send(desk, unit, fixes, moment(10))
    assert outcomes == [
        FixOutcome.NOT_A_PLACE,
        FixOutcome.NOT_A_PLACE,
        FixOutcome.FAR_OUTSIDE,
        FixOutcome.TOO_VAGUE,
        FixOutcome.TOO_OLD,
        FixOutcome.IN_THE_FUTURE,
        FixOutcome.IMPOSSIBLE_SPEED,
        FixOutcome.TOO_VAGUE,
        FixOutcome.KEPT,
        FixOutcome.IMPOSSIBLE_SPEED,
    ]
    assert where(desk, unit).position_at == moment(7)


def test_an_old_queue_does_not_move_the_unit_back(desk: Desk, unit: Unit, moment: Moment) -> None:
    with clock.frozen_at(moment(100)):
        send(desk, unit, [Fix(moment(100), east(1000))], moment(100))
        send(desk, unit, [Fix(moment(20), east(20))], moment(100))
    assert where(desk, unit).position_at == moment(100)
    assert len(kept(desk)) == 2


def test_only_the_own_unit(desk: Desk, unit: Unit, moment: Moment) -> None:
    other = desk.unit("DAMKAR-02")
    with pytest.raises(NotFound):
        record_positions(desk.cast.actor("citra"), other.pk, [Fix(moment(0), east(0))])


def test_consoles_are_told_of_moves_not_of_every_fix(
    desk: Desk, unit: Unit, moment: Moment
) -> None:
    announced = set()
    for second in range(60):
        with clock.frozen_at(moment(second)):
            send(desk, unit, [Fix(moment(second), east(second * 12))], moment(second))
        announced.add(where(desk, unit).announced_at)
    assert announced == {moment(second) for second in range(0, 60, 3)}
    assert len(kept(desk)) == 60
    assert desk.kinds() == ["city.created"]


def test_a_unit_that_stands_is_told_once_a_minute(desk: Desk, unit: Unit, moment: Moment) -> None:
    announced = set()
    for second in range(0, 180, 10):
        with clock.frozen_at(moment(second)):
            send(desk, unit, [Fix(moment(second), east(0))], moment(second))
        announced.add(where(desk, unit).announced_at)
    assert announced == {moment(0), moment(60), moment(120)}


def test_a_move_wakes_the_consoles(live_desk: Desk, moment: Moment) -> None:
    unit = live_desk.unit("DAMKAR-01")
    live_desk.crew("citra", unit)
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as link:
        link.execute("LISTEN sigap_rows")
        with clock.frozen_at(moment(0)):
            send(live_desk, unit, [Fix(moment(0), east(0))], moment(0))
        told = [notice.payload for notice in link.notifies(timeout=5, stop_after=1)]
    assert told == [f"{unit.city_id}:units:{unit.pk}"]
