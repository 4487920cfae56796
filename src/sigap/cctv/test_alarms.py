"""Past alarms: search with its limits, verdicts with their record, the passport's interval."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from sigap.cctv.accuracy import FEWEST_VERDICTS, passports, wilson_interval
from sigap.cctv.models import Alarm, Camera, Rule, RuleKind
from sigap.cctv.testing_cameras import NodeClient, make_camera, make_node, make_rule
from sigap.core import clock
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from tests.cast import SUDIRMAN, Cast, data

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def node(cast: Cast) -> NodeClient:
    return make_node(cast.kota)


@pytest.fixture
def camera(cast: Cast, node: NodeClient) -> Camera:
    return make_camera(cast.kota, "Gerbang Pasar", SUDIRMAN)


def keep_alarm(rule: Rule, *, at: datetime = NOON, **values: Any) -> Alarm:
    told: dict[str, Any] = {"score": 0.8, "track_id": 1, "box": [0, 0, 1, 1], "track": []}
    with reading(rule.city_id):
        return Alarm.objects.create(
            uuid=uuid4(),
            city_id=rule.city_id,
            camera_id=rule.camera_id,
            rule=rule,
            started_at=at,
            observed_at=at,
            received_at=at,
            street_class=values.pop("street_class", "person"),
            **(told | values),
        )


def address(query: dict[str, Any]) -> str:
    return f"cctv/alarms?{urlencode(query)}"


def found(cast: Cast, who: str = "bima", **query: Any) -> list[dict[str, Any]]:
    answer = data(cast.api(who).get(address({"purpose": "Mencari saksi"} | query)))
    return list(answer["items"])


def test_words_class_colour_and_time_narrow_the_search(cast: Cast, camera: Camera) -> None:
    rule = make_rule(camera, name="Pagar timur")
    red = keep_alarm(rule, street_class="car", colour="red")
    keep_alarm(rule, at=NOON - timedelta(days=2))
    other = make_rule(make_camera(cast.kota, "Halte", SUDIRMAN), name="Peron")
    keep_alarm(other)

    assert [row["uuid"] for row in found(cast, text="pasar", colour="red")] == [str(red.uuid)]
    assert len(found(cast, text="gerbang")) == 2
    assert len(found(cast, text="peron")) == 1
    assert len(found(cast, street_class="person")) == 2
    assert len(found(cast, **{"from": (NOON - timedelta(hours=1)).isoformat()})) == 2
    assert found(cast, text="zzzz") == []


def test_pages_follow_one_another_without_gap(cast: Cast, camera: Camera) -> None:
    rule = make_rule(camera)
    for number in range(5):
        keep_alarm(rule, at=NOON + timedelta(minutes=number // 2))
    seen: list[str] = []
    cursor = ""
    while True:
        query = {"purpose": "Uji halaman", "limit": 2, "cursor": cursor}
        page = data(cast.api("bima").get(address(query)))
        seen += [row["uuid"] for row in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5


def test_a_search_needs_a_purpose_and_is_on_record(cast: Cast, camera: Camera) -> None:
    keep_alarm(make_rule(camera))
    assert cast.api("bima").get(address({"text": "pasar"})).status_code == 422
    found(cast, text="pasar")
    with reading(cast.kota.pk):
        record = EventRecord.objects.get(kind="alarms.searched")
    assert record.payload["purpose"] == "Mencari saksi"
    period = {"camera_id": camera.pk, "from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
    [row] = data(cast.api("bima").get(address(period)))["items"]
    assert row["picture"] is None


def test_another_city_finds_and_judges_nothing(cast: Cast, camera: Camera) -> None:
    alarm = keep_alarm(make_rule(camera))
    assert found(cast, "farah") == []
    answer = cast.api("farah").put(f"cctv/alarms/{alarm.uuid}/verdict", {"verdict": "true"})
    assert answer.status_code == 404


def test_a_verdict_is_kept_with_its_judge_and_can_be_taken_back(cast: Cast, camera: Camera) -> None:
    alarm = keep_alarm(make_rule(camera))
    path = f"cctv/alarms/{alarm.uuid}/verdict"
    row = data(cast.api("bima").put(path, {"verdict": "useless"}))
    assert (row["verdict"], bool(row["verdict_by"])) == ("useless", True)
    row = data(cast.api("bima").put(path, {"verdict": None}))
    assert (row["verdict"], row["verdict_by"]) == (None, None)
    with reading(cast.kota.pk):
        assert EventRecord.objects.filter(kind="alarm.judged").count() == 2


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662), (10, 10, 0.7225, 1)],
)
def test_wilson_interval_of_published_cases(
    hits: int, trials: int, low: float, high: float
) -> None:
    """81 of 263: Newcombe 1998, Statistics in Medicine 17, table I, method 3."""
    assert wilson_interval(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_the_passport_counts_verdicts_since_the_rule_was_put_back(
    cast: Cast, camera: Camera
) -> None:
    rule = make_rule(camera)
    now = clock.now()
    for verdict in ("true", "false", "useless", ""):
        judged_at = now - timedelta(minutes=len(verdict)) if verdict else None
        for _ in range(2):
            at = now - timedelta(days=1)
            keep_alarm(rule, at=at, verdict=verdict, verdict_at=judged_at)
    keep_alarm(rule, at=now - timedelta(days=40), verdict="false", verdict_at=now)
    with reading(cast.kota.pk):
        passport = passports(cast.kota.pk, [rule.pk])[rule.pk]
        assert (passport.alarms, passport.right, passport.wrong, passport.useless) == (8, 1, 1, 1)
        assert passport.share_right == pytest.approx(1 / 3)
        assert not passport.is_below(0.99), f"fewer than {FEWEST_VERDICTS} verdicts"
        Rule.objects.filter(pk=rule.pk).update(judged_from=now)
        assert passports(cast.kota.pk, [rule.pk])[rule.pk].judged == 0
    [shown] = data(cast.api("bima").get(f"cctv/cameras/{camera.pk}/passports"))
    assert shown["share_right"] is None


def test_measures_are_absolute_and_read_back_as_a_series(
    cast: Cast, node: NodeClient, camera: Camera
) -> None:
    rule = make_rule(camera, RuleKind.LOITERING, dwell_s=5)
    row = {"camera_id": camera.pk, "rule_id": rule.pk, "minute": NOON, "measure": "queue_count"}
    row |= {"class": "car", "samples": 10, "mean": 2.0, "largest": 5.0}
    assert data(node.post("measures", {"rows": [row, row | {"rule_id": 10**9}]}))["taken"] == 1
    later = row | {"minute": NOON + timedelta(minutes=1), "samples": 30, "mean": 4.0}
    data(node.post("measures", {"rows": [row, later]}))
    period = {"from": NOON.isoformat(), "to": (NOON + timedelta(hours=1)).isoformat()}
    [step] = data(cast.api("bima").get(f"cctv/cameras/{camera.pk}/measures?{urlencode(period)}"))
    assert (step["samples"], step["mean"], step["largest"]) == (40, 3.5, 5.0)
