"""Retention by purpose and legal holds: who may, what the node is told, what the log says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sigap.cctv.models import Camera, CameraPurpose
from sigap.cctv.retention import apply_due_policies
from sigap.cctv.testing_cameras import NodeClient, make_camera, make_node
from sigap.core.actor import system_actor
from sigap.core.clock import frozen_at
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from tests.cast import SUDIRMAN, Cast, data

FAR_AWAY = LatLon(-6.95, 107.6)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def node(cast: Cast) -> NodeClient:
    return make_node(cast.kota)


@pytest.fixture
def camera(cast: Cast, node: NodeClient) -> Camera:
    return make_camera(cast.kota, "Gerbang", SUDIRMAN)


def told(node: NodeClient, camera: Camera) -> Any:
    [entry] = [one for one in data(node.get("config"))["cameras"] if one["id"] == camera.pk]
    return entry


def hold(camera: Camera, **changes: Any) -> dict[str, Any]:
    period = {"from": NOON, "to": NOON + timedelta(hours=1)}
    return {"camera_id": camera.pk, "reason": "Permintaan Polres"} | period | changes


def test_retention_by_purpose_reaches_the_node(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    jam = make_camera(cast.kota, "Simpang", SUDIRMAN, purpose=CameraPurpose.TRAFFIC, retention_h=12)
    assert (told(node, camera)["retention_h"], told(node, camera)["alarm_retention_h"]) == (
        168,
        720,
    )
    version = data(node.get("config"))["version"]
    decided = {"retention_h": 240, "alarm_retention_h": 900, "legal_basis": "Perwal 7/2026"}
    path = "cctv/retention/security"
    assert cast.api("sari").put(path, decided | {"version": 0}).status_code == 403
    assert data(cast.api("hadi").put(path, decided | {"version": 0}))["version"] == 1
    assert data(cast.api("hadi").put(path, decided | {"version": 0}), 409)["code"] == (
        "stale_version"
    )
    short = decided | {"alarm_retention_h": 10, "version": 1}
    assert data(cast.api("hadi").put(path, short), 422)["code"] == "alarms_shorter"
    assert data(node.get("config", since=version))["version"] > version
    assert (told(node, camera)["retention_h"], told(node, camera)["alarm_retention_h"]) == (
        240,
        900,
    )
    assert (told(node, jam)["retention_h"], told(node, jam)["purpose"]) == (12, "traffic")
    by_purpose = {row["purpose"]: row for row in data(cast.api("bima").get("cctv/retention"))}
    assert by_purpose["security"]["legal_basis"] == "Perwal 7/2026"
    assert by_purpose["disaster"]["version"] == 0


def test_a_hold_is_placed_shown_and_released(cast: Cast, node: NodeClient, camera: Camera) -> None:
    sari = cast.api("sari")
    version = data(node.get("config"))["version"]
    placed = data(sari.post("cctv/holds", hold(camera)), 201)
    assert (placed["placed_by"], placed["released_at"]) == ("Sari", None)
    assert data(node.get("config", since=version))["version"] > version
    [sent] = told(node, camera)["holds"]
    assert sent["uuid"] == placed["uuid"]
    assert datetime.fromisoformat(sent["end"]) == NOON + timedelta(hours=1)
    [listed] = data(cast.api("bima").get("cctv/holds"))
    assert listed["reason"] == "Permintaan Polres"
    path = f"cctv/holds/{placed['id']}/release"
    assert sari.post(path, {"reason": ""}).status_code == 422
    assert data(sari.post(path, {"reason": "Perkara selesai"}))["released_by"] == "Sari"
    assert data(sari.post(path, {"reason": "Lagi"}), 409)["code"] == "released"
    assert told(node, camera)["holds"] == []
    assert data(sari.get("cctv/holds")) == []
    [gone] = data(sari.get("cctv/holds", only_open="false"))
    assert gone["release_reason"] == "Perkara selesai"
    with reading(cast.kota.pk):
        events = EventRecord.objects.filter(city=cast.kota, kind__startswith="hold.")
        first, last = events.order_by("seq")
    assert (first.kind, first.payload["reason"]) == ("hold.placed", "Permintaan Polres")
    assert (last.kind, last.payload["reason"]) == ("hold.released", "Perkara selesai")


def test_who_may_hold_and_what(cast: Cast, camera: Camera) -> None:
    assert cast.api("bima").post("cctv/holds", hold(camera)).status_code == 403
    assert cast.api("ana").get("cctv/holds").status_code == 403
    sari = cast.api("sari")
    assert data(sari.post("cctv/holds", hold(camera, to=NOON)), 422)["code"] == "bad_period"
    far = hold(camera, to=NOON + timedelta(days=93))
    assert data(sari.post("cctv/holds", far), 422)["code"] == "period_too_long"
    make_node(cast.lain)
    other = make_camera(cast.lain, "Jauh", FAR_AWAY)
    assert sari.post("cctv/holds", hold(other)).status_code == 404
    assert sari.post("cctv/holds/99999/release", {"reason": "Tidak ada"}).status_code == 404


def test_a_shorter_time_waits_for_the_night_and_can_be_taken_back(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    hadi, path = cast.api("hadi"), "cctv/retention/security"
    with frozen_at(NOON):
        short = data(hadi.put(path, hours(48, 96)))
        # 02:00 in Jakarta is 19:00 in UTC.
        assert datetime.fromisoformat(short["shortens_at"]) == NOON + timedelta(hours=7)
        assert (short["retention_h"], short["in_force_h"]) == (48, 168)
        assert told(node, camera)["retention_h"] == 168
        shorter = data(hadi.put(path, hours(24, 800, version=1)))
        assert (shorter["in_force_h"], shorter["alarm_in_force_h"]) == (168, 800)
        back = data(hadi.put(path, hours(168, 800, version=2)))
        assert back["shortens_at"] is None
        data(hadi.put(path, hours(24, 800, version=3)))
    with frozen_at(NOON + timedelta(hours=6)):
        assert apply_due_policies() == 0
        late = data(hadi.put("cctv/retention/traffic", hours(1, 1)))
        assert datetime.fromisoformat(late["shortens_at"]) == NOON + timedelta(hours=31)
    version = data(node.get("config"))["version"]
    with frozen_at(NOON + timedelta(hours=7)):
        assert apply_due_policies() == 1
        assert apply_due_policies() == 0
        assert data(node.get("config"))["version"] > version
        assert told(node, camera)["retention_h"] == 24
    with reading(cast.kota.pk):
        events = EventRecord.objects.filter(city=cast.kota, kind__startswith="retention.")
        kinds = [event.kind for event in events.order_by("seq")]
        first = events.earliest("seq")
    assert kinds == ["retention.changed"] * 5 + ["retention.took_effect"]
    assert (first.payload["former_retention_h"], first.actor_label) == (168, "Hadi")


def test_what_a_shorter_time_would_do_is_known_before(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    own = make_camera(cast.kota, "Sendiri", SUDIRMAN, retention_h=24)
    young = make_camera(cast.kota, "Baru", SUDIRMAN)
    with frozen_at(NOON):
        recorded(camera, NOON - timedelta(days=6), size=10**12, bitrate=8_000_000)
        recorded(own, NOON - timedelta(days=6), size=0, bitrate=0)
        recorded(young, NOON - timedelta(hours=3), size=0, bitrate=0)
        data(cast.api("sari").post("cctv/holds", hold(camera)), 201)
        path = "cctv/retention/security/consequence"
        asked = {"retention_h": 48, "alarm_retention_h": 96}
        assert cast.api("sari").get(path, **asked).status_code == 403
        found = data(cast.api("hadi").get(path, **asked))
        assert (found["cameras"], found["losing"], found["held"]) == (2, 1, 1)
        when = NOON + timedelta(hours=7)
        assert datetime.fromisoformat(found["from_when"]) == when
        assert datetime.fromisoformat(found["removed_before"]) == when - timedelta(hours=48)
        [disk] = found["nodes"]
        # A megabyte a second, for two days, of one camera; the others send nothing.
        assert disk["needed_bytes"] == 10**6 * 3600 * 48
        assert disk["room_bytes"] == 10**12
        longer = data(cast.api("hadi").get(path, retention_h=200, alarm_retention_h=900))
        assert (longer["from_when"], longer["losing"]) == (None, 0)
        bad = cast.api("hadi").get(path, retention_h=48, alarm_retention_h=2)
        assert data(bad, 422)["code"] == "alarms_shorter"
        assert cast.api("hadi").get(path, retention_h=0, alarm_retention_h=2).status_code == 422
        kept = data(cast.api("sari").get("cctv/keeping"))
    reach = {one["policy"]["purpose"]: one for one in kept["policies"]}["security"]
    assert (reach["cameras"], reach["own"], reach["recorded_bytes"]) == (2, 1, 10**12)
    assert cast.api("bima").get("cctv/keeping").status_code == 403


def hours(recordings: int, alarms: int, *, version: int = 0) -> dict[str, Any]:
    kept = {"retention_h": recordings, "alarm_retention_h": alarms}
    return kept | {"legal_basis": "Perwal 7/2026", "version": version}


def recorded(camera: Camera, since: datetime, *, size: int, bitrate: int) -> None:
    with unit_of_work(system_actor("test"), camera.city_id):
        Camera.objects.filter(pk=camera.pk).update(
            recorded_from=since, recorded_bytes=size, bitrate_bps=bitrate
        )
