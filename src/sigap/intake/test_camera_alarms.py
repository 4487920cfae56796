"""From a node's alarm to the queue: once, grouped, with picture; silent cameras."""

import base64
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from sigap.cctv.models import Alarm, Rule
from sigap.cctv.testing_cameras import NodeClient, make_camera, make_node, make_rule
from sigap.core import clock
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.intake.actions import REPEAT_WINDOW
from sigap.intake.camera_health import signal_silent_camera
from sigap.intake.models import Signal, SignalSource
from tests.cast import SUDIRMAN, Cast, data

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def node(cast: Cast) -> NodeClient:
    return make_node(cast.kota)


@pytest.fixture
def rule(cast: Cast, node: NodeClient) -> Rule:
    return make_rule(make_camera(cast.kota, "Gerbang", SUDIRMAN), category="crime", priority=2)


def picture() -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "grey").save(buffer, "JPEG")
    return base64.b64encode(buffer.getvalue()).decode()


def alarm(rule: Rule, **changes: Any) -> dict[str, Any]:
    told = {"uuid": uuid4(), "camera_id": rule.camera_id, "rule_id": rule.pk, "class": "person"}
    told |= {"started_at": NOON - timedelta(seconds=1), "observed_at": NOON, "score": 0.8}
    told |= {"track_id": 4, "box": [0.1, 0.2, 0.3, 0.9], "track": [[0.2, 0.9], [0.3, 0.9]]}
    return told | {"picture": picture()} | changes


def test_an_alarm_becomes_a_signal_with_its_evidence(
    cast: Cast, node: NodeClient, rule: Rule
) -> None:
    signal_id = data(node.post("alarms", alarm(rule)))["signal_id"]
    [row] = data(cast.api("bima").get("signals/queue"))
    assert (row["id"], row["source"], row["priority"]) == (signal_id, "camera", 2)
    assert row["category"] == "crime"
    assert row["camera_id"] == rule.camera_id
    assert row["picture"] is not None
    behind = data(cast.api("bima").get(f"signals/{signal_id}/alarms"))
    assert behind["alarms"][0]["track"] == [[0.2, 0.9], [0.3, 0.9]]
    assert behind["passport"]["share_right"] is None
    assert cast.api("farah").get(f"signals/{signal_id}/alarms").status_code == 404


def test_the_same_message_twice_is_one_alarm(cast: Cast, node: NodeClient, rule: Rule) -> None:
    message = alarm(rule)
    first, again = (data(node.post("alarms", message)) for _ in range(2))
    assert first == again
    with reading(cast.kota.pk):
        assert Signal.objects.get(pk=first["signal_id"]).repeat_count == 1
        assert Alarm.objects.count() == 1


def test_firings_in_a_row_are_one_signal(cast: Cast, node: NodeClient, rule: Rule) -> None:
    with clock.frozen_at(NOON):
        first = data(node.post("alarms", alarm(rule)))
        second = data(node.post("alarms", alarm(rule)))
    with clock.frozen_at(NOON + REPEAT_WINDOW + timedelta(seconds=1)):
        third = data(node.post("alarms", alarm(rule)))
    assert first == second != third
    assert len(data(cast.api("bima").get(f"signals/{first['signal_id']}/alarms"))["alarms"]) == 2


def test_an_unreadable_picture_does_not_lose_the_alarm(node: NodeClient, rule: Rule) -> None:
    for rubbish in ("", "%%%", base64.b64encode(b"no jpeg").decode()):
        data(node.post("alarms", alarm(rule, picture=rubbish)))


def test_alarms_of_strange_rules_are_refused(cast: Cast, node: NodeClient, rule: Rule) -> None:
    assert node.post("alarms", alarm(rule, rule_id=rule.pk + 1)).status_code == 404
    assert make_node(cast.lain).post("alarms", alarm(rule)).status_code == 404
    assert node.post("alarms", alarm(rule, box=[0, 0, 2, 1])).status_code == 422
    assert node.post("alarms", alarm(rule, picture="A" * 3_000_001)).status_code == 422


def silence(node: NodeClient, rule: Rule, cast: Cast) -> EventRecord:
    for state in ("up", "silent"):
        told = {"camera_id": rule.camera_id, "state": state, "reason": "no packets"}
        data(node.post("health", {"sent_at": NOON, "epoch": 1, "cameras": [told]}))
    with reading(cast.kota.pk):
        return EventRecord.objects.filter(kind="camera.went_silent").latest("seq")


def test_a_silent_camera_is_one_signal_while_it_is_open(
    cast: Cast, node: NodeClient, rule: Rule
) -> None:
    for _ in range(2):
        signal_silent_camera(silence(node, rule, cast))
    with reading(cast.kota.pk):
        [signal] = Signal.objects.filter(source=SignalSource.HEALTH)
    assert signal.title == "Kamera mati · Gerbang"
    dismissal = {"version": 1, "reason": "no_action"}
    data(cast.api("bima").post(f"signals/{signal.pk}/dismiss", dismissal))
    signal_silent_camera(silence(node, rule, cast))
    with reading(cast.kota.pk):
        assert Signal.objects.filter(source=SignalSource.HEALTH).count() == 2


def test_cameras_of_a_node_that_fall_silent_together_are_one_signal(
    cast: Cast, node: NodeClient, rule: Rule
) -> None:
    others = [make_camera(cast.kota, f"Simpang {n}", SUDIRMAN) for n in range(3)]
    for camera_id in (rule.camera_id, *(camera.pk for camera in others)):
        for state in ("up", "silent"):
            told = {"camera_id": camera_id, "state": state, "reason": "no packets"}
            data(node.post("health", {"sent_at": NOON, "epoch": 1, "cameras": [told]}))
    with reading(cast.kota.pk):
        records = list(EventRecord.objects.filter(kind="camera.went_silent").order_by("seq"))
    assert len(records) == 4
    for record in records * 2:
        signal_silent_camera(record)
    with reading(cast.kota.pk):
        [signal] = Signal.objects.filter(source=SignalSource.HEALTH)
    assert signal.title == f"Kamera mati · 4 kamera · {rule.camera.node.name}"
    assert signal.repeat_count == 4
    assert signal.text.splitlines()[1:3] == ["Simpang 0: no packets", "Simpang 1: no packets"]
    data(cast.api("bima").post(f"signals/{signal.pk}/acknowledge", {"version": signal.version}))
    for record in records:
        signal_silent_camera(record)
    with reading(cast.kota.pk):
        assert Signal.objects.filter(source=SignalSource.HEALTH).count() == 1
    late = make_camera(cast.kota, "Simpang 9", SUDIRMAN)
    for state in ("up", "silent"):
        told = {"camera_id": late.pk, "state": state, "reason": ""}
        data(node.post("health", {"sent_at": NOON, "epoch": 1, "cameras": [told]}))
    with reading(cast.kota.pk):
        last = EventRecord.objects.filter(kind="camera.went_silent").latest("seq")
    signal_silent_camera(last)
    with reading(cast.kota.pk):
        titles = Signal.objects.filter(source=SignalSource.HEALTH).values_list("title", flat=True)
        assert max(titles) == "Kamera mati · Simpang 9"


def test_the_same_alarm_again_tells_how_it_ended(cast: Cast, node: NodeClient, rule: Rule) -> None:
    other = make_rule(rule.camera)
    first = alarm(rule, clip_from=NOON - timedelta(seconds=6), clip_to=NOON + timedelta(seconds=5))
    signal_id = data(node.post("alarms", first))["signal_id"]
    end = NOON + timedelta(seconds=20)
    details = {"colour": "red", "also_rule_ids": [other.pk, 10**9], "count": 3}
    more = first | {"ended_at": end, "clip_to": end + timedelta(seconds=5), "details": details}
    assert data(node.post("alarms", more))["signal_id"] == signal_id
    data(node.post("alarms", first))
    [row] = data(cast.api("bima").get(f"signals/{signal_id}/alarms"))["alarms"]
    assert datetime.fromisoformat(row["ended_at"]) == end
    assert datetime.fromisoformat(row["clip_to"]) == end + timedelta(seconds=5)
    assert (row["colour"], row["also_rule_ids"]) == ("red", [other.pk])
    assert row["details"]["count"] == 3


def test_a_quiet_rule_keeps_alarms_out_of_the_queue(
    cast: Cast, node: NodeClient, rule: Rule
) -> None:
    with reading(cast.kota.pk):
        Rule.objects.filter(pk=rule.pk).update(quiet=True)
    told = alarm(rule)
    assert data(node.post("alarms", told))["signal_id"] is None
    assert data(node.post("alarms", told))["signal_id"] is None
    assert data(cast.api("bima").get("signals/queue")) == []
    with reading(cast.kota.pk):
        assert Alarm.objects.filter(rule=rule).count() == 1


def test_the_row_shows_what_the_rule_told(cast: Cast, node: NodeClient, rule: Rule) -> None:
    details = {"kind": "zone", "count": 3, "speed_kmh": 71.5, "colour": "red"}
    message = alarm(rule, details=details)
    data(node.post("alarms", message))
    [row] = data(cast.api("bima").get("signals/queue"))
    assert (row["facts"]["count"], row["facts"]["colour"]) == (3, "red")
    assert row["facts"]["ended_at"] is None
    end = {"ended_at": NOON, "details": {"count": 2, "speed_kmh": 80}, "picture": ""}
    for _ in range(2):
        data(node.post("alarms", message | end))
    [row] = data(cast.api("bima").get("signals/queue"))
    assert (row["facts"]["count"], row["facts"]["speed_kmh"]) == (3, 80)
    assert row["facts"]["ended_at"] is not None
    assert row["version"] == 1, "how it ended is no reason to decide anew"
    with reading(cast.kota.pk):
        assert EventRecord.objects.filter(kind="signal.sharpened").count() == 1


def test_a_rule_that_joins_later_raises_the_row_it_joined(
    cast: Cast, node: NodeClient, rule: Rule
) -> None:
    urgent = make_rule(rule.camera, name="Rel", category="crime", priority=1)
    message = alarm(rule)
    data(node.post("alarms", message))
    data(node.post("alarms", message | {"details": {"also_rule_ids": [urgent.pk]}}))
    [row] = data(cast.api("bima").get("signals/queue"))
    assert (row["priority"], row["repeat_count"]) == (1, 1)


def test_a_quiet_rule_does_not_silence_another_on_the_same_track(
    cast: Cast, node: NodeClient, rule: Rule
) -> None:
    loud = make_rule(rule.camera, name="Rel", category="crime", priority=1)
    data(cast.api("sari").post(f"cctv/rules/{rule.pk}/quiet", {"reason": "Pohon"}))
    message = alarm(rule)
    assert data(node.post("alarms", message))["signal_id"] is None
    joined = message | {"details": {"also_rule_ids": [loud.pk]}}
    first, again = (data(node.post("alarms", joined))["signal_id"] for _ in range(2))
    assert first == again is not None
    [row] = data(cast.api("bima").get("signals/queue"))
    assert row["rule_id"] == loud.pk
