"""Finds and mends what a crash left behind. Called at start, and by `sigap node check`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sigap.node.errors import DamagedFile
from sigap.node.mux.reader import FileMap, map_file
from sigap.node.recording.segments import Segment, closed_path, find_segments, segment_of_path


class Finding(StrEnum):
    UNFINISHED = "unfinished"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Mended:
    """`lost_bytes` were cut from the end; `segment` is None when nothing was worth keeping."""

    path: Path
    finding: Finding
    lost_bytes: int
    segment: Segment | None


def mend_unfinished(root: Path) -> Iterator[Mended]:
    """Close every segment that was open when the node died. Nobody may be recording."""
    for segment in list(find_segments(root)):
        if segment.is_open:
            yield mend_file(segment)


def check_all(root: Path, *, mend: bool) -> Iterator[Mended]:
    """Read the structure of every file; slow. Yields what is (or, with `mend`, was) wrong."""
    for segment in list(find_segments(root)):
        finding = _find(segment)
        if finding is None:
            continue
        yield mend_file(segment) if mend else Mended(segment.path, finding, 0, None)


def _find(segment: Segment) -> Finding | None:
    try:
        file_map = map_file(segment.path)
    except DamagedFile:
        return Finding.UNREADABLE
    if not file_map.fragments:
        return Finding.EMPTY
    if file_map.whole_bytes < segment.size:
        return Finding.TRUNCATED
    return Finding.UNFINISHED if segment.is_open else None


def mend_file(segment: Segment) -> Mended:
    """Cut the file after its last whole fragment and give it its final name."""
    path, finding = segment.path, _find(segment) or Finding.UNFINISHED
    if finding in (Finding.EMPTY, Finding.UNREADABLE):
        path.unlink(missing_ok=True)
        return Mended(path, finding, segment.size, None)
    file_map = map_file(path)
    if finding is Finding.TRUNCATED:
        os.truncate(path, file_map.whole_bytes)
    final = _final_path(path, file_map)
    path.rename(final)
    return Mended(path, finding, segment.size - file_map.whole_bytes, segment_of_path(final))


def _final_path(path: Path, file_map: FileMap) -> Path:
    duration_s = file_map.fragments[-1].ends_at - file_map.fragments[0].starts_at
    stem = path.name.partition("-")[0]
    return closed_path(path.with_name(f"{stem}-open.mp4"), duration_s)
