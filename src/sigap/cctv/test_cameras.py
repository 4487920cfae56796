"""Staff and cameras: who sees what, the editor of rules, signed views on record."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sigap.cctv.models import Camera
from sigap.cctv.testing_cameras import LINE, ZONE, make_camera, make_node, make_rule
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from tests.cast import SUDIRMAN, Cast, data


@pytest.fixture
def camera(cast: Cast) -> Camera:
    make_node(cast.kota)
    return make_camera(cast.kota, "Gerbang", SUDIRMAN, bearing_deg=0, range_m=100)


def form(**changes: Any) -> dict[str, Any]:
    body = {"name": "Pasar", "source_url": "rtsp://10.0.0.9/a", "lat": -6.2, "lon": 106.6}
    return body | changes


def test_a_camera_is_added_by_who_manages_them(cast: Cast) -> None:
    make_node(cast.kota)
    assert cast.api("bima").post("cctv/cameras", form()).status_code == 403
    row = data(cast.api("sari").post("cctv/cameras", form()), 201)
    assert row["area_id"] is not None
    listed = data(cast.api("bima").get("cctv/cameras"))
    assert [camera["name"] for camera in listed] == ["Pasar"]
    assert data(cast.api("farah").get("cctv/cameras")) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lat": 60.0}, "outside_city"),
        ({"source_url": "http://example.org"}, "bad_source"),
        ({"source_url": "file:///a/../b"}, "bad_source"),
        ({"source_url": ""}, "bad_source"),
        ({"lat": "NaN"}, "invalid"),
        ({"name": "x" * 121}, "invalid"),
        ({"node_id": 4711}, "no_node"),
    ],
)
def test_a_camera_that_cannot_be(cast: Cast, changes: dict[str, Any], code: str) -> None:
    make_node(cast.kota)
    answer = cast.api("sari").post("cctv/cameras", form(**changes))
    assert data(answer, 422)["code"] == code


def test_two_cameras_of_one_name(cast: Cast, camera: Camera) -> None:
    answer = cast.api("sari").post("cctv/cameras", form(name="Gerbang"))
    assert data(answer, 409)["code"] == "name_taken"


def test_the_password_of_a_camera_never_leaves(cast: Cast, camera: Camera) -> None:
    path = f"cctv/cameras/{camera.pk}"
    seen = data(cast.api("sari").get(path))
    assert seen["source"] == "rtsp://viewer:•••@10.0.0.5/stream"
    assert data(cast.api("bima").get(path))["source"] is None
    change = form(name="Gerbang", source_url="", version=1)
    assert data(cast.api("sari").put(path, change))["version"] == 2
    with reading(cast.kota.pk):
        assert "geheim" in Camera.objects.get(pk=camera.pk).source_url


def test_the_second_of_two_editors_is_told(cast: Cast, camera: Camera) -> None:
    path = f"cctv/cameras/{camera.pk}"
    data(cast.api("sari").put(path, form(version=1)))
    assert data(cast.api("hadi").put(path, form(version=1)), 409)["code"] == "stale_version"


def test_a_deleted_camera_is_switched_off(cast: Cast, camera: Camera) -> None:
    assert cast.api("sari").delete(f"cctv/cameras/{camera.pk}").status_code == 204
    [row] = data(cast.api("bima").get("cctv/cameras"))
    assert (row["enabled"], row["state"]) == (False, "disabled")
    wish = {"what": "live", "purpose": "patrol"}
    answer = cast.api("bima").post(f"cctv/cameras/{camera.pk}/view", wish)
    assert data(answer, 409)["code"] == "camera_disabled"


def rule(**changes: Any) -> dict[str, Any]:
    return {"name": "Area", "kind": "zone", "points": ZONE, "classes": ["person"]} | changes


def test_rules_are_drawn_changed_and_removed(cast: Cast, camera: Camera) -> None:
    sari = cast.api("sari")
    body = rule(category="intrusion", priority=1, dwell_s=2)
    drawn = data(sari.post(f"cctv/cameras/{camera.pk}/rules", body), 201)
    change = rule(kind="line", points=LINE, classes=["car", "person"], version=drawn["version"])
    changed = data(sari.put(f"cctv/rules/{drawn['id']}", change))
    assert (changed["kind"], changed["category"], changed["version"]) == ("line", None, 2)
    assert data(sari.put(f"cctv/rules/{drawn['id']}", change), 409)["code"] == "stale_version"
    assert sari.delete(f"cctv/rules/{drawn['id']}").status_code == 204
    assert data(sari.get(f"cctv/cameras/{camera.pk}"))["rules"] == []
    assert sari.delete(f"cctv/rules/{drawn['id']}").status_code == 404


@pytest.mark.parametrize(
    "points",
    [
        [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)],  # edges cross
        [(0.1, 0.1), (0.1, 0.1), (0.1, 0.1)],
        [(0.1, 0.1), (0.9, 0.9)],
    ],
)
def test_shapes_that_are_none(cast: Cast, camera: Camera, points: list[Any]) -> None:
    answer = cast.api("sari").post(f"cctv/cameras/{camera.pk}/rules", rule(points=points))
    assert data(answer, 422)["code"] == "bad_shape"


def test_another_city_finds_nothing(cast: Cast, camera: Camera) -> None:
    make_rule(camera)
    farah = cast.api("farah")
    assert farah.get(f"cctv/cameras/{camera.pk}").status_code == 404
    assert farah.get(f"cctv/cameras/{camera.pk}/counts").status_code == 404
    wish = {"what": "live", "purpose": "patrol"}
    assert farah.post(f"cctv/cameras/{camera.pk}/view", wish).status_code == 404


def test_near_cameras_say_whether_they_see_the_place(cast: Cast, camera: Camera) -> None:
    south = LatLon(SUDIRMAN.lat - 0.0003, SUDIRMAN.lon)
    make_camera(cast.kota, "Belakang", south, bearing_deg=180, range_m=100)
    query = {"lat": SUDIRMAN.lat + 0.0005, "lon": SUDIRMAN.lon}
    first, second = data(cast.api("bima").get("cctv/cameras/near", **query))
    assert (first["camera"]["name"], first["sees"]) == ("Gerbang", True)
    assert first["distance_m"] == pytest.approx(55.6, abs=0.5)
    assert (second["camera"]["name"], second["sees"]) == ("Belakang", False)


def claims_of(camera: Camera, url: str) -> dict[str, Any]:
    [token] = parse_qs(urlsplit(url).query)["t"]
    body, signature = token.split(".")
    expected = hmac.new(bytes(camera.node.media_key), body.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "==") == expected
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert isinstance(claims, dict)
    return claims


def test_a_live_view_is_signed_and_on_record(cast: Cast, camera: Camera) -> None:
    wish = {"what": "live", "purpose": "Alarm S12"}
    seen = data(cast.api("bima").post(f"cctv/cameras/{camera.pk}/view", wish))
    assert seen["live_ws"].startswith(f"ws://127.0.0.1:8090/media/{camera.uuid}/live?t=")
    claims = claims_of(camera, seen["live_ws"])
    assert claims["c"] == str(camera.uuid)
    assert claims["v"] == ["live", "snapshot"]
    assert claims["u"] == cast.user("bima").pk
    with reading(cast.kota.pk):
        event = EventRecord.objects.get(kind="video.viewed")
    assert event.actor_user_id == cast.user("bima").pk
    assert event.payload["purpose"] == "Alarm S12"


def test_playback_needs_its_own_permission_and_a_period(cast: Cast, camera: Camera) -> None:
    path = f"cctv/cameras/{camera.pk}/view"
    wish = {"what": "play", "purpose": "evidence"}
    wish |= {"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:00:10Z"}
    assert cast.api("gita").post(path, wish).status_code == 403
    seen = data(cast.api("bima").post(path, wish))
    assert "from=2026-03-02T12%3A00%3A00" in seen["play"]
    assert claims_of(camera, seen["index"])["v"] == ["play", "snapshot"]
    backwards = wish | {"to": "2026-03-02T11:00:00Z"}
    assert data(cast.api("bima").post(path, backwards), 422)["code"] == "bad_period"
    assert cast.api("ana").post(path, wish | {"what": "live"}).status_code == 403


def test_a_view_without_purpose_is_refused(cast: Cast, camera: Camera) -> None:
    path = f"cctv/cameras/{camera.pk}/view"
    assert cast.api("bima").post(path, {"what": "live", "purpose": ""}).status_code == 422
