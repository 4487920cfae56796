"""Retention by purpose and legal holds: who may, what the node is told, what the log says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sigap.cctv.models import Camera, CameraPurpose
from sigap.cctv.testing_cameras import NodeClient, make_camera, make_node
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
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
