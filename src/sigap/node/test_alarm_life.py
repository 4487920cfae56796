"""An alarm begins, is joined, ends once, and is ended when nobody watches it any longer."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sigap.node.analysis.alarm_life import AlarmLives
from sigap.node.analysis.lane import Lane
from sigap.node.analysis.testing_lane import Findings, as_coded, coded_frames
from sigap.node.conftest import StartNode, free_port
from sigap.node.frames import Frame
from sigap.node.settings import NodeSettings
from sigap.node.simulate.server import CameraSimulator
from sigap.node.test_analysis import (
    LINE,
    ZONE,
    SquareDetector,
    lane_config,
)
from sigap.node.test_uplink import alarm
from sigap.node.testbed import FakeCore, camera_entry, render_clip, until
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.contract import AlarmReport, Measure, instant
from sigap.node.uplink.open_alarms import OpenAlarms
from sigap.node.uplink.outbox import Outbox
from sigap.vision.detections import Image
from sigap.vision.rules.events import AlarmDetails, RuleAlarm, RuleEnded, RuleKind
from sigap.vision.street_class import StreetClass

NOON = 1_800_000_000.0
EVERYWHERE = [[0, 0], [1, 0], [1, 1], [0, 1]]
NARROW = ZONE | {"points": [[0.2, 0.2], [0.45, 0.2], [0.45, 0.9], [0.2, 0.9]]}
FAR = ZONE | {"points": [[0.75, 0.2], [1, 0.2], [1, 0.9], [0.75, 0.9]]}
SPEED = {
    "id": 13,
    "uuid": "s",
    "kind": "speed",
    "name": "Limit",
    "points": [[0.1, 0], [0.6, 0], [0.6, 1], [0.1, 1]],
    "settings": {
        "limit_kmh": 1,
        "ground": [[0, 0, 0, 40], [1, 0, 40, 40], [1, 1, 40, 0], [0, 1, 0, 0]],
    },
}


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> list[Frame]:
    """A square that walks in from the left, through the zone, and on to the right edge."""
    path = tmp_path_factory.mktemp("life") / "walk.mp4"
    return coded_frames(render_clip(path, seconds=7.6, size=(640, 480)))


def watched(walk: list[Frame], **config: object) -> tuple[Lane, Findings]:
    found = Findings()
    lane = Lane(lane_config(**config), SquareDetector(), found.sinks, now=lambda: 0.0)
    for frame in walk:
        lane.accept(as_coded(frame))
        while lane.work():
            pass
    return lane, found


def test_an_alarm_ends_when_the_track_has_left_the_zone(walk: list[Frame]) -> None:
    _, found = watched(walk, rules=[NARROW])
    first, last = found.alarms
    assert first.uuid == last.uuid
    assert first.ended_at is None
    assert last.ended_at is not None
    assert last.clip_to is not None
    assert (last.clip_to - last.ended_at).total_seconds() == pytest.approx(5, abs=0.01)
    left_zone_at = walk[0].received_at + (0.45 * 640 - 12) / 80
    assert last.ended_at.timestamp() == pytest.approx(left_zone_at, abs=0.5)
    assert base64.b64decode(first.picture)[:2] == b"\xff\xd8"
    assert not last.picture
    assert (first.details.kind, first.details.colour) == ("zone", "white")


def test_a_second_rule_of_the_same_track_joins_the_alarm(walk: list[Frame]) -> None:
    second = ZONE | {"id": 14, "uuid": "z2", "points": EVERYWHERE}
    lane, found = watched(walk, rules=[FAR, second])
    assert len({told.uuid for told in found.alarms}) == 2, "more than 5 s apart"
    lane, found = watched(walk, rules=[ZONE, second, LINE])
    assert len({told.uuid for told in found.alarms}) == 1
    assert found.alarms[-1].rule_id == 14
    assert found.alarms[-1].details.also_rule_ids == [11]
    assert all(told.ended_at is None for told in found.alarms), "still in the larger zone"
    lane.close()
    assert found.alarms[-1].ended_at == instant(walk[-1].received_at)


def test_what_goes_on_is_ended_when_the_lane_fails_or_hears_nothing(walk: list[Frame]) -> None:
    lane, found = watched(walk[:55])
    assert found.alarms[-1].ended_at is None
    lane.fail("the decoder broke")
    assert found.alarms[-1].ended_at == instant(walk[54].received_at)
    clock = [walk[54].received_at]
    found = Findings()
    lane = Lane(lane_config(), SquareDetector(), found.sinks, now=lambda: clock[0])
    for frame in walk[:55]:
        lane.accept(as_coded(frame))
        lane.work()
    clock[0] += 20
    lane.look_after()
    assert found.alarms[-1].ended_at is None
    clock[0] += 20
    lane.look_after()
    assert found.alarms[-1].ended_at == instant(walk[54].received_at)


def test_speeds_are_told_as_measures(walk: list[Frame]) -> None:
    _, found = watched(walk, rules=[SPEED | {"classes": ["person"]}])
    assert found.measures
    assert {(m.rule_id, m.measure) for m in found.measures} == {(13, Measure.SPEED_KMH)}
    assert np.median([m.value for m in found.measures]) == pytest.approx(5 * 3.6, rel=0.2)
    assert found.alarms[0].details.speed_kmh == pytest.approx(5 * 3.6, rel=0.2)


def happening(rule_id: int, at_s: float, **changes: object) -> RuleAlarm:
    base = RuleAlarm(
        rule_id, 7, StreetClass.CAR, 0.9, (0.1, 0.1, 0.5, 0.5), (), at_s - 1, at_s, RuleKind.ZONE
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def red() -> Image:
    return np.full((100, 100, 3), (20, 20, 220), np.uint8)


def test_joined_rules_end_together_and_later_ones_apart() -> None:
    told: list[AlarmReport] = []
    lives = AlarmLives(1, told.append)
    zone = happening(1, NOON)
    fast = happening(
        2, NOON + 3, kind=RuleKind.SPEED, details=AlarmDetails(speed_kmh=80.0), track_id=7
    )
    lives.begin(zone, red, [])
    lives.begin(fast, red, [])
    assert (told[-1].details.kind, told[-1].details.speed_kmh) == ("zone", 80.0)
    assert (told[-1].details.also_rule_ids, told[-1].details.colour) == ([2], "red")
    lives.end(RuleEnded(2, fast.alarm_key, NOON + 9))
    assert told[-1].ended_at is None
    lives.end(RuleEnded(1, zone.alarm_key, NOON + 6))
    assert told[-1].ended_at == instant(NOON + 9)
    assert len({report.uuid for report in told}) == 1
    lives.begin(happening(3, NOON + 10), red, [])
    assert len({report.uuid for report in told}) == 2
    lives.end_all(NOON + 12)
    assert told[-1].ended_at == instant(NOON + 12)
    count = len(told)
    lives.end(RuleEnded(3, happening(3, NOON + 10).alarm_key, NOON + 13))
    assert len(told) == count


def test_alarms_about_zones_neither_join_nor_have_a_colour() -> None:
    told: list[AlarmReport] = []
    lives = AlarmLives(1, told.append)
    for rule_id in (1, 2):
        lives.begin(happening(rule_id, NOON, track_id=0, kind=RuleKind.CROWD), red, [])
    assert len({report.uuid for report in told}) == 2
    assert all(report.details.colour is None for report in told)


async def test_an_update_neither_overtakes_nor_replaces_the_first_message(tmp_path: Path) -> None:
    core, outbox, port = FakeCore(answer_status=500), Outbox(tmp_path), free_port()
    first = alarm().model_copy(update={"picture": "abcd"})
    later = first.model_copy(update={"picture": "", "ended_at": instant(time.time())})
    other = alarm()
    for message in (first, other, later, later):
        await outbox.put(message)
    assert len(outbox.waiting()) == 4
    async with core.listening(port), CoreClient(f"http://127.0.0.1:{port}", "t") as client:
        delivering = asyncio.create_task(outbox.deliver(client))
        await until(lambda: len(core.alarms) == 2, what="both alarms tried")
        assert {told["uuid"] for told in core.alarms} == {first.uuid, other.uuid}
        assert all(told["ended_at"] is None for told in core.alarms)
        core.alarms.clear()
        core.answer_status = 200
        await until(lambda: not outbox.waiting(), what="delivered")
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    about_first = [told for told in core.alarms if told["uuid"] == first.uuid]
    assert [bool(told["ended_at"]) for told in about_first] == [False, True, True]
    assert about_first[0]["picture"] == "abcd"


def test_open_alarms_are_found_after_a_crash(tmp_path: Path) -> None:
    going_on, over = alarm(), alarm()
    book = OpenAlarms(tmp_path)
    for report in (going_on, over):
        book.note(report)
    book.note(over.model_copy(update={"ended_at": instant(time.time())}))
    book.beat()
    os.utime(tmp_path / "alive", (NOON, NOON))
    (tmp_path / "cut.json").write_text('{"uuid": "')
    [(left, lasted_until)] = OpenAlarms(tmp_path).take_left_behind()
    assert (left.uuid, lasted_until) == (going_on.uuid, NOON)


WATCHER = """
from sigap.node.analysis import worker
from sigap.node.test_analysis import SquareDetector
worker.load_detector = lambda *_, **__: SquareDetector()
worker.main()
"""


async def test_the_node_ends_what_a_killed_worker_left_open(
    simulator: CameraSimulator,
    core: FakeCore,
    start_node: StartNode,
    settings: NodeSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = asyncio.create_subprocess_exec
    workers: list[asyncio.subprocess.Process] = []

    async def start_watcher(*_: str, **options: Any) -> asyncio.subprocess.Process:
        process = await start(sys.executable, "-c", WATCHER, **options)
        workers.append(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_watcher)
    everywhere = ZONE | {"points": EVERYWHERE}
    settings.model.parent.mkdir(parents=True)
    settings.model.touch()
    core.set_cameras(
        camera_entry(f"rtsp://127.0.0.1:{simulator.port}/walk", analyse=True, rules=[everywhere])
    )
    async with start_node():
        await until(lambda: core.alarms, what="an alarm", deadline_s=45)
        first = core.alarms[0]
        assert first["ended_at"] is None
        busy = await until(
            lambda: [told["detector_busy"] for told in core.health if told["detector_busy"] > 0],
            what="how busy it is",
        )
        assert busy[0] <= 1
        os.kill(workers[0].pid, signal.SIGKILL)
        ended = await until(
            lambda: [
                told for told in core.alarms if told["uuid"] == first["uuid"] and told["ended_at"]
            ],
            what="ended by the node",
        )
        assert ended[0]["clip_to"] > ended[0]["ended_at"] > first["started_at"]
