"""The stream: stale snapshot + events = fresh snapshot; a reconnect loses nothing; scopes hold."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from sigap.core import clock
from sigap.core.actor import system_actor
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.models import Signal, SignalSource
from tests.cast import SUDIRMAN, Cast, data
from tests.live_core import serve_core

WAIT_S = 10

pytestmark = pytest.mark.django_db(transaction=True)


def signal_in(cast: Cast, city_name: str = "kota") -> Signal:
    city = cast.kota if city_name == "kota" else cast.lain
    return receive_signal(
        system_actor("test", city_id=city.pk),
        NewSignal(
            city=city,
            source=SignalSource.PANIC,
            title="Bantuan",
            observed_at=clock.now(),
            category=cast.category("crime") if city_name == "kota" else None,
            place=SUDIRMAN if city_name == "kota" else None,
        ),
    )


@contextmanager
def stream(base: str, client: Client, after: int, **headers: str) -> Iterator[Iterator[Any]]:
    """The messages of the stream as JSON; beats are left out."""
    cookies = {"sessionid": client.cookies[settings.SESSION_COOKIE_NAME].value}
    with (
        httpx.Client(base_url=base, cookies=cookies, timeout=WAIT_S) as http,
        http.stream("GET", f"/api/v1/stream?after={after}", headers=headers) as response,
    ):
        assert response.status_code == 200
        yield _messages(response)


def _messages(response: httpx.Response) -> Iterator[Any]:
    event = "message"
    for line in response.iter_lines():
        if line.startswith("event:"):
            event = line.removeprefix("event:").strip()
        elif line.startswith("data:") and event == "message":
            yield json.loads(line.removeprefix("data:"))
        elif line.startswith("data:") and event == "reset":
            yield "reset"
        elif not line:
            event = "message"


def reduce(snapshot: dict[str, Any], messages: list[Any]) -> dict[str, dict[int, Any]]:
    """What the web's store does: put or remove the row of each message."""
    tables = {name: {row["id"]: row for row in rows} for name, rows in snapshot["tables"].items()}
    for message in messages:
        rows = tables[message["table"]]
        if message["row"] is None:
            rows.pop(message["key"], None)
        else:
            rows[message["key"]] = message["row"]
    return tables


def take_until(messages: Iterator[Any], seq: int) -> list[Any]:
    taken = []
    for message in messages:
        taken.append(message)
        if message["id"] is not None and message["id"] >= seq:
            return taken
    raise AssertionError("the stream ended early")


def test_a_stale_snapshot_and_the_events_make_a_fresh_one(live_cast: Cast) -> None:
    bima = live_cast.api("bima")
    first = signal_in(live_cast)
    stale = data(bima.get("console/snapshot"))
    with serve_core() as base, stream(base, bima.client, stale["last_event_id"]) as messages:
        second = signal_in(live_cast)
        data(bima.post(f"signals/{first.pk}/acknowledge", {"version": 1}))
        data(bima.post(f"signals/{second.pk}/promote", {"version": 1}), 201)
        data(
            bima.post(
                f"signals/{first.pk}/dismiss",
                {"version": 2, "reason": "no_action", "note": "sudah"},
            )
        )
        fresh = data(bima.get("console/snapshot"))
        seen = take_until(messages, fresh["last_event_id"])
    assert reduce(stale, seen) == reduce(fresh, [])
    assert len(fresh["tables"]["incidents"]) == 1


def test_a_reconnect_loses_nothing(live_cast: Cast) -> None:
    bima = live_cast.api("bima")
    before = data(bima.get("console/snapshot"))["last_event_id"]
    with serve_core() as base:
        signal_in(live_cast)
        with stream(base, bima.client, before) as messages:
            last = next(messages)["id"]
        missed = [signal_in(live_cast).pk for _ in range(5)]
        with stream(base, bima.client, 0, **{"Last-Event-ID": str(last)}) as messages:
            assert [next(messages)["key"] for _ in missed] == missed


def test_another_city_hears_nothing(live_cast: Cast) -> None:
    farah = live_cast.api("farah")
    start = data(farah.get("console/snapshot"))["last_event_id"]
    with serve_core() as base, stream(base, farah.client, start) as messages:
        signal_in(live_cast, "kota")
        own = signal_in(live_cast, "lain")
        assert next(messages)["key"] == own.pk


def test_an_agency_hears_of_its_own_incidents_only(live_cast: Cast) -> None:
    gita, bima = live_cast.api("gita"), live_cast.api("bima")
    start = data(gita.get("console/snapshot"))["last_event_id"]
    place = {"lat": SUDIRMAN.lat, "lon": SUDIRMAN.lon}
    with serve_core() as base, stream(base, gita.client, start) as messages:
        other = data(bima.post("incidents", {"category": "crime", "place": place}), 201)
        own = data(bima.post("incidents", {"category": "fire", "place": place}), 201)
        heard = [next(messages), next(messages)]
    assert heard[0]["key"] == other["id"]
    assert heard[0]["row"] is None
    assert heard[1]["row"]["id"] == own["id"]


def test_too_long_a_gap_asks_for_a_fresh_snapshot(
    live_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sigap.console.stream.LONGEST_BACKLOG", 3)
    for _ in range(5):
        signal_in(live_cast)
    with serve_core() as base, stream(base, live_cast.api("bima").client, 0) as messages:
        assert next(messages) == "reset"


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("citra", 403), ("nusa", 403)])
def test_who_may_not_listen(live_cast: Cast, who: str | None, status: int) -> None:
    client = live_cast.api(who).client
    assert client.get("/api/v1/stream?after=0").status_code == status


def test_the_stream_wants_a_number(live_cast: Cast) -> None:
    client = live_cast.api("bima").client
    assert client.get("/api/v1/stream?after=x").status_code == 422
