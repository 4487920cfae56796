"""Segments, gaps, retention, repair: what is on disk and what is said about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigap.node.errors import DamagedFile, DiskFull
from sigap.node.frames import CLOCK_HZ
from sigap.node.ingest.h264 import video_format
from sigap.node.media.playback import Projector
from sigap.node.mux.boxes import Sample
from sigap.node.mux.reader import map_file
from sigap.node.recording.mend import Finding, check_all
from sigap.node.recording.segments import RecordingIndex, Span, find_gaps, find_segments
from sigap.node.recording.writer import Fragment, SegmentWriter
from sigap.node.simulate.clip import Clip
from sigap.node.testbed import UUID

NOON = 1_700_000_000.0


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def piece(clip: Clip, starts_at: float, *, seconds: int = 2, continues: bool = True) -> Fragment:
    samples = [Sample(b"\0\0\0\1e" * 50, n == 0, CLOCK_HZ) for n in range(seconds)]
    base = int((starts_at - NOON) * CLOCK_HZ)
    picture_format = video_format([clip.sps], [clip.pps])
    return Fragment(picture_format, samples, base, starts_at, continues)


def record(root: Path, clip: Clip, *starts: float, uuid: str = UUID) -> SegmentWriter:
    writer = SegmentWriter(root, uuid, segment_s=4.0)
    for start in starts:
        writer.write(piece(clip, start))
    writer.close()
    return writer


def test_segments_roll_by_length_gap_and_set_clock(tmp_path: Path, clip: Clip) -> None:
    steps = [0, 2, 4, 6, 100, 102, 50, 52]
    record(tmp_path, clip, *(NOON + step for step in steps))
    segments = sorted(find_segments(tmp_path), key=lambda segment: segment.starts_at)
    assert [segment.starts_at - NOON for segment in segments] == [0, 4, 50, 100]
    assert [segment.ends_at - NOON for segment in segments] == [4, 8, 54, 104]
    gaps = find_gaps(segments, Span(NOON - 10, NOON + 110))
    assert [(gap.starts_at - NOON, gap.ends_at - NOON) for gap in gaps] == [
        (-10, 0),
        (8, 50),
        (54, 100),
        (104, 110),
    ]


async def test_film_leaves_gaps_out_and_survives_deletion(
    tmp_path: Path, clip: Clip, executor: ThreadPoolExecutor
) -> None:
    record(tmp_path, clip, NOON, NOON + 2, NOON + 60, NOON + 62, NOON + 120)
    index = RecordingIndex()
    for segment in find_segments(tmp_path):
        index.add(segment)
    projector = Projector(index, executor)
    film = await projector.find_film(UUID, Span(NOON + 3, NOON + 130))
    assert film is not None
    assert film.starts_at == pytest.approx(NOON + 2)
    out = tmp_path / "film.mp4"
    out.write_bytes(b"".join([data async for data in projector.project(film)]))
    fragments = map_file(out).fragments
    assert [place.base for place in fragments] == [n * 2 * CLOCK_HZ for n in range(4)]
    assert fragments[1].starts_at == pytest.approx(NOON + 60)
    index.of_camera(UUID)[1].path.unlink()
    shorter = [data async for data in projector.project(film)]
    assert len(shorter) == 3
    assert await projector.find_film(UUID, Span(NOON + 70, NOON + 80)) is None


def test_full_disk_leaves_whole_fragments(
    tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SegmentWriter(tmp_path, UUID, segment_s=60)
    writer.write(piece(clip, NOON))
    monkeypatch.setattr("sigap.node.recording.writer._write_all", fill_the_disk)
    with pytest.raises(DiskFull):
        writer.write(piece(clip, NOON + 2))
    monkeypatch.undo()
    writer.write(piece(clip, NOON + 4))
    writer.close()
    (segment,) = find_segments(tmp_path)
    assert len(map_file(segment.path).fragments) == 2
    assert not list(check_all(tmp_path, mend=False))


def fill_the_disk(file: int, parts: list[bytes]) -> None:
    """A few bytes go, then the disk is full: what a real one does."""
    os.write(file, parts[0][:10])
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        os.write(full, b"x")
    finally:
        os.close(full)


def test_check_names_and_mends(tmp_path: Path, clip: Clip) -> None:
    record(tmp_path, clip, NOON, NOON + 60, NOON + 120, NOON + 180)
    first, second, third, fourth = sorted(path.path for path in find_segments(tmp_path))
    first.write_bytes(first.read_bytes()[:-7])
    second.write_bytes(b"rubbish")
    third.write_bytes(third.read_bytes()[: len(map_file(third).init)])
    found = {mended.path: mended.finding for mended in check_all(tmp_path, mend=False)}
    assert found == {
        first: Finding.EMPTY,
        second: Finding.UNREADABLE,
        third: Finding.EMPTY,
    }
    assert len(list(check_all(tmp_path, mend=True))) == 3
    assert [segment.path for segment in find_segments(tmp_path)] == [fourth]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1), rubbish=st.binary(min_size=1, max_size=40), cut=st.booleans())
def test_any_damage_is_survived(
    tmp_path: Path, clip: Clip, where: float, rubbish: bytes, cut: bool
) -> None:
    whole = tmp_path / "whole"
    if not whole.exists():
        record(whole, clip, NOON, NOON + 2)
    (source,) = find_segments(whole)
    data = bytearray(source.path.read_bytes())
    at = int(where * (len(data) - 1))
    data[at : at + len(rubbish)] = b"" if cut else rubbish
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data[:at] if cut else data)
    try:
        file_map = map_file(damaged)
    except DamagedFile:
        return
    assert file_map.whole_bytes <= len(data)
    assert len(file_map.fragments) <= 2
