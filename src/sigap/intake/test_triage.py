"""Triage: take, dismiss, restore; two operators at once; another city sees nothing."""

from datetime import datetime, timedelta

import pytest

from sigap.core import clock
from sigap.core.actor import system_actor
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.models import Signal, SignalSource
from sigap.intake.transitions import SIGNAL_MACHINE, SignalAction, SignalState
from tests.cast import SUDIRMAN, Cast, data


def alarm(cast: Cast, **changes: object) -> Signal:
    new: dict[str, object] = {
        "city": cast.kota,
        "source": SignalSource.CAMERA,
        "title": "Penyusupan",
        "observed_at": clock.now(),
        "category": cast.category("intrusion"),
        "place": SUDIRMAN,
    }
    return receive_signal(
        system_actor("test", city_id=cast.kota.pk),
        NewSignal(**(new | changes)),  # type: ignore[arg-type]
    )


def test_a_signal_gets_number_area_and_priority(cast: Cast) -> None:
    first, second = alarm(cast), alarm(cast)
    assert second.number == first.number + 1
    with reading(cast.kota.pk):
        assert Signal.objects.get(pk=first.pk).area.name == "Barat"  # type: ignore[union-attr]
    assert first.priority == 2


def test_the_same_rule_again_adds_to_the_waiting_row(cast: Cast) -> None:
    first = alarm(cast, rule_id=7)
    again = alarm(cast, rule_id=7)
    other = alarm(cast, rule_id=8)
    assert again.pk == first.pk
    assert again.repeat_count == 2
    assert other.pk != first.pk


def test_the_window_counts_from_the_last_firing(cast: Cast) -> None:
    start = clock.now()
    first = alarm(cast, rule_id=7)
    for minutes in (4, 8, 12):
        with clock.frozen_at(start + timedelta(minutes=minutes)):
            assert alarm(cast, rule_id=7).pk == first.pk
    with clock.frozen_at(start + timedelta(minutes=17, seconds=1)):
        assert alarm(cast, rule_id=7).pk != first.pk


def test_what_goes_on_for_long_is_told_anew(cast: Cast) -> None:
    start = clock.now()
    first = alarm(cast, rule_id=7)
    rows = set()
    for minutes in range(4, 40, 4):
        with clock.frozen_at(start + timedelta(minutes=minutes)):
            rows.add(alarm(cast, rule_id=7).pk)
    assert first.pk in rows
    assert len(rows) == 2


def test_the_queue_shows_the_most_urgent_first(cast: Cast) -> None:
    low, high = alarm(cast, priority=4), alarm(cast, priority=1)
    rows = data(cast.api("bima").get("signals/queue"))
    assert [row["id"] for row in rows] == [high.pk, low.pk]


def test_an_urgent_signal_has_no_days_of_time(cast: Cast) -> None:
    road = cast.category("road-damage")
    alarm(cast, category=road, priority=1)
    alarm(cast, category=road)
    urgent, usual = data(cast.api("bima").get("signals/queue"))
    for row, limit_s in ((urgent, 60), (usual, road.acknowledge_limit_s)):
        received = datetime.fromisoformat(row["received_at"])
        due = datetime.fromisoformat(row["acknowledge_due_at"])
        assert (due - received).total_seconds() == limit_s


def test_acknowledging_names_the_owner(cast: Cast) -> None:
    signal = alarm(cast)
    row = data(cast.api("bima").post(f"signals/{signal.pk}/acknowledge", {"version": 1}))
    assert row["state"] == "acknowledged"
    assert row["acknowledged_by"] == "Bima"


def test_the_second_operator_is_told(cast: Cast) -> None:
    signal = alarm(cast)
    data(cast.api("bima").post(f"signals/{signal.pk}/acknowledge", {"version": 1}))
    refused = data(cast.api("bayu").post(f"signals/{signal.pk}/acknowledge", {"version": 1}), 409)
    assert refused["code"] == "stale_version"
    assert refused["detail"]["by"] == "Bima"


def test_a_dismissal_needs_a_reason_and_can_be_undone(cast: Cast) -> None:
    signal = alarm(cast)
    bima = cast.api("bima")
    data(bima.post(f"signals/{signal.pk}/dismiss", {"version": 1}), 422)
    body = {"version": 1, "reason": "false_alarm", "note": "bayangan"}
    assert data(bima.post(f"signals/{signal.pk}/dismiss", body))["state"] == "dismissed"
    assert data(bima.get("signals/queue")) == []
    row = data(bima.post(f"signals/{signal.pk}/restore", {"version": 2}))
    assert row["state"] == "acknowledged"
    with reading(cast.kota.pk):
        kinds = list(
            EventRecord.objects.filter(table="signals", row_id=signal.pk)
            .order_by("seq")
            .values_list("kind", flat=True)
        )
    assert kinds == ["signal.received", "signal.dismissed", "signal.restored"]


@pytest.mark.parametrize("who", ["ana", "citra", "dewi", "putu", "nusa"])
def test_who_may_not_triage(cast: Cast, who: str) -> None:
    signal = alarm(cast)
    data(cast.api(who).post(f"signals/{signal.pk}/acknowledge", {"version": 1}), 403)


def test_another_city_sees_nothing(cast: Cast) -> None:
    signal = alarm(cast)
    farah = cast.api("farah")
    assert data(farah.get("signals/queue")) == []
    data(farah.get(f"signals/{signal.pk}"), 404)
    data(farah.post(f"signals/{signal.pk}/acknowledge", {"version": 1}), 404)


def test_nobody_gets_in_without_a_session(cast: Cast) -> None:
    data(cast.api().get("signals/queue"), 401)


@pytest.mark.parametrize("state", list(SignalState))
@pytest.mark.parametrize("action", list(SignalAction))
def test_every_pair_of_state_and_action(
    cast: Cast, state: SignalState, action: SignalAction
) -> None:
    signal = alarm(cast)
    with reading(cast.kota.pk):
        Signal.objects.filter(pk=signal.pk).update(state=state)
    body: dict[str, object] = {"version": 1, "reason": "test", "incident_id": 0}
    bima = cast.api("bima")
    if action is SignalAction.LINK:
        opened = bima.post(
            "incidents",
            {"category": "fire", "place": {"lat": SUDIRMAN.lat, "lon": SUDIRMAN.lon}},
        )
        body["incident_id"] = data(opened, 201)["id"]
    status = bima.post(f"signals/{signal.pk}/{action}", body).status_code
    if SIGNAL_MACHINE.allows(state, action):
        assert status in (200, 201)
    else:
        assert status == 409
