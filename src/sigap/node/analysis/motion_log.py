"""When and where something moved, by camera and day: one line a stretch. Written by the node, read
by the media routes for time-line and search.

`SIGAP_HOME/node/motion/<camera uuid>/<date>.jsonl` in UTC; a line is
[start, end, peak share, cells] with Unix seconds and `cells` as 36 hexadecimal digits: a grid of
16×9, row by row from the top left, bit 0 first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sigap.node.recording.segments import Span

MAX_DAYS = 32
CELL_DIGITS = 36


@dataclass(frozen=True, slots=True)
class MotionSpan:
    """`peak`: largest share of the picture that moved, 0..1."""

    starts_at: float
    ends_at: float
    peak: float
    cells: int


class MotionLog:
    """Appends; a crash loses at most the stretch under way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, camera_uuid: str, motion: MotionSpan) -> None:
        path = _path(self._folder, camera_uuid, motion.starts_at)
        path.parent.mkdir(parents=True, exist_ok=True)
        row = [round(motion.starts_at, 2), round(motion.ends_at, 2), round(motion.peak, 4)]
        line = json.dumps([*row, f"{motion.cells:0{CELL_DIGITS}x}"])
        with path.open("a", encoding="ascii") as file:
            file.write(line + "\n")

    def forget_before(self, camera_uuid: str, oldest: float) -> None:
        """Drop whole days that ended before `oldest` (Unix seconds)."""
        first_kept = datetime.fromtimestamp(oldest, UTC).date().isoformat()
        for path in (self._folder / camera_uuid).glob("*.jsonl"):
            if path.stem < first_kept:
                path.unlink(missing_ok=True)


def read_motion(folder: Path, camera_uuid: str, span: Span) -> Iterator[MotionSpan]:
    """Stretches that touch the span, oldest first; a line cut by a crash is left out."""
    day = datetime.fromtimestamp(span.starts_at, UTC) - timedelta(days=1)
    last = datetime.fromtimestamp(span.ends_at, UTC)
    for _ in range(MAX_DAYS + 2):
        if day.date() > last.date():
            return
        for motion in _read(_path(folder, camera_uuid, day.timestamp())):
            if motion.ends_at >= span.starts_at and motion.starts_at <= span.ends_at:
                yield motion
        day += timedelta(days=1)


def _read(path: Path) -> Iterator[MotionSpan]:
    if not path.exists():
        return
    for line in path.read_text("ascii", "replace").splitlines():
        try:
            starts_at, ends_at, peak, cells = json.loads(line)
            yield MotionSpan(float(starts_at), float(ends_at), float(peak), int(cells, 16))
        except (ValueError, TypeError):
            continue


def _path(folder: Path, camera_uuid: str, at: float) -> Path:
    return folder / camera_uuid / f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}.jsonl"
