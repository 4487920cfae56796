"""Retention, protection, what goes first when a disk fills, and the forecast: on real files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sigap.node.recording.disk import Limits, Storage
from sigap.node.recording.forecast import HOUR_S, Stock, Stream, full_in_s
from sigap.node.recording.keeping import Hold, KeepBook, Promise
from sigap.node.recording.missing import MissingWatch
from sigap.node.recording.segments import RecordingIndex, Segment, Span, find_segments
from sigap.node.simulate.clip import Clip
from sigap.node.test_recording import record

HOUR = 3600.0
MakeStorage = Callable[..., Storage]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[MakeStorage]:
    """A storage over what lies in `tmp_path/recordings`, with the promises given by camera."""
    with ThreadPoolExecutor(1) as pool:

        def make(max_bytes: int | None = None, **promises: Promise) -> Storage:
            book = KeepBook(tmp_path / "kept", default_retention_h=24)
            if promises:
                book.learn(promises)
            made = Storage(tmp_path / "recordings", Limits(0, max_bytes), pool, book)
            for segment in find_segments(made.root):
                made.index.add(segment)
            return made

        yield make


def promise(hours: float, *holds: Span, purpose: str = "security", alarm_h: float = 48) -> Promise:
    held = tuple(
        Hold(uuid=f"h{n}", starts_at=one.starts_at, ends_at=one.ends_at)
        for n, one in enumerate(holds)
    )
    return Promise(retention_h=hours, alarm_retention_h=alarm_h, purpose=purpose, holds=held)


def kept(storage: Storage, now: float) -> list[tuple[str, int]]:
    """What is left as (camera, hours ago), from the files and from the index alike."""
    on_disk = sorted((s.camera_uuid, s.path) for s in find_segments(storage.root))
    indexed = [s for uuid in storage.index.cameras() for s in storage.index.of_camera(uuid)]
    assert sorted((s.camera_uuid, s.path) for s in indexed) == on_disk
    return sorted((s.camera_uuid, round((now - s.starts_at) / HOUR)) for s in indexed)


async def test_age_alarms_and_holds(tmp_path: Path, clip: Clip, storage: MakeStorage) -> None:
    now = time.time()
    hours_ago = [60, 30, 10, 5, 1]
    record(tmp_path / "recordings", clip, *(now - h * HOUR for h in hours_ago), uuid="a")
    record(tmp_path / "recordings", clip, now - 30 * HOUR, now - 20 * HOUR, uuid="gone")
    held = Span(now - 30 * HOUR - 60, now - 30 * HOUR + 1)
    made = storage(a=promise(2, held))
    made.book.keep_clip("a", Span(now - 60 * HOUR, now - 60 * HOUR + 1))
    made.book.keep_clip("a", Span(now - 10 * HOUR, now - 10 * HOUR + 1))
    await made.expire(now)
    assert kept(made, now) == [("a", 1), ("a", 10), ("a", 30), ("gone", 20)]


async def test_nothing_is_deleted_before_a_promise_is_known(
    tmp_path: Path, clip: Clip, storage: MakeStorage
) -> None:
    now = time.time()
    record(tmp_path / "recordings", clip, now - 100 * HOUR, uuid="a")
    made = storage(max_bytes=1)
    await made.expire(now)
    await made.make_room(now)
    assert made.full
    assert kept(made, now) == [("a", 100)]


async def test_a_full_disk_takes_the_least_needed_first(
    tmp_path: Path, clip: Clip, storage: MakeStorage
) -> None:
    now = time.time()
    root = tmp_path / "recordings"
    record(root, clip, now - 9 * HOUR, now - 8 * HOUR, now - 0.4 * HOUR, uuid="disaster")
    record(root, clip, now - 7 * HOUR, now - 6 * HOUR, now - 5 * HOUR, uuid="security")
    record(root, clip, now - 3 * HOUR, now - 2 * HOUR, now - 0.1 * HOUR, uuid="traffic")
    promises = {
        "disaster": promise(99, purpose="disaster"),
        "security": promise(99, Span(now - 6 * HOUR, now - 6 * HOUR + 1)),
        "traffic": promise(99, purpose="traffic"),
    }
    made = storage(**promises)
    made.book.keep_clip("traffic", Span(now - 3 * HOUR, now - 3 * HOUR + 1))
    order = []
    while True:
        before = kept(made, now)
        tight = storage(max_bytes=made.index.total_bytes() - 1)
        await tight.make_room(now)
        made = storage()
        gone = set(before) - set(kept(made, now))
        if not gone:
            break
        order += sorted(gone)
    assert tight.full
    assert order == [
        ("traffic", 2),
        ("security", 7),
        ("security", 5),
        ("disaster", 9),
        ("disaster", 8),
        ("traffic", 0),
        ("disaster", 0),
        ("traffic", 3),
    ]
    assert kept(made, now) == [("security", 6)]


def test_what_is_protected_outlives_a_restart_without_the_core(tmp_path: Path) -> None:
    book = KeepBook(tmp_path, default_retention_h=24)
    assert not book.known
    assert book.learn({"a": promise(2, Span(100, 200))})
    assert not book.learn({"a": promise(2, Span(100, 200))})
    book.keep_clip("a", Span(1000, 1010))
    book.keep_clip("a", Span(1005, 1030))
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write('{"start": 9')
    again = KeepBook(tmp_path, default_retention_h=24)
    assert again.known
    # The camera went to another node: what is here stays held.
    assert again.learn({"b": promise(2)})
    by_start = {start: segment(start) for start in (150, 500, 1025, 1040)}
    assert [again.protection(one).name for one in by_start.values()] == [
        "HELD",
        "PLAIN",
        "ALARM",
        "PLAIN",
    ]
    again.forget_old_clips(1030 + 48 * HOUR + 1)
    assert (tmp_path / "a.jsonl").read_text() == ""


def segment(starts_at: float) -> Segment:
    return Segment("a", Path("x"), starts_at, starts_at + 10, 1)


def test_the_forecast_counts_what_comes_and_what_expires() -> None:
    steady = {"a": Stream(bytes_per_s=10, retention_h=2)}
    assert full_in_s(Stock(), steady, capacity_bytes=10 * 2 * HOUR_S) is None
    assert full_in_s(Stock(), steady, capacity_bytes=10 * 1.5 * HOUR_S) == pytest.approx(5400)
    stock = Stock()
    stock.add(36_000, expires_in_s=1800)
    stock.add(1000, expires_in_s=float("inf"))
    assert full_in_s(stock, steady, capacity_bytes=72_999) == pytest.approx(3600 + 3600, abs=2)
    assert full_in_s(stock, steady, capacity_bytes=73_000) is None
    assert full_in_s(stock, {}, capacity_bytes=999) == 0


async def test_a_storage_sees_its_disk_fill(
    tmp_path: Path, clip: Clip, storage: MakeStorage
) -> None:
    now = time.time()
    record(tmp_path / "recordings", clip, *(now - n * 900 for n in range(8, 0, -1)), uuid="a")
    size = storage(a=promise(24)).index.total_bytes()
    made = storage(max_bytes=size * 3, a=promise(24))
    await made.look_ahead(now)
    assert made.full_at is not None
    assert made.full_at - now == pytest.approx(4 * HOUR, rel=0.1)
    made = storage(max_bytes=size * 3, a=promise(3))
    await made.look_ahead(now)
    assert made.full_at is None


def test_sums_of_the_index_are_those_of_its_segments(tmp_path: Path) -> None:
    index = RecordingIndex()
    starts = [0, 10, 30, 40, 100]
    for start in (0, 30, 10, 100, 40):
        index.add(segment(start))
    assert [s.starts_at for s in index.of_camera("a")] == starts
    assert (index.bytes_of("a"), index.gap_s("a", 0), index.gap_s("a", 60)) == (5, 60, 40)
    growing = Segment("a", Path("y"), 112.0, 112.0, 7, is_open=True)
    index.add(growing)
    growing.size, growing.ends_at = 9, 115.0
    assert (index.bytes_of("a"), index.gap_s("a", 0)) == (14, 62)
    growing.is_open = False
    index.add(segment(120))
    index.remove(index.of_camera("a")[0])
    assert (index.bytes_of("a"), index.gap_s("a", 0)) == (14, 67)
    assert (index.recorded_from("a"), index.recorded_until("a")) == (10, 130)


def test_what_is_missing_while_pictures_come() -> None:
    index = RecordingIndex()
    watch = MissingWatch(index, "a")
    index.add(segment(1000))
    assert watch.look(1010, is_up=True).unrecorded_s == 0
    assert watch.look(1019, is_up=True).unrecorded_s == 0
    assert watch.look(1021, is_up=True).unrecorded_s == 11
    assert watch.look(1023, is_up=True).unrecorded_s == 13
    silent = watch.look(1100, is_up=False)
    assert (silent.unrecorded_s, silent.gap_s, silent.recorded_from) == (13, 90, 1000)
    assert watch.look(1105, is_up=True).unrecorded_s == 13
    assert watch.look(1105 + 90_000, is_up=False).unrecorded_s == 0
