"""Outbox and counts: nothing is lost while the core is away, nothing counts twice."""

from __future__ import annotations

import asyncio
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from sigap.node.conftest import free_port
from sigap.node.errors import NodeError
from sigap.node.settings import NodeSettings
from sigap.node.testbed import FakeCore, until
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.configuration import parse_config
from sigap.node.uplink.contract import AlarmReport, instant
from sigap.node.uplink.counts import CountBook
from sigap.node.uplink.outbox import Outbox


def alarm() -> AlarmReport:
    now = instant(time.time())
    return AlarmReport.model_validate(
        {
            "uuid": str(uuid.uuid4()),
            "camera_id": 1,
            "rule_id": 2,
            "started_at": now,
            "observed_at": now,
            "class": "person",
            "score": 0.7,
            "track_id": 3,
            "box": (0.1, 0.2, 0.3, 0.4),
            "track": [(0.1, 0.4)],
            "picture": "",
        }
    )


async def test_alarms_wait_for_the_core(tmp_path: Path) -> None:
    port, core, outbox = free_port(), FakeCore(), Outbox(tmp_path)
    sent = [alarm() for _ in range(3)]
    for item in sent:
        await outbox.put(item)
    async with CoreClient(f"http://127.0.0.1:{port}", "t") as client:
        delivering = asyncio.create_task(Outbox(tmp_path).deliver(client))
        async with core.listening(port):
            await until(lambda: not outbox.waiting(), what="delivered")
        delivering.cancel()
    assert {entry["uuid"] for entry in core.alarms} == {item.uuid for item in sent}
    assert core.alarms[0]["class"] == "person"


async def test_refused_alarms_are_set_aside_and_failed_ones_kept(tmp_path: Path) -> None:
    core, outbox = FakeCore(answer_status=500), Outbox(tmp_path)
    port = free_port()
    async with (
        core.listening(port),
        CoreClient(f"http://127.0.0.1:{port}", "t") as client,
    ):
        delivering = asyncio.create_task(outbox.deliver(client))
        await outbox.put(alarm())
        await until(lambda: core.alarms, what="tried")
        assert outbox.waiting()
        core.answer_status = 404
        await until(lambda: not outbox.waiting(), what="set aside")
        delivering.cancel()
    assert len(list((tmp_path / "refused").glob("*.json"))) == 1


def test_counts_survive_a_crash(tmp_path: Path) -> None:
    journal, now = tmp_path / "counts.jsonl", time.time()
    book = CountBook(journal)
    for forward in (True, True, False):
        book.add(1, 2, "person", at=now, forward=forward)
    with journal.open("a") as file:
        file.write('[1, 2, 3, "per')
    (row,) = CountBook(journal).pending()
    assert (row.forward, row.backward, row.class_) == (2, 1, "person")


def test_counts_change_while_being_sent(tmp_path: Path) -> None:
    book, now = CountBook(tmp_path / "counts.jsonl"), time.time()
    book.add(1, 2, "car", at=now, forward=True)
    rows = book.pending()
    book.add(1, 2, "car", at=now, forward=True)
    book.acknowledge(rows)
    (row,) = book.pending()
    assert row.forward == 2
    book.acknowledge([row])
    assert not book.pending()


def test_one_bad_camera_does_not_spoil_the_configuration() -> None:
    good = {"id": 1, "uuid": "a", "name": "A", "source_url": "rtsp://x/"}
    frame = {"node_id": 1, "epoch": 1, "version": 1, "media_key": "00" * 16}
    config = parse_config({**frame, "cameras": [good, {"id": 2}, {**good, "uuid": "../x"}]})
    assert [camera.id for camera in config.cameras] == [1]
    refused: list[Any] = [None, [], {}, {"cameras": []}, {**frame, "cameras": 3}]
    for bad in refused:
        with pytest.raises(NodeError):
            parse_config(bad)


def test_settings_say_what_is_wrong() -> None:
    with pytest.raises(NodeError, match="SIGAP_NODE_TOKEN"):
        NodeSettings.from_environment({})
    with pytest.raises(NodeError, match="number"):
        NodeSettings.from_environment({"SIGAP_NODE_TOKEN": "x", "SIGAP_NODE_PORT": "y"})
