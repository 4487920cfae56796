"""Measures: a minute's mean and largest survive a crash, reach the core, and are never counted
twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sigap.node.testbed import FakeCore, until
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.contract import Measure
from sigap.node.uplink.measures import MeasureBook, Reading, upload_measures

NOON = 1_800_000_000.0


def speed(value: float, *, at: float = NOON) -> Reading:
    return Reading(1, 2, Measure.SPEED_KMH, "car", value, at)


def test_a_minute_has_mean_and_largest_and_survives_a_crash(tmp_path: Path) -> None:
    journal = tmp_path / "measures.jsonl"
    book = MeasureBook(journal)
    for value in (30.0, 50.0, 40.0):
        book.add(speed(value))
    book.add(speed(90.0, at=NOON + 60))
    with journal.open("a") as file:
        file.write('[1, 2, 30000000, "speed_kmh", "ca')
    first, second = MeasureBook(journal).pending()
    assert (first.samples, first.mean, first.largest) == (3, 40.0, 50.0)
    assert (second.samples, second.mean) == (1, 90.0)
    assert (second.minute - first.minute).total_seconds() == 60


def test_a_compacted_journal_tells_the_same(tmp_path: Path) -> None:
    journal = tmp_path / "measures.jsonl"
    for value in (30.0, 50.0):
        MeasureBook(journal).add(speed(value))
    (row,) = MeasureBook(journal).pending()
    assert (row.samples, row.mean, row.largest) == (2, 40.0, 50.0)


def test_a_minute_that_grew_while_it_was_sent_stays_pending(tmp_path: Path) -> None:
    book = MeasureBook(tmp_path / "measures.jsonl")
    book.add(speed(30.0))
    rows = book.pending()
    book.add(speed(30.0))
    book.acknowledge(rows)
    (row,) = book.pending()
    assert row.samples == 2
    book.acknowledge([row])
    assert not book.pending()


def test_only_settled_and_sent_minutes_are_forgotten(tmp_path: Path) -> None:
    journal, clock = tmp_path / "measures.jsonl", [NOON]
    book = MeasureBook(journal, now=lambda: clock[0])
    book.add(speed(30.0))
    clock[0] += 600
    book.settle()
    (row,) = book.pending()
    book.acknowledge([row])
    book.settle()
    assert not journal.read_bytes()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_spoils_no_mean(tmp_path: Path, value: float) -> None:
    book = MeasureBook(tmp_path / "measures.jsonl")
    book.add(speed(30.0))
    book.add(speed(value))
    (row,) = book.pending()
    assert (row.samples, row.mean, row.largest) == (1, 30.0, 30.0)


async def test_the_core_gets_measures_and_a_failure_keeps_them(tmp_path: Path) -> None:
    core, book = FakeCore(answer_status=500), MeasureBook(tmp_path / "measures.jsonl")
    book.add(speed(72.5))
    async with core.listening(), CoreClient(f"http://127.0.0.1:{core.port}", "t") as client:
        failing = asyncio.create_task(upload_measures(client, book))
        await until(lambda: core.measures, what="tried")
        failing.cancel()
        await asyncio.gather(failing, return_exceptions=True)
        assert book.pending()
        core.answer_status = 200
        sending = asyncio.create_task(upload_measures(client, book))
        await until(lambda: not book.pending(), what="sent")
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    (row,) = core.measures[-1]["rows"]
    assert (row["measure"], row["class"], row["samples"]) == ("speed_kmh", "car", 1)
    assert (row["mean"], row["largest"]) == (72.5, 72.5)
