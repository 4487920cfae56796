"""The recordings on disk and the index of them. The files alone are the truth; this is a cache.

One file a segment: `recordings/<camera uuid>/<date>/<HHMMSSmmm>-<duration>ms.mp4` in UTC; a segment
still being written ends in `-open`. Used by recorder, retention, playback and `sigap node check`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
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


class RecordingIndex:
    """Segments of all cameras in order of time. Lives on the event loop; no I/O but `rebuild`."""

    def __init__(self) -> None:
        self._by_camera: dict[str, list[Segment]] = {}

    def add(self, segment: Segment) -> None:
        segments = self._by_camera.setdefault(segment.camera_uuid, [])
        where = bisect_right(segments, segment.starts_at, key=lambda other: other.starts_at)
        segments.insert(where, segment)

    def remove(self, segment: Segment) -> None:
        segments = self._by_camera.get(segment.camera_uuid, [])
        if segment in segments:
            segments.remove(segment)

    def cameras(self) -> list[str]:
        return list(self._by_camera)

    def of_camera(self, camera_uuid: str) -> list[Segment]:
        return list(self._by_camera.get(camera_uuid, ()))

    def between(self, camera_uuid: str, span: Span) -> list[Segment]:
        """Segments that touch the span, oldest first."""
        segments = self._by_camera.get(camera_uuid, [])
        first = max(0, bisect_right(segments, span.starts_at, key=lambda s: s.starts_at) - 1)
        return [
            segment
            for segment in segments[first:]
            if segment.ends_at > span.starts_at and segment.starts_at < span.ends_at
        ]

    def oldest_closed(self) -> Segment | None:
        closed = (
            next((segment for segment in segments if not segment.is_open), None)
            for segments in self._by_camera.values()
        )
        return min(filter(None, closed), key=lambda segment: segment.starts_at, default=None)

    def bytes_of(self, camera_uuid: str) -> int:
        return sum(segment.size for segment in self._by_camera.get(camera_uuid, ()))

    def total_bytes(self) -> int:
        return sum(map(self.bytes_of, self._by_camera))


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
