"""Writes fragments to segment files; after `sync` the bytes are on disk.

Blocking: runs in the storage's threads, one call at a time for each camera (`lanes` sees to it).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sigap.node.durable import make_folder, sync_folder
from sigap.node.errors import DiskFull
from sigap.node.frames import CLOCK_HZ, AudioFormat, VideoFormat
from sigap.node.mux.boxes import Sample, fragment, init_segment
from sigap.node.mux.sound import Sound
from sigap.node.recording.segments import Segment, closed_path, open_path

MAX_VECTORS = 512
CLOCK_STEP_S = 5.0
"""A larger step between fragments is a gap, or the machine's clock was set."""
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Fragment:
    """Up to one group of pictures, ready to be written. `base`: decode time of the first."""

    format: VideoFormat
    samples: Sequence[Sample]
    base: int
    starts_at: float
    continues: bool
    """False after a gap: the fragment must begin a new segment."""
    sound: Sound | None = None

    @property
    def duration_s(self) -> float:
        return sum(sample.duration for sample in self.samples) / CLOCK_HZ

    @property
    def begins_with_key(self) -> bool:
        return self.samples[0].key


@dataclass(slots=True)
class SegmentWriter:
    """The open file of one camera."""

    root: Path
    camera_uuid: str
    segment_s: float
    segment: Segment | None = None
    _file: int = -1
    _format: VideoFormat | None = None
    _sound_format: AudioFormat | None = None
    _unsynced: int = 0
    _base: int = 0
    _sequence: int = 0
    closed: list[Segment] = field(default_factory=list)
    """Segments closed since the caller last looked."""

    def write(self, item: Fragment) -> None:
        """`put` and `sync`."""
        self.put(item)
        self.sync()

    def put(self, item: Fragment) -> None:
        """Raises DiskFull, or OSError; the file then holds whole fragments only."""
        if self._must_roll(item):
            self.close()
            self._open(item)
        assert self.segment is not None
        self._sequence += 1
        parts = fragment(
            item.samples,
            sequence=self._sequence,
            base=item.base - self._base,
            wall_clock=item.starts_at,
            sound=self._placed(item.sound),
        )
        self._unsynced = self._append(parts)
        self.segment.size += self._unsynced
        self.segment.ends_at = item.starts_at + item.duration_s

    def sync(self) -> None:
        """The last `put` is on disk when this returns. Raises as it does."""
        size, self._unsynced = self._unsynced, 0
        if self.segment is None or size == 0:
            return
        try:
            os.fdatasync(self._file)
        except OSError as error:
            self.segment.size -= size
            self._cut_back()
            raise _as_disk_full(error) from error

    def close(self) -> None:
        """Give the segment its final name. Does nothing when none is open.

        Raises OSError; the segment is closed all the same, under the name that it had.
        """
        segment, self.segment = self.segment, None
        if segment is None:
            return
        segment.is_open = False
        self.closed.append(segment)
        try:
            os.close(self._file)
            self._file = -1
            if segment.ends_at > segment.starts_at:
                segment.path = segment.path.rename(_free_name(segment))
            else:
                segment.path.unlink(missing_ok=True)
        finally:
            self._file = -1

    def _must_roll(self, item: Fragment) -> bool:
        if self.segment is None or not item.continues or self._has_changed(item):
            return True
        if abs(item.starts_at - self.segment.ends_at) > CLOCK_STEP_S:
            return True
        due = item.starts_at - self.segment.starts_at >= self.segment_s
        return due and item.begins_with_key

    def _has_changed(self, item: Fragment) -> bool:
        if item.format is not self._format and item.format != self._format:
            return True
        return item.sound is not None and item.sound.format != self._sound_format

    def _placed(self, sound: Sound | None) -> Sound | None:
        """The sound on the segment's clock; what came before its first picture is left out."""
        if sound is None:
            return None
        pieces, base = list(sound.pieces), sound.base - self._base
        while pieces and base < 0:
            base += pieces.pop(0).duration
        return Sound(sound.format, base, pieces) if pieces else None

    def _open(self, item: Fragment) -> None:
        try:
            path, self._file = self._new_file(item.starts_at)
        except OSError as error:
            raise _as_disk_full(error) from error
        self.segment = Segment(
            self.camera_uuid, path, item.starts_at, item.starts_at, size=0, is_open=True
        )
        self._format, self._base, self._sequence = item.format, item.base, 0
        self._sound_format = item.sound.format if item.sound is not None else None
        try:
            self.segment.size = self._append([init_segment(item.format, self._sound_format)])
        except (OSError, DiskFull):
            self.close()
            raise
        sync_folder(path.parent)

    def _new_file(self, starts_at: float) -> tuple[Path, int]:
        path = open_path(self.root, self.camera_uuid, starts_at)
        make_folder(path.parent)
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)

    def _append(self, parts: Sequence[bytes]) -> int:
        """Bytes written."""
        try:
            _write_all(self._file, parts)
        except OSError as error:
            self._cut_back()
            raise _as_disk_full(error) from error
        return sum(map(len, parts))

    def _cut_back(self) -> None:
        assert self.segment is not None
        os.ftruncate(self._file, self.segment.size)
        os.lseek(self._file, self.segment.size, os.SEEK_SET)


def _free_name(segment: Segment) -> Path:
    """A machine that wakes in 1970 may do so again: what is there is never written over."""
    duration_s = segment.ends_at - segment.starts_at
    while (path := closed_path(segment.path, duration_s)).exists():
        duration_s += 0.001
    return path


def _write_all(file: int, parts: Sequence[bytes]) -> None:
    for first in range(0, len(parts), MAX_VECTORS):
        some = parts[first : first + MAX_VECTORS]
        size = sum(map(len, some))
        written = os.writev(file, some)
        rest = memoryview(b"".join(some))[written:] if written < size else memoryview(b"")
        while rest:
            rest = rest[os.write(file, rest) :]


def _as_disk_full(error: OSError) -> Exception:
    return DiskFull("disk full") if error.errno in _NO_SPACE else error
