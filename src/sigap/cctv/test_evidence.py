"""Evidence: asked for, cut by a node, chained, signed, fetched; and who may not."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sigap.cctv.models import Camera
from sigap.cctv.testing_cameras import NodeClient, make_camera, make_node
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from tests.cast import SUDIRMAN, Cast, data

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
END = NOON + timedelta(minutes=5)


@pytest.fixture
def node(cast: Cast) -> NodeClient:
    return make_node(cast.kota)


@pytest.fixture
def camera(cast: Cast, node: NodeClient) -> Camera:
    return make_camera(cast.kota, "Gerbang", SUDIRMAN)


def wish(*cameras: Camera, **changes: Any) -> dict[str, Any]:
    items = [{"camera_id": camera.pk, "from": NOON, "to": END} for camera in cameras]
    return {"items": items, "reason": "LP/12/III/2026, penyidik Ipda Ratna"} | changes


def request(cast: Cast, camera: Camera, **changes: Any) -> dict[str, Any]:
    [export] = data(cast.api("sari").post("cctv/evidence", wish(camera, **changes)), 201)
    assert isinstance(export, dict)
    return export


def report(export: dict[str, Any], camera: Camera, state: str, **changes: Any) -> dict[str, Any]:
    return {"uuid": export["uuid"], "state": state} | changes


def cut(camera: Camera, name: str = "01-gerbang.mp4") -> list[dict[str, Any]]:
    file = {"name": name, "size_bytes": 1000, "sha256": "ab" * 32, "start": NOON, "end": END}
    file |= {"lead_ms": 800, "codec": "avc1.640028", "width": 1920, "height": 1080}
    file |= {"pictures": 7500, "clock": [[0, NOON]]}
    item = {"camera_uuid": camera.uuid, "start": NOON, "end": END, "recorded_ms": 300_000}
    return [item | {"gaps": [], "files": [file]}]


def finish(node: NodeClient, export: dict[str, Any], camera: Camera, **kept: Any) -> dict[str, Any]:
    done = report(export, camera, "ready", items=cut(camera, **kept))
    answer = data(node.post("evidence", done))
    assert isinstance(answer, dict)
    return answer


def test_from_the_request_to_the_signed_manifest(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    export = request(cast, camera)
    assert (export["state"], export["requested_by"]) == ("requested", "Sari")
    [order] = data(node.get("config"))["exports"]
    assert order["uuid"] == export["uuid"]
    assert order["items"][0]["camera_uuid"] == str(camera.uuid)
    cutting = report(export, camera, "cutting", progress=0.4)
    assert data(node.post("evidence", cutting))["wanted"]
    [row] = data(cast.api("sari").get("cctv/evidence"))
    assert (row["state"], row["progress"]) == ("cutting", 0.4)
    answer = finish(node, export, camera)
    assert finish(node, export, camera) == answer
    manifest = json.loads(answer["manifest"])
    assert (manifest["number"], manifest["previous_sha256"]) == (1, "0" * 64)
    assert manifest["requested"]["reason"] == "LP/12/III/2026, penyidik Ipda Ratna"
    assert manifest["requested"]["account"] == "sari"
    assert manifest["items"][0]["files"][0]["sha256"] == "ab" * 32
    [key] = data(cast.api().get("public/evidence-keys"))
    assert key["city"] == "kota"
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public_key"]))
    public.verify(bytes.fromhex(answer["signature"]), answer["manifest"].encode())
    assert data(node.get("config"))["exports"] == []
    detail = data(cast.api("sari").get(f"cctv/evidence/{export['id']}"))
    digest = hashlib.sha256(answer["manifest"].encode()).hexdigest()
    assert (detail["state"], detail["manifest_sha256"]) == ("ready", digest)


def test_exports_of_a_city_form_a_chain(cast: Cast, node: NodeClient, camera: Camera) -> None:
    first, second = request(cast, camera), request(cast, camera)
    later = json.loads(finish(node, second, camera)["manifest"])
    earlier = finish(node, first, camera)["manifest"]
    assert (later["number"], json.loads(earlier)["number"]) == (1, 2)
    rows = {row["id"]: row for row in data(cast.api("sari").get("cctv/evidence"))}
    assert json.loads(earlier)["previous_sha256"] == rows[second["id"]]["manifest_sha256"]


def test_fetching_is_written_down_with_its_purpose(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    export = request(cast, camera)
    path = f"cctv/evidence/{export['id']}/download"
    assert data(cast.api("sari").post(path, {"purpose": "sidang"}), 409)["code"] == "wrong_state"
    finish(node, export, camera)
    assert cast.api("sari").post(path, {"purpose": ""}).status_code == 422
    assert cast.api("bima").post(path, {"purpose": "sidang"}).status_code == 403
    address = data(cast.api("sari").post(path, {"purpose": "sidang"}))["url"]
    assert address.startswith(f"http://127.0.0.1:8090/media/evidence/{export['uuid']}.zip?t=")
    with reading(cast.kota.pk):
        event = EventRecord.objects.get(city=cast.kota, kind="evidence.downloaded")
    assert (event.payload["purpose"], event.payload["number"]) == ("sidang", 1)


def test_cancelled_failed_and_tried_again(cast: Cast, node: NodeClient, camera: Camera) -> None:
    sari, export = cast.api("sari"), request(cast, camera)
    path = f"cctv/evidence/{export['id']}"
    assert data(sari.post(f"{path}/cancel"))["state"] == "cancelled"
    assert not data(node.post("evidence", report(export, camera, "cutting")))["wanted"]
    assert data(sari.post(f"{path}/cancel"), 409)["code"] == "wrong_state"
    assert data(sari.post(f"{path}/retry"))["state"] == "requested"
    failed = report(export, camera, "failed", problem="nothing_recorded")
    assert not data(node.post("evidence", failed))["wanted"]
    [row] = data(sari.get("cctv/evidence"))
    assert (row["state"], row["problem"]) == ("failed", "nothing_recorded")
    assert data(sari.post(f"{path}/retry"))["problem"] is None
    assert finish(node, export, camera)["manifest"] is not None
    assert data(sari.post(f"{path}/retry"), 409)["code"] == "wrong_state"


def test_what_is_refused(cast: Cast, node: NodeClient, camera: Camera) -> None:
    sari = cast.api("sari")
    assert cast.api("bima").post("cctv/evidence", wish(camera)).status_code == 403
    assert cast.api("farah").get("cctv/evidence").status_code == 403
    backwards = {"items": [{"camera_id": camera.pk, "from": END, "to": NOON}], "reason": "sidang"}
    assert data(sari.post("cctv/evidence", backwards), 422)["code"] == "bad_period"
    future = datetime.now(UTC) + timedelta(hours=1)
    ahead = {"items": [{"camera_id": camera.pk, "from": NOON, "to": future}], "reason": "sidang"}
    assert data(sari.post("cctv/evidence", ahead), 422)["code"] == "period_too_long"
    assert sari.post("cctv/evidence", wish(camera, incident_id=99999)).status_code == 404
    export = request(cast, camera)
    other = make_node(cast.lain)
    assert other.post("evidence", report(export, camera, "cutting")).status_code == 404
    strange = report(export, camera, "ready", items=[])
    assert data(node.post("evidence", strange), 422)["code"] == "other_items"
    evil = report(export, camera, "ready", items=cut(camera, name="../../etc.mp4"))
    assert node.post("evidence", evil).status_code == 422
    twice = cut(camera)
    twice[0]["files"] *= 2
    again = report(export, camera, "ready", items=twice)
    assert data(node.post("evidence", again), 422)["code"] == "bad_files"
