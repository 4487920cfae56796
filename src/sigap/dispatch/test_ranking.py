"""The ranking: order, and the reason for every unit that is not proposed."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from sigap.core import clock
from sigap.core.geometry import LatLon
from sigap.core.tenancy import reading
from sigap.dispatch import ranking
from sigap.dispatch.actions import NewAssignment, assign_unit
from sigap.dispatch.conftest import Desk
from sigap.dispatch.models import Unit
from sigap.dispatch.networks import networks
from sigap.dispatch.ranking import RankedUnit, Reason, rank_units
from sigap.dispatch.road import Basis, Route, RouteCost, StraightLine
from sigap.dispatch.transitions import UnitStatus
from sigap.incidents.models import Incident
from tests.cast import SUDIRMAN, data

Moment = Callable[[float], datetime]
SOUTH = LatLon(SUDIRMAN.lat - 0.02, SUDIRMAN.lon)


def rank(desk: Desk, incident: Incident, *, by: str = "bima") -> dict[str, RankedUnit]:
    with reading(desk.cast.kota.pk):
        found = rank_units(desk.cast.actor(by), Incident.objects.get(pk=incident.pk))
    return {ranked.unit.call_sign: ranked for ranked in found}


def reasons(ranked: RankedUnit) -> list[Reason]:
    return [finding.reason for finding in ranked.findings]


def test_the_nearest_able_unit_comes_first(desk: Desk) -> None:
    desk.unit("DAMKAR-FAR", home_lat=SOUTH.lat)
    desk.unit("DAMKAR-NEAR")
    desk.unit("AMB-NEAR", agency="psc119", capabilities=["medical"])
    found = rank(desk, desk.incident())
    assert list(found) == ["DAMKAR-NEAR", "DAMKAR-FAR", "AMB-NEAR"]
    assert [r.proposed for r in found.values()] == [True, True, False]
    assert found["DAMKAR-FAR"].distance_m == pytest.approx(2224 * 1.4, rel=0.01)


def test_every_reason_is_given(desk: Desk) -> None:
    incident = desk.incident()
    busy = desk.unit("BUSY")
    desk.unit("OFF", status=UnitStatus.OFF_DUTY.value)
    desk.unit("BROKEN", status=UnitStatus.OUT_OF_SERVICE.value)
    desk.unit("UNABLE", capabilities=["rescue"])
    desk.unit("HOME", status=UnitStatus.RETURNING.value)
    other = desk.incident()
    assign_unit(desk.cast.actor("bima"), NewAssignment(other.pk, busy.pk))
    found = rank(desk, incident)
    assert reasons(found["BUSY"]) == [Reason.BUSY]
    assert found["BUSY"].findings[0].incident_number == other.number
    assert reasons(found["OFF"]) == [Reason.OFF_DUTY]
    assert reasons(found["BROKEN"]) == [Reason.OUT_OF_SERVICE]
    assert found["UNABLE"].findings[0].capabilities == ("fire",)
    assert found["HOME"].proposed


def test_an_old_fix_only_warns(desk: Desk, moment: Moment) -> None:
    fix: dict[str, Any] = {"lat": SOUTH.lat, "lon": SOUTH.lon}
    desk.unit("OLD", position_at=moment(-601), **fix)
    desk.unit("NEW", position_at=moment(-5), **fix)
    with clock.frozen_at(moment(0)):
        found = rank(desk, desk.incident())
    assert reasons(found["OLD"]) == [Reason.POSITION_STALE]
    assert found["OLD"].findings[0].since == moment(-601)
    assert found["OLD"].proposed
    assert found["NEW"].findings == []
    assert found["NEW"].place.point == SOUTH


class NoWay:
    """An estimator for which nothing leads anywhere."""

    basis = Basis.ROAD

    def etas(self, origins: Sequence[LatLon], destination: LatLon) -> list[float | None]:
        return [None] * len(origins)

    def rank(self, origins: Sequence[LatLon], destination: LatLon) -> list[RouteCost | None]:
        return [None] * len(origins)

    def route(self, origin: LatLon, destination: LatLon) -> Route | None:
        return None


def test_a_unit_that_no_road_leads_from(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    unit = desk.unit("ISLAND")
    incident = desk.incident()
    monkeypatch.setattr(networks, "of", lambda _: NoWay())
    found = rank(desk, incident)
    assert reasons(found["ISLAND"]) == [Reason.UNREACHABLE]
    bima = desk.cast.api("bima")
    answer = data(bima.get(f"units/{unit.pk}/route", incident=incident.pk), 409)
    assert answer["code"] == "unreachable"


def test_an_agency_ranks_its_own_units(desk: Desk) -> None:
    desk.unit("DAMKAR-01")
    desk.unit("POLSEK-01", agency="polres")
    assert list(rank(desk, desk.incident(), by="gita")) == ["DAMKAR-01"]


def test_an_inactive_unit_is_not_ranked(desk: Desk) -> None:
    desk.unit("OLD-01", active=False)
    assert rank(desk, desk.incident()) == {}


def test_the_api_gives_keys_and_flags_straight_lines(desk: Desk) -> None:
    for number in range(11):
        desk.unit(f"DAMKAR-{number:02d}", home_lat=SUDIRMAN.lat - number / 1000)
    desk.unit("OFF", status=UnitStatus.OFF_DUTY.value)
    rows = data(desk.cast.api("bima").get(f"incidents/{desk.incident().pk}/units"))
    assert [row["key"] for row in rows] == [*range(1, 10), None, None, None]
    assert {row["basis"] for row in rows} == {"straight_line"}
    assert rows[-1]["findings"][0]["reason"] == "off_duty"
    assert rows[1]["position_source"] == "station"


def test_a_route_is_drawn(desk: Desk) -> None:
    unit = desk.unit("DAMKAR-01", home_lat=SOUTH.lat)
    incident = desk.incident()
    path = f"units/{unit.pk}/route"
    route = data(desk.cast.api("bima").get(path, incident=incident.pk))
    assert route["line"] == [[SOUTH.lon, SOUTH.lat], [SUDIRMAN.lon, SUDIRMAN.lat]]
    assert route["basis"] == "straight_line"


def test_the_ranking_takes_few_queries(
    desk: Desk, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(30):
        desk.unit(f"DAMKAR-{number:02d}")
    incident, bima = desk.incident(), desk.cast.api("bima")
    with django_assert_max_num_queries(10):  # type: ignore[attr-defined]
        bima.get(f"incidents/{incident.pk}/units")


def test_a_city_without_roads_falls_back(desk: Desk) -> None:
    assert isinstance(ranking.travel_estimator(desk.cast.kota), StraightLine)


def test_stale_is_ten_minutes() -> None:
    assert timedelta(minutes=10) == ranking.STALE_AFTER


def test_units_of_the_database_only(desk: Desk) -> None:
    desk.unit("DAMKAR-01")
    with reading(desk.cast.lain.pk):
        assert not Unit.objects.exists()
