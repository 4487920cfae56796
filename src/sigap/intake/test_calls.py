"""112 calls: classes, earlier calls, what a normal call needs, odd clocks, wrong input."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sigap.core import clock
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.intake.models import Call, Signal
from tests.cast import SUDIRMAN, Cast, data

PLACE = {"lat": SUDIRMAN.lat, "lon": SUDIRMAN.lon}
MOMENT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def normal(**changes: Any) -> dict[str, Any]:
    return {
        "call_class": "normal",
        "answered_at": clock.now().isoformat(),
        "caller_number": "+62 812 0000 0000",
        "category": "fire",
        "place": PLACE,
        "place_text": "Jl. Sudirman",
        "notes": "asap dari lantai dua",
    } | changes


def test_a_normal_call_becomes_a_signal(cast: Cast) -> None:
    saved = data(cast.api("ana").post("calls", normal()), 201)
    assert saved["signal"]["source"] == "call"
    assert saved["signal"]["priority"] == 1
    assert saved["signal"]["area_name"] == "Barat"
    assert "caller_number" not in saved["signal"]


@pytest.mark.parametrize("call_class", ["ghost", "prank", "information"])
def test_other_classes_are_kept_but_make_no_signal(cast: Cast, call_class: str) -> None:
    body = {"call_class": call_class, "answered_at": clock.now().isoformat()}
    assert data(cast.api("ana").post("calls", body), 201)["signal"] is None
    with reading(cast.kota.pk):
        assert Call.objects.count() == 1
        assert not Signal.objects.exists()


@pytest.mark.parametrize("missing", ["category", "place"])
def test_a_normal_call_needs_what_and_where(cast: Cast, missing: str) -> None:
    refused = data(cast.api("ana").post("calls", normal(**{missing: None})), 422)
    assert refused["detail"]["fields"] == [missing]
    with reading(cast.kota.pk):
        assert not Call.objects.exists()


def test_a_place_outside_the_city_is_refused(cast: Cast) -> None:
    refused = data(cast.api("ana").post("calls", normal(place={"lat": 60.17, "lon": 24.94})), 422)
    assert refused["code"] == "outside_city"


def test_earlier_calls_of_the_number_are_shown_and_recorded(cast: Cast) -> None:
    ana = cast.api("ana")
    data(ana.post("calls", normal()), 201)
    data(ana.post("calls", normal(call_class="prank", category=None, place=None)), 201)
    data(ana.post("calls", normal(caller_number="110")), 201)
    earlier = data(ana.post("calls/earlier", {"number": "+62 812 0000 0000"}))
    assert [call["call_class"] for call in earlier] == ["prank", "normal"]
    with reading(cast.kota.pk):
        viewed = EventRecord.objects.get(kind="personal.calls_viewed")
        assert viewed.actor_label == "Ana"
        assert "812" not in str(viewed.payload)


def test_who_may_not_see_numbers(cast: Cast) -> None:
    for who in ("dewi", "putu", "citra", "hadi"):
        data(cast.api(who).post("calls/earlier", {"number": "112"}), 403)


def test_a_wrong_clock_of_the_form_does_no_harm(cast: Cast) -> None:
    with clock.frozen_at(MOMENT):
        ana = cast.api("ana")
        data(ana.post("calls", normal(answered_at=MOMENT + timedelta(hours=1))), 201)
        data(ana.post("calls", normal(answered_at=MOMENT - timedelta(days=3))), 201)
    with reading(cast.kota.pk):
        future, past = Call.objects.order_by("id")
    assert future.answered_at == MOMENT
    assert past.answered_at == MOMENT - timedelta(hours=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"notes": "x" * 1_000_000},
        {"caller_number": "0812; DROP TABLE"},
        {"priority": 5},
        {"place": {"lat": 91, "lon": 0}},
        {"category": "no-such"},
        {"call_class": "joke"},
        {"answered_at": "yesterday"},
    ],
)
def test_wrong_input_is_refused_and_nothing_is_kept(cast: Cast, changes: dict[str, Any]) -> None:
    data(cast.api("ana").post("calls", normal(**changes)), 422)
    with reading(cast.kota.pk):
        assert not Call.objects.exists()


def test_nan_is_refused(cast: Cast) -> None:
    client = cast.api("ana").client
    body = (
        '{"call_class":"normal","answered_at":"2026-01-01T00:00:00Z","place":{"lat":NaN,"lon":1}}'
    )
    response = client.post("/api/v1/calls", body, content_type="application/json")
    assert response.status_code in (400, 422)


def test_a_repeated_save_is_one_call(cast: Cast) -> None:
    ana, body = cast.api("ana"), normal()
    first = data(ana.post("calls", body, Idempotency_Key="k1"), 201)
    again = data(ana.post("calls", body, Idempotency_Key="k1"), 201)
    assert again == first
    data(ana.post("calls", normal(notes="other"), Idempotency_Key="k1"), 409)
    with reading(cast.kota.pk):
        assert Call.objects.count() == 1
