"""Media tokens say whose eyes they are for; the answer to health says whose viewing ends."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sigap.accounts.models import User
from sigap.accounts.permissions import Role
from sigap.accounts.standing import standing_mark
from sigap.cctv.models import Camera
from sigap.cctv.testing_cameras import NodeClient, make_camera, make_node
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from tests.cast import SUDIRMAN, Cast, data

NOW = "2026-03-02T12:00:00Z"
SPAN = {"from": "2026-03-02T11:00:00Z", "to": "2026-03-02T11:01:00Z"}


@pytest.fixture
def node(cast: Cast) -> NodeClient:
    return make_node(cast.kota)


@pytest.fixture
def camera(cast: Cast, node: NodeClient) -> Camera:
    return make_camera(cast.kota, "Sudirman", SUDIRMAN)


def claims_of(url: str) -> dict[str, Any]:
    [token] = parse_qs(urlsplit(url).query)["t"]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert isinstance(claims, dict)
    return claims


def report(node: NodeClient, *viewers: dict[str, Any]) -> list[str]:
    body = {"sent_at": NOW, "epoch": node.node.epoch, "cameras": [], "viewers": list(viewers)}
    cut = data(node.post("health", body))["cut"]
    assert isinstance(cut, list)
    return cut


def watching(user: User, view: str = "live", **changes: Any) -> dict[str, Any]:
    mark = standing_mark(user)
    seen = {"user_id": str(user.pk), "camera_uuid": "u", "view": view, "since": NOW, "mark": mark}
    return seen | changes


def test_a_token_tells_whether_masks_are_burnt_in(cast: Cast, camera: Camera) -> None:
    path, wish = f"cctv/cameras/{camera.pk}/view", {"what": "live", "purpose": "alarm"}
    masked = claims_of(data(cast.api("bima").post(path, wish))["live_ws"])
    assert masked["m"] is True
    assert masked["k"] == standing_mark(cast.user("bima"))
    assert 0 < masked["e"] - masked["i"] <= 600
    User.objects.filter(pk=cast.user("bima").pk).update(role=Role.SUPERVISOR.value)
    seen = data(cast.api("bima").post(path, wish))
    assert claims_of(seen["live_ws"])["m"] is False
    assert "q=sub" in seen["live_sub_ws"]


def test_a_wall_asks_once_and_every_camera_is_on_record(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    north = make_camera(cast.kota, "Utara", SUDIRMAN)
    off = make_camera(cast.kota, "Mati", SUDIRMAN, enabled=False)
    ids = [north.pk, camera.pk, off.pk, north.pk]
    wish = {"camera_ids": ids, "purpose": "wall of the control room"}
    seen = {row["camera_id"]: row for row in data(cast.api("bima").post("cctv/live-views", wish))}
    assert set(seen) == {camera.pk, north.pk}
    for each in (camera, north):
        claims = claims_of(seen[each.pk]["live_ws"])
        assert (claims["c"], claims["v"]) == (str(each.uuid), ["live", "snapshot"])
        assert (claims["u"], claims["m"]) == (cast.user("bima").pk, True)
    with reading(cast.kota.pk):
        events = list(EventRecord.objects.filter(kind="video.viewed"))
    assert {event.payload["camera_id"] for event in events} == {camera.pk, north.pk}
    assert {event.payload["purpose"] for event in events} == {"wall of the control room"}
    assert data(cast.api("farah").post("cctv/live-views", wish)) == []
    assert cast.api("ana").post("cctv/live-views", wish).status_code == 403
    assert cast.api("bima").post("cctv/live-views", wish | {"purpose": ""}).status_code == 422
    assert cast.api("bima").post("cctv/live-views", wish | {"camera_ids": []}).status_code == 422


def test_a_clip_that_is_taken_away_is_on_record_as_such(cast: Cast, camera: Camera) -> None:
    path = f"cctv/cameras/{camera.pk}/view"
    wish = {"what": "clip", "purpose": "for the insurer"} | SPAN
    assert cast.api("gita").post(path, wish).status_code == 403
    seen = data(cast.api("bima").post(path, wish))
    assert "/clip.mp4?from=2026-03-02T11%3A00" in seen["clip"]
    assert claims_of(seen["clip"])["v"] == ["play"]
    with reading(cast.kota.pk):
        event = EventRecord.objects.get(kind="video.viewed")
    assert event.payload["what"] == "clip"
    assert event.payload["period_end"].startswith("2026-03-02T11:01")


def test_who_may_watch_is_left_alone(cast: Cast, node: NodeClient) -> None:
    bima = cast.user("bima")
    assert report(node, watching(bima), watching(bima, "play"), watching(bima, mark="")) == []
    assert report(node) == []


def test_who_may_watch_no_longer_is_cut(cast: Cast, node: NodeClient) -> None:
    bima, gita, farah = cast.user("bima"), cast.user("gita"), cast.user("farah")
    before = watching(bima)
    assert report(node, watching(farah)) == [str(farah.pk)], "another city"
    assert report(node, watching(gita, "play")) == [str(gita.pk)], "not in this role"
    assert report(node, watching(bima, "no such view")) == [str(bima.pk)]
    assert report(node, watching(bima, user_id="9" * 20)) == ["9" * 20]
    assert report(node, watching(bima, user_id="²")) == ["²"]
    bima.set_password("another good one")
    bima.save()
    assert report(node, before) == [str(bima.pk)], "password changed since"
    assert report(node, watching(bima)) == []
    bima.is_active = False
    bima.save()
    assert report(node, watching(bima, mark="")) == [str(bima.pk)], "switched off"


def test_a_new_role_without_the_right_ends_the_viewing(cast: Cast, node: NodeClient) -> None:
    bima = cast.user("bima")
    seen = [watching(bima), watching(bima, mark="")]
    assert report(node, *seen) == []
    User.objects.filter(pk=bima.pk).update(role=Role.FIELD_OFFICER.value)
    assert report(node, *seen) == [str(bima.pk)]
