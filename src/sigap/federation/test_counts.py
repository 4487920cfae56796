"""The nation sees counts of all cities and nothing else; a city sees nothing of the nation."""

import re

import pytest

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ROUTES, Access
from sigap.core import clock
from sigap.core.refusals import NotPermitted
from sigap.core.tenancy import reading
from sigap.federation.counts import nation_counts
from sigap.followup.overdue import mark_overdue
from sigap.followup.testing_stories import forwarded, report
from sigap.incidents.models import Incident
from sigap.intake.calls import NewCall, take_call
from sigap.intake.models import CallClass
from tests.cast import SUDIRMAN, Cast, data


def test_the_nation_counts_both_cities(cast: Cast) -> None:
    _, task = forwarded(cast)
    report(cast)
    for call_class in (CallClass.GHOST, CallClass.NORMAL):
        take_call(
            cast.actor("ana"),
            NewCall(
                city=cast.kota,
                call_class=call_class,
                answered_at=clock.now(),
                category=cast.category("fire"),
                place=SUDIRMAN,
                caller_number="0812345",
            ),
        )
    with clock.frozen_at(task.due_at.replace(year=task.due_at.year + 1)):
        mark_overdue(cast.kota.pk)
        answer = cast.api("nusa").get("nation/counts")
        later = {row["city_code"]: row for row in data(answer)}
    kota, lain = later["kota"], later["lain"]
    assert (kota["open_p4"], kota["open_p1"], lain["open_p4"]) == (1, 0, 0)
    assert (kota["reports_open"], kota["reports_overdue"], kota["tasks_overdue"]) == (2, 1, 1)
    # A year later it is another day.
    assert kota["calls_today"] == 0
    now = {row["city_code"]: row for row in data(cast.api("nusa").get("nation/counts"))}
    assert (now["kota"]["calls_today"], now["kota"]["emergency_calls_today"]) == (2, 1)
    assert b"0812345" not in answer.content


@pytest.mark.parametrize(
    "name", ["ana", "bima", "citra", "dewi", "farah", "gita", "hadi", "putu", "sari"]
)
def test_city_users_may_not_count_the_nation(cast: Cast, name: str) -> None:
    assert cast.api(name).get("nation/counts").status_code == 403
    with pytest.raises(NotPermitted):
        nation_counts(cast.actor(name))


def test_the_national_supervisor_gets_nothing_else(cast: Cast) -> None:
    """Every route of the API but the public ones, the own account and the counts refuses."""
    nusa = cast.api("nusa").client
    assert nusa.get("/api/v1/me").status_code == 200  # and the routes are loaded
    refused = 0
    for route in ROUTES:
        if not isinstance(route.guard, Permission) or route.guard is Permission.VIEW_NATION:
            continue
        path = re.sub(r"\{[^}]*\}", "1", route.path)
        for prefix in ("/api/v1", "/api/v1/cctv"):
            answer = nusa.generic(route.method, prefix + path)
            # 422: the form is read before the permission; it says nothing of the city.
            assert answer.status_code in (403, 404, 405, 422), (route, answer.status_code)
            refused += answer.status_code == 403
    assert refused > 20
    assert any(route.guard is Access.PUBLIC for route in ROUTES)


def test_the_view_over_all_cities_ends_with_the_count(cast: Cast) -> None:
    forwarded(cast)
    nation_counts(cast.actor("nusa"))
    with reading(cast.lain.pk):
        assert not Incident.objects.exists()
