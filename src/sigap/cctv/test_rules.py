"""Rules of every kind: what each needs, in words; their history; quiet and back, on record."""

from typing import Any

import pytest

from sigap.cctv.models import Camera, Rule, RuleKind
from sigap.cctv.testing_cameras import LINE, ZONE, NodeClient, make_camera, make_node, make_rule
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from tests.cast import SUDIRMAN, Cast, data

# A road of 8 m × 20 m seen in perspective.
GROUND = [(0.4, 0.3, 0, 20), (0.6, 0.3, 8, 20), (0.9, 0.9, 8, 0), (0.1, 0.9, 0, 0)]
ON_ROAD = [(0.35, 0.5), (0.65, 0.5), (0.8, 0.8), (0.2, 0.8)]

WHOLE: dict[str, dict[str, Any]] = {
    "zone": {"points": ZONE},
    "line": {"points": LINE, "settings": {"direction": "both"}},
    "loitering": {"points": ZONE, "dwell_s": 30},
    "crowd": {"points": ZONE, "settings": {"min_count": 12, "sensitivity": 0.5}},
    "wrong_way": {"points": LINE, "classes": ["car"]},
    "stopped": {"points": ZONE, "dwell_s": 60, "classes": ["car", "bus"]},
    "object": {"points": ZONE, "dwell_s": 45, "classes": []},
    "speed": {
        "points": ON_ROAD,
        "classes": ["car"],
        "settings": {"limit_kmh": 50, "ground": GROUND},
    },
    "queue": {"points": ON_ROAD, "classes": ["car"], "settings": {"min_count": 6}},
    "tamper": {"points": [], "classes": []},
}


@pytest.fixture
def node(cast: Cast) -> NodeClient:
    return make_node(cast.kota)


@pytest.fixture
def camera(cast: Cast, node: NodeClient) -> Camera:
    return make_camera(cast.kota, "Gerbang", SUDIRMAN)


def body(kind: str, **changes: Any) -> dict[str, Any]:
    return {"name": "Aturan", "kind": kind, "classes": ["person"]} | WHOLE[kind] | changes


@pytest.mark.parametrize("kind", [kind.value for kind in RuleKind])
def test_every_kind_reaches_its_node(
    cast: Cast, node: NodeClient, camera: Camera, kind: str
) -> None:
    drawn = data(cast.api("sari").post(f"cctv/cameras/{camera.pk}/rules", body(kind)), 201)
    [told] = data(node.get("config"))["cameras"][0]["rules"]
    assert (told["id"], told["kind"]) == (drawn["id"], kind)
    asked = WHOLE[kind].get("settings", {})
    kept = {name: value for name, value in asked.items() if name != "ground"}
    assert kept.items() <= told["settings"].items()
    if kind in ("object", "tamper"):
        assert told["classes"] == ["unknown"]


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("speed", {"settings": {"limit_kmh": 50}}, "settings.ground"),
        ("speed", {"settings": {"ground": GROUND}}, "settings.limit_kmh"),
        ("queue", {"settings": {}}, "settings.limit_m"),
        ("queue", {"settings": {"limit_m": 40}}, "settings.ground"),
        ("crowd", {"settings": {}}, "settings.min_count"),
        ("loitering", {"dwell_s": 0}, "dwell_s"),
        ("object", {"dwell_s": 0}, "dwell_s"),
        ("zone", {"settings": {"limit_kmh": 50}}, "settings.limit_kmh"),
        ("zone", {"classes": []}, "classes"),
        ("wrong_way", {"points": ZONE}, "points"),
        ("tamper", {"points": ZONE}, "points"),
        ("line", {"points": []}, "points"),
    ],
)
def test_what_is_missing_is_said(
    cast: Cast, camera: Camera, kind: str, changes: dict[str, Any], field: str
) -> None:
    answer = cast.api("sari").post(f"cctv/cameras/{camera.pk}/rules", body(kind, **changes))
    assert data(answer, 422)["detail"]["field"] == field
    with reading(cast.kota.pk):
        assert not Rule.objects.filter(camera=camera).exists()


@pytest.mark.parametrize(
    "ground",
    [
        GROUND[:3],
        [(0.1 * at, 0.5, at, 0) for at in range(1, 6)],
        [(0.1, 0.1, 0, 0), (0.2, 0.2, 1, 1), (0.3, 0.3, 2, 2), (0.9, 0.1, 9, 0)],
        [(0.5, 0.5, 0, 0)] * 4,
        [*GROUND, (0.5, 0.5, 300, -40)],
        [(0.1, 0.9, 0, 0), (0.9, 0.9, 8, 0), (0.5, 0.6, 8, 900), (0.5, 0.61, 0, 700)],
    ],
)
def test_points_that_make_no_ground(cast: Cast, camera: Camera, ground: list[Any]) -> None:
    settings = {"limit_kmh": 50, "ground": ground}
    answer = cast.api("sari").post(
        f"cctv/cameras/{camera.pk}/rules", body("speed", settings=settings)
    )
    assert data(answer, 422)["code"] == "bad_ground"


def test_a_zone_over_the_horizon_cannot_be_measured(cast: Cast, camera: Camera) -> None:
    sky = [(0.1, 0.01), (0.9, 0.01), (0.9, 0.9), (0.1, 0.9)]
    answer = cast.api("sari").post(f"cctv/cameras/{camera.pk}/rules", body("speed", points=sky))
    assert "horizon" in data(answer, 422)["message"]


def test_a_retuned_rule_stays_the_same_rule(cast: Cast, camera: Camera) -> None:
    sari = cast.api("sari")
    drawn = data(sari.post(f"cctv/cameras/{camera.pk}/rules", body("crowd")), 201)
    path = f"cctv/rules/{drawn['id']}"
    renamed = body("crowd", name="Alun-alun", version=1)
    assert data(sari.put(path, renamed))["id"] == drawn["id"]
    with reading(cast.kota.pk):
        assert Rule.objects.get(pk=drawn["id"]).judged_from is None
    retuned = body("crowd", name="Alun-alun", settings={"min_count": 20}, version=2)
    assert data(sari.put(path, retuned))["settings"]["min_count"] == 20
    with reading(cast.kota.pk):
        assert Rule.objects.get(pk=drawn["id"]).judged_from is not None
        changes = EventRecord.objects.filter(kind="camera.rule_changed").order_by("seq")
        assert [event.payload["fields"] for event in changes] == [[], ["name"], ["settings"]]


def test_a_rule_is_made_quiet_and_put_back_with_a_reason(cast: Cast, camera: Camera) -> None:
    rule = make_rule(camera)
    sari, path = cast.api("sari"), f"cctv/rules/{rule.pk}"
    reason = {"reason": "Pohon bergoyang"}
    assert cast.api("bima").post(f"{path}/quiet", reason).status_code == 403
    assert cast.api("farah").post(f"{path}/quiet", reason).status_code in (403, 404)
    assert data(sari.post(f"{path}/restore", reason), 409)["code"] == "not_quiet"
    quiet = data(sari.post(f"{path}/quiet", reason))
    assert (quiet["quiet"], quiet["quiet_reason"]) == (True, "Pohon bergoyang")
    back = data(sari.post(f"{path}/restore", {"reason": "Pohon dipangkas"}))
    assert (back["quiet"], back["quiet_reason"]) == (False, "")
    with reading(cast.kota.pk):
        event = EventRecord.objects.get(kind="camera.rule_restored")
    assert event.payload["reason"] == "Pohon dipangkas"
    assert event.actor_user_id == cast.user("sari").pk
