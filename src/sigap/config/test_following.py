"""Subscribers get every event at least once and in order, whatever happens in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.utils import OperationalError

from sigap.cctv.events import CameraAdded, CameraReturned
from sigap.city.models import City
from sigap.config import following
from sigap.config.following import MAX_ATTEMPTS, Follower
from sigap.config.subscriptions import SUBSCRIBERS, Subscriber
from sigap.core.actor import system_actor
from sigap.core.events import known_kinds
from sigap.core.models import EventRecord, SubscriberPosition
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.models import Signal, SignalSource
from tests.cast import Cast

Handled = list[tuple[int, int]]


def add(city: City, *names: str) -> None:
    with unit_of_work(system_actor("test"), city.pk) as work:
        for number, name in enumerate(names, start=1):
            work.record(CameraAdded(camera_id=number, name=name))


def position(city: City, name: str = "test") -> int:
    with reading(city.pk):
        found = SubscriberPosition.objects.filter(city=city, subscriber=name).first()
    return found.seq if found else 0


def follower(handler: Callable[[EventRecord], None]) -> Follower:
    return Follower(Subscriber("test", {"camera.added": handler}))


@pytest.fixture
def handled() -> Handled:
    return []


@pytest.fixture
def following_all(handled: Handled) -> Follower:
    return follower(lambda event: handled.append((event.city_id, event.payload["camera_id"])))


def test_events_come_once_in_order_city_by_city(
    live_cast: Cast, following_all: Follower, handled: Handled
) -> None:
    add(live_cast.kota, "a", "b")
    add(live_cast.lain, "c")
    assert following_all.catch_up() == 3
    assert following_all.catch_up() == 0
    kota, lain = live_cast.kota.pk, live_cast.lain.pk
    assert sorted(handled) == sorted([(kota, 1), (kota, 2), (lain, 1)])
    assert [pair for pair in handled if pair[0] == kota] == [(kota, 1), (kota, 2)]


def test_a_new_start_goes_on_where_the_last_one_was(
    live_cast: Cast, following_all: Follower, handled: Handled
) -> None:
    add(live_cast.kota, "a")
    following_all.catch_up()
    add(live_cast.kota, "b")
    assert Follower(following_all.subscriber).catch_up() == 1
    assert len(handled) == 2


def signal_for(cast: Cast, event: EventRecord) -> None:
    new = NewSignal(
        city=cast.kota,
        source=SignalSource.HEALTH,
        title=event.payload["name"],
        observed_at=event.occurred_at,
    )
    receive_signal(system_actor("test", city_id=event.city_id), new)


def test_a_crash_between_handling_and_moving_loses_and_doubles_nothing(
    live_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(live_cast.kota, "a")
    calls: list[int] = []

    def handle(event: EventRecord) -> None:
        calls.append(event.seq)
        signal_for(live_cast, event)

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(following, "_move", crash)
        with pytest.raises(KeyboardInterrupt):
            follower(handle).catch_up()
    assert position(live_cast.kota) == 0
    follower(handle).catch_up()
    assert len(calls) == 2
    with reading(live_cast.kota.pk):
        assert Signal.objects.filter(title="a").count() == 1


def test_what_a_handler_does_names_its_cause(live_cast: Cast) -> None:
    add(live_cast.kota, "a")
    follower(lambda event: signal_for(live_cast, event)).catch_up()
    with reading(live_cast.kota.pk):
        caused = EventRecord.objects.get(kind="signal.received")
        assert caused.cause_id == EventRecord.objects.get(kind="camera.added").uuid
        assert caused.actor_label == "test"


class Clock:
    """Stands for the monotonic clock."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


def test_a_failing_handler_waits_longer_and_longer_and_blocks_no_other_city(
    live_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(following, "time", clock)
    add(live_cast.kota, "bad")
    add(live_cast.lain, "good")
    tried: list[str] = []

    def handle(event: EventRecord) -> None:
        tried.append(event.payload["name"])
        if event.payload["name"] == "bad":
            raise ValueError("cannot")

    runner = follower(handle)
    assert runner.catch_up() == 1
    assert runner.catch_up() == 0
    assert sorted(tried) == ["bad", "good"]
    clock.now_s = 1.1
    runner.catch_up()
    clock.now_s = 2.0
    runner.catch_up()
    assert tried.count("bad") == 2
    assert position(live_cast.kota) == 0


def test_a_hopeless_event_is_set_aside_on_record(
    live_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(following, "time", clock)
    add(live_cast.kota, "bad", "good")
    done: list[str] = []

    def handle(event: EventRecord) -> None:
        if event.payload["name"] == "bad":
            raise ValueError("cannot")
        done.append(event.payload["name"])

    runner = follower(handle)
    for _ in range(MAX_ATTEMPTS):
        assert done == []
        runner.catch_up()
        clock.now_s += timedelta(minutes=2).total_seconds()
    runner.catch_up()
    assert done == ["good"]
    with reading(live_cast.kota.pk):
        record = EventRecord.objects.get(kind="subscriber.event_set_aside")
    assert record.payload["error"] == "ValueError"


def test_a_lost_database_is_no_failure_of_the_handler(live_cast: Cast) -> None:
    add(live_cast.kota, "a")

    def handle(_: EventRecord) -> None:
        raise OperationalError("the connection is closed")

    runner = follower(handle)
    with pytest.raises(OperationalError):
        runner.catch_up()
    assert runner.troubles == {}


def test_long_stretches_of_no_interest_are_skipped(
    live_cast: Cast, following_all: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "STRIDE", 3)
    with unit_of_work(system_actor("test"), live_cast.kota.pk) as work:
        for number in range(5):
            work.record(CameraReturned(camera_id=number, name="x", outage_s=0))
    following_all.catch_up()
    assert position(live_cast.kota) >= 5


def test_the_page_of_subscriptions_names_known_events_and_each_subscriber_once() -> None:
    names = [subscriber.name for subscriber in SUBSCRIBERS]
    assert len(set(names)) == len(names)
    kinds = {kind for subscriber in SUBSCRIBERS for kind in subscriber.handlers}
    assert kinds <= known_kinds()
