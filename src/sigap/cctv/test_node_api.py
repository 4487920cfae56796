"""What a node says and gets: proof of identity, configuration, health with outages, counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sigap.cctv.actions import set_masks
from sigap.cctv.health import sweep_silent_nodes
from sigap.cctv.models import Camera, CameraState, HealthSample, LineCount, Outage, RuleKind
from sigap.cctv.testing_cameras import ZONE, NodeClient, make_camera, make_node, make_rule
from sigap.core import clock
from sigap.core.actor import system_actor
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from tests.cast import SUDIRMAN, Cast, data

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def node(cast: Cast) -> NodeClient:
    return make_node(cast.kota)


@pytest.fixture
def camera(cast: Cast, node: NodeClient) -> Camera:
    return make_camera(cast.kota, "Gerbang", SUDIRMAN)


def health(camera: Camera, state: str, **changes: Any) -> dict[str, Any]:
    told = {"camera_id": camera.pk, "state": state, "reason": "", "fps": 12.5}
    told |= {"bitrate_bps": 900_000, "last_frame_at": None, "width": 768, "height": 576}
    told |= {"codec": "avc1.640028", "recording": True, "segments_bytes": 10} | changes
    return {"sent_at": clock.now(), "epoch": 1, "cameras": [told], "rss_bytes": 1, "cpu_s": 0.5}


def kinds(cast: Cast) -> list[str]:
    with reading(cast.kota.pk):
        events = EventRecord.objects.filter(city=cast.kota, kind__startswith="camera.")
        return list(events.order_by("seq").values_list("kind", flat=True))


def state_of(camera: Camera) -> str:
    with reading(camera.city_id):
        return Camera.objects.get(pk=camera.pk).state


def test_without_the_token_nothing_is_answered(node: NodeClient) -> None:
    stranger = NodeClient(node.node, "forged")
    assert stranger.get("config").status_code == 401
    assert stranger.post("health", {"not": "even read"}).status_code == 401
    assert NodeClient(node.node, "x" * 5000).get("config").status_code == 401


def test_a_new_token_ends_the_old_one(cast: Cast, node: NodeClient) -> None:
    replaced = make_node(cast.kota)
    assert node.get("config").status_code == 401
    assert data(replaced.get("config"))["epoch"] == 2


def test_the_configuration_names_cameras_rules_and_masks(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    rule = make_rule(camera, RuleKind.LINE, classes=["person", "car"])
    set_masks(system_actor("test", city_id=cast.kota.pk), camera.pk, [ZONE])
    config = data(node.get("config"))
    assert config["media_key"] == bytes(node.node.media_key).hex()
    [told] = config["cameras"]
    assert told["source_url"] == "rtsp://viewer:geheim@10.0.0.5/stream"
    assert told["analysis_fps"] == 5
    assert told["rules"][0]["id"] == rule.pk
    assert told["rules"][0]["classes"] == ["car", "person"]
    assert told["masks"] == [[list(point) for point in ZONE]]


def test_an_unchanged_configuration_is_not_sent_again(node: NodeClient, camera: Camera) -> None:
    version = data(node.get("config"))["version"]
    assert node.get("config", since=version).status_code == 304
    make_rule(camera)
    assert data(node.get("config", since=version))["version"] > version


def test_a_node_sees_its_own_cameras_only(cast: Cast, node: NodeClient, camera: Camera) -> None:
    other = make_node(cast.lain)
    assert data(other.get("config"))["cameras"] == []
    data(other.post("health", health(camera, "silent")))
    assert state_of(camera) == CameraState.UNKNOWN


def test_what_a_camera_delivers_is_kept(cast: Cast, node: NodeClient, camera: Camera) -> None:
    told = {"key_interval_s": 10.0, "clock_skew_s": -3600.5, "decode_level": "keyframes"}
    data(node.post("health", health(camera, "up", analysis="on", **told)))
    with reading(cast.kota.pk):
        kept = Camera.objects.get(pk=camera.pk)
    assert {name: getattr(kept, name) for name in told} == told
    refused = node.post("health", health(camera, "up", key_interval_s=-1))
    assert refused.status_code == 422


def test_a_camera_that_falls_silent_and_returns(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    with clock.frozen_at(NOON):
        data(node.post("health", health(camera, "up", last_frame_at=NOON)))
    with clock.frozen_at(NOON + timedelta(seconds=12)):
        data(node.post("health", health(camera, "silent", reason="no packets")))
        data(node.post("health", health(camera, "connecting")))
        data(node.post("health", health(camera, "bad")))
    with clock.frozen_at(NOON + timedelta(seconds=30)):
        data(node.post("health", health(camera, "up")))
    with reading(cast.kota.pk):
        [outage] = Outage.objects.filter(camera=camera)
        sample = HealthSample.objects.get(camera=camera)
    assert (outage.started_at, outage.ended_at) == (NOON, NOON + timedelta(seconds=30))
    assert sample.state == CameraState.UP
    expected = ["camera.added", "camera.returned", "camera.went_silent", "camera.changed"]
    assert kinds(cast) == [*expected, "camera.returned"]


def test_a_node_of_thousands_of_cameras_is_heard(node: NodeClient, camera: Camera) -> None:
    report = health(camera, "up")
    [first] = report["cameras"]
    report["cameras"] = [first | {"camera_id": camera.pk + more} for more in range(5000)]
    assert data(node.post("health", report))["taken"] == 5000
    assert state_of(camera) == CameraState.UP


def test_a_silent_node_takes_its_cameras_down(cast: Cast, node: NodeClient, camera: Camera) -> None:
    with clock.frozen_at(NOON):
        data(node.post("health", health(camera, "up", last_frame_at=NOON)))
    with clock.frozen_at(NOON + timedelta(seconds=9)):
        assert sweep_silent_nodes() == 0
    with clock.frozen_at(NOON + timedelta(seconds=11)):
        assert sweep_silent_nodes() == 1
        assert sweep_silent_nodes() == 0
    assert state_of(camera) == CameraState.SILENT


def test_a_replaced_node_is_fenced_off(node: NodeClient, camera: Camera) -> None:
    report = health(camera, "up") | {"epoch": 0}
    assert data(node.post("health", report), 409)["code"] == "old_epoch"


def test_counts_repeated_replace_the_minute(cast: Cast, node: NodeClient, camera: Camera) -> None:
    rule = make_rule(camera, RuleKind.LINE)
    row = {"camera_id": camera.pk, "rule_id": rule.pk, "minute": NOON, "class": "person"}
    with clock.frozen_at(NOON):
        rows = [row | {"forward": 3, "backward": 1}]
        assert data(node.post("counts", {"rows": rows}))["taken"] == 1
        rows = [row | {"forward": 4, "backward": 1}, row | {"forward": 5, "backward": 2}]
        data(node.post("counts", {"rows": rows}))
    with reading(cast.kota.pk):
        [count] = LineCount.objects.filter(rule=rule)
    assert (count.forward, count.backward) == (5, 2)
    query = {"from": NOON - timedelta(hours=1), "to": NOON + timedelta(hours=1), "step_s": 3600}
    query |= {"from": "2026-03-02T11:00:00Z", "to": "2026-03-02T13:00:00Z"}
    [step] = data(cast.api("bima").get(f"cctv/cameras/{camera.pk}/counts", **query))
    assert step["forward"] == 5


def test_counts_of_strange_rules_and_times(cast: Cast, node: NodeClient, camera: Camera) -> None:
    row = {"camera_id": camera.pk, "rule_id": 99, "class": "car", "forward": 1, "backward": 0}
    assert data(node.post("counts", {"rows": [row | {"minute": NOON}]}))["taken"] == 0
    later = clock.now() + timedelta(hours=1)
    assert data(node.post("counts", {"rows": [row | {"minute": later}]}), 422)["code"] == (
        "clock_ahead"
    )
    huge = [row | {"minute": NOON}] * 5001
    assert node.post("counts", {"rows": huge}).status_code == 422
