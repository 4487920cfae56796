"""Finds and mends what a crash left behind. Called at start, and by `sigap node check`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sigap.node.errors import DamagedFile
from sigap.node.mux.reader import FileMap, map_file
from sigap.node.recording.segments import (
    Segment,
    closed_path,
    find_segments,
    open_path,
    segment_of_path,
)

ASIDE_SUFFIX = ".damaged"
MOOF, PRFT = b"moof", b"prft"


class Finding(StrEnum):
    UNFINISHED = "unfinished"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Mended:
    """`lost_bytes` were cut out; `segment` is None when nothing can be played.

    `aside`: where a file is now that may hold pictures, but cannot be read.
    """

    path: Path
    finding: Finding
    lost_bytes: int
    segment: Segment | None
    aside: Path | None = None


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
        if mend:
            yield from _mend_whole(segment)
        else:
            yield Mended(segment.path, finding, 0, None)


def _mend_whole(segment: Segment) -> Iterator[Mended]:
    """A file that is damaged amid becomes two: what comes after the damage is kept as well."""
    rest = _rest_behind_damage(segment.path)
    mended = mend_file(segment)
    if rest is None:
        yield mended
        return
    yield replace(mended, lost_bytes=max(0, mended.lost_bytes - rest.size))
    if _find(rest) is not None:
        yield from _mend_whole(rest)


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
    if finding is Finding.UNREADABLE and MOOF in path.read_bytes():
        aside = path.rename(path.with_name(path.name + ASIDE_SUFFIX))
        return Mended(path, finding, 0, None, aside)
    if finding in (Finding.EMPTY, Finding.UNREADABLE):
        path.unlink(missing_ok=True)
        return Mended(path, finding, segment.size, None)
    file_map = map_file(path)
    if finding is Finding.TRUNCATED:
        os.truncate(path, file_map.whole_bytes)
    final = path.rename(_final_path(path, file_map))
    return Mended(path, finding, segment.size - file_map.whole_bytes, segment_of_path(final))


def _rest_behind_damage(path: Path) -> Segment | None:
    """A new file of the fragments behind the first damage, if any; `path` stays as it is."""
    try:
        file_map = map_file(path)
    except DamagedFile:
        return None
    data = path.read_bytes()
    partial = path.with_name(f".{path.name}.part")
    at = data.find(PRFT, file_map.whole_bytes + len(PRFT) + 4)
    while at >= 0 and file_map.fragments:
        partial.write_bytes(file_map.init + data[at - 4 :])
        found = map_file(partial)
        if found.fragments:
            begin = found.fragments[0].starts_at
            target = open_path(path.parents[2], path.parents[1].name, begin)
            target.parent.mkdir(exist_ok=True)
            return segment_of_path(partial.rename(_final_path(target, found)))
        at = data.find(PRFT, at + 1)
    partial.unlink(missing_ok=True)
    return None


def _final_path(path: Path, file_map: FileMap) -> Path:
    duration_s = file_map.fragments[-1].ends_at - file_map.fragments[0].starts_at
    stem = path.name.partition("-")[0]
    return closed_path(path.with_name(f"{stem}-open.mp4"), duration_s)
