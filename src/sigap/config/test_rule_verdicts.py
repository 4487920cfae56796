"""A decision is a verdict; a rule that is wrong beyond doubt goes quiet, and somebody is told."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from sigap.cctv.accuracy import FEWEST_VERDICTS
from sigap.cctv.models import Alarm, Rule
from sigap.cctv.testing_cameras import NodeClient, make_camera, make_node, make_rule
from sigap.config.following import Follower
from sigap.config.subscriptions import SUBSCRIBERS
from sigap.core import clock
from sigap.core.tenancy import reading
from sigap.intake.models import Signal, SignalSource
from tests.cast import SUDIRMAN, Cast, data


@pytest.fixture
def node(live_cast: Cast) -> NodeClient:
    return make_node(live_cast.kota)


@pytest.fixture
def rule(live_cast: Cast, node: NodeClient) -> Rule:
    return make_rule(make_camera(live_cast.kota, "Gerbang", SUDIRMAN))


def follow() -> None:
    Follower(next(one for one in SUBSCRIBERS if one.name == "intake.rules")).catch_up()


def raise_alarm(node: NodeClient, rule: Rule, **changes: Any) -> int:
    now = clock.now()
    told = {"uuid": uuid4(), "camera_id": rule.camera_id, "rule_id": rule.pk, "class": "person"}
    told |= {"started_at": now, "observed_at": now, "score": 0.8, "box": [0.1, 0.2, 0.3, 0.9]}
    return int(data(node.post("alarms", told | changes))["signal_id"])


def verdicts(cast: Cast, rule: Rule) -> list[str]:
    with reading(cast.kota.pk):
        return list(
            Alarm.objects.filter(rule=rule).order_by("id").values_list("verdict", flat=True)
        )


def is_quiet(cast: Cast, rule: Rule) -> bool:
    with reading(cast.kota.pk):
        return Rule.objects.get(pk=rule.pk).quiet


def test_dismissal_as_false_alarm_judges_and_its_undoing_takes_it_back(
    live_cast: Cast, node: NodeClient, rule: Rule
) -> None:
    path = f"signals/{raise_alarm(node, rule)}"
    bima = live_cast.api("bima")
    dismissed = data(bima.post(f"{path}/dismiss", {"version": 1, "reason": "false_alarm"}))
    follow()
    assert verdicts(live_cast, rule) == ["false"]
    data(bima.post(f"{path}/restore", {"version": dismissed["version"]}))
    follow()
    assert verdicts(live_cast, rule) == [""]


def test_other_reasons_say_nothing_of_the_rule(
    live_cast: Cast, node: NodeClient, rule: Rule
) -> None:
    path = f"signals/{raise_alarm(node, rule)}"
    data(live_cast.api("bima").post(f"{path}/dismiss", {"version": 1, "reason": "test"}))
    follow()
    assert verdicts(live_cast, rule) == [""]


def test_a_rule_wrong_beyond_doubt_goes_quiet_and_the_supervisor_is_told(
    live_cast: Cast, node: NodeClient, rule: Rule
) -> None:
    for number in range(FEWEST_VERDICTS):
        at = clock.now() - timedelta(minutes=FEWEST_VERDICTS - number)
        raise_alarm(node, rule, started_at=at, observed_at=at)
    with reading(live_cast.kota.pk):
        uuids = list(Alarm.objects.filter(rule=rule).values_list("uuid", flat=True))
    bima = live_cast.api("bima")
    for uuid in uuids[:-1]:
        data(bima.put(f"cctv/alarms/{uuid}/verdict", {"verdict": "false"}))
    follow()
    assert not is_quiet(live_cast, rule), "one verdict is missing"
    data(bima.put(f"cctv/alarms/{uuids[-1]}/verdict", {"verdict": "false"}))
    follow()
    follow()
    assert is_quiet(live_cast, rule)
    with reading(live_cast.kota.pk):
        assert "0 dari 20" in Rule.objects.get(pk=rule.pk).quiet_reason
        note = Signal.objects.get(source=SignalSource.HEALTH)
    assert rule.name in note.title
    data(live_cast.api("sari").post(f"cctv/rules/{rule.pk}/restore", {"reason": "Kamera digeser"}))
    follow()
    assert not is_quiet(live_cast, rule), "old verdicts no longer count"
