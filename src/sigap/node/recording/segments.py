"""The recordings on disk and the index of them. The files alone are the truth; this is a cache.

One file a segment: `recordings/<camera uuid>/<date>/<HHMMSSmmm>-<duration>ms.mp4` in UTC; a segment
still being written ends in `-open`. Used by recorder, retention, playback and `sigap node check`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

OPEN_SUFFIX = "-open.mp4"
SMALLEST_GAP_S = 1.5
_NAME = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{3})-(?:(\d+)ms|open)\.mp4")


@dataclass(slots=True)
class Segment:
    """`starts_at`, `ends_at` in Unix seconds."""

    camera_uuid: str
    path: Path
    starts_at: float
    ends_at: float
    size: int
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in Unix seconds."""

    starts_at: float
    ends_at: float


def open_path(root: Path, camera_uuid: str, starts_at: float) -> Path:
    begin = datetime.fromtimestamp(starts_at, UTC)
    name = f"{begin:%H%M%S}{begin.microsecond // 1000:03d}{OPEN_SUFFIX}"
    return root / camera_uuid / f"{begin:%Y-%m-%d}" / name


def closed_path(path: Path, duration_s: float) -> Path:
    return path.with_name(path.name.replace(OPEN_SUFFIX, f"-{round(duration_s * 1000)}ms.mp4"))


def segment_of_path(path: Path) -> Segment | None:
    """From the name alone; None when it is none of ours. An open segment ends where it starts."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        return None
    hour, minute, second, millisecond = (int(text) for text in match.groups()[:4])
    try:
        begin = datetime.strptime(path.parent.name, "%Y-%m-%d").replace(
            hour=hour, minute=minute, second=second, microsecond=millisecond * 1000, tzinfo=UTC
        )
        size = path.stat().st_size
    except (ValueError, OSError):
        return None
    starts_at = begin.timestamp()
    return Segment(
        camera_uuid=path.parent.parent.name,
        path=path,
        starts_at=starts_at,
        ends_at=starts_at + int(match[5] or 0) / 1000,
        size=size,
        is_open=match[5] is None,
    )


def find_segments(root: Path) -> Iterator[Segment]:
    """Every segment below `root`, in no order."""
    for path in root.glob("*/*/*.mp4"):
        segment = segment_of_path(path)
        if segment is not None:
            yield segment


class _Shelf:
    """One camera's segments in order of time, with sums that cost nothing to ask for."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._open: list[Segment] = []
        self._settled_bytes = 0
        self._gaps: list[Span] | None = []

    def add(self, segment: Segment) -> None:
        self._settle()
        segments = self.segments
        where = bisect_right(segments, segment.starts_at, key=_start)
        if where < len(segments) or self._open:
            self._gaps = None
        elif self._gaps is not None and segments:
            self._gaps += find_gaps([], Span(segments[-1].ends_at, segment.starts_at))
        segments.insert(where, segment)
        self._count(segment)

    def remove(self, segment: Segment) -> None:
        self._settle()
        where = bisect_right(self.segments, segment.starts_at, key=_start) - 1
        while where >= 0 and self.segments[where] is not segment:
            where -= 1
        if where < 0:
            return
        del self.segments[where]
        if segment in self._open:
            self._open.remove(segment)
        else:
            self._settled_bytes -= segment.size
        if where > 0:
            self._gaps = None

    def bytes(self) -> int:
        self._settle()
        return self._settled_bytes + sum(segment.size for segment in self._open)

    def gaps(self) -> list[Span]:
        """Between the first segment and the last."""
        if self._gaps is None:
            segments = self.segments
            span = Span(segments[0].starts_at, segments[-1].starts_at) if segments else Span(0, 0)
            self._gaps = find_gaps(segments, span)
        return self._gaps

    def _settle(self) -> None:
        """The writer's thread closes segments; what is closed has its last size."""
        still_open = [segment for segment in self._open if segment.is_open]
        if len(still_open) < len(self._open):
            closed = [segment for segment in self._open if not segment.is_open]
            self._settled_bytes += sum(segment.size for segment in closed)
            self._open = still_open

    def _count(self, segment: Segment) -> None:
        if segment.is_open:
            self._open.append(segment)
        else:
            self._settled_bytes += segment.size


class RecordingIndex:
    """Segments of all cameras in order of time. Lives on the event loop; no I/O but `rebuild`."""

    def __init__(self) -> None:
        self._by_camera: dict[str, _Shelf] = {}

    def add(self, segment: Segment) -> None:
        self._by_camera.setdefault(segment.camera_uuid, _Shelf()).add(segment)

    def remove(self, segment: Segment) -> None:
        shelf = self._by_camera.get(segment.camera_uuid)
        if shelf is not None:
            shelf.remove(segment)

    def cameras(self) -> list[str]:
        return list(self._by_camera)

    def of_camera(self, camera_uuid: str) -> list[Segment]:
        return list(self._segments(camera_uuid))

    def between(self, camera_uuid: str, span: Span) -> list[Segment]:
        """Segments that touch the span, oldest first."""
        segments = self._segments(camera_uuid)
        first = max(0, bisect_right(segments, span.starts_at, key=_start) - 1)
        beyond = bisect_left(segments, span.ends_at, key=_start)
        return [segment for segment in segments[first:beyond] if segment.ends_at > span.starts_at]

    def bytes_of(self, camera_uuid: str) -> int:
        shelf = self._by_camera.get(camera_uuid)
        return shelf.bytes() if shelf is not None else 0

    def total_bytes(self) -> int:
        return sum(shelf.bytes() for shelf in self._by_camera.values())

    def recorded_from(self, camera_uuid: str) -> float | None:
        """Unix seconds; None when there is nothing."""
        segments = self._segments(camera_uuid)
        return segments[0].starts_at if segments else None

    def recorded_until(self, camera_uuid: str) -> float | None:
        """Unix seconds; None when there is nothing."""
        segments = self._segments(camera_uuid)
        return segments[-1].ends_at if segments else None

    def gap_s(self, camera_uuid: str, since: float) -> float:
        """Seconds that are missing after `since` between the first segment and the last."""
        shelf = self._by_camera.get(camera_uuid)
        gaps = shelf.gaps() if shelf is not None else []
        return sum(
            gap.ends_at - max(gap.starts_at, since)
            for gap in gaps[bisect_right(gaps, since, key=lambda gap: gap.ends_at) :]
        )

    def _segments(self, camera_uuid: str) -> list[Segment]:
        shelf = self._by_camera.get(camera_uuid)
        return shelf.segments if shelf is not None else []


def _start(segment: Segment) -> float:
    return segment.starts_at


def find_gaps(segments: list[Segment], span: Span) -> list[Span]:
    """What is missing of the span. Less than `SMALLEST_GAP_S` is jitter of the network."""
    gaps = []
    reached = span.starts_at
    for segment in segments:
        if segment.starts_at - reached > SMALLEST_GAP_S:
            gaps.append(Span(reached, segment.starts_at))
        reached = max(reached, segment.ends_at)
    if span.ends_at - reached > SMALLEST_GAP_S:
        gaps.append(Span(reached, span.ends_at))
    return gaps
