"""HLS for phones without MediaSource: whole groups of pictures, kept in memory while someone asks.

One a camera, fed like every sink; costs nothing until `ask` is called. Thin: one rendition.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from sigap.node.frames import CLOCK_HZ, Frame, VideoFormat
from sigap.node.mux.boxes import Sample, fragment, init_segment

KEPT_GROUPS = 5
IDLE_S = 30.0
MAX_GROUP_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Group:
    number: int
    duration_s: float
    data: bytes


class HlsFeed:
    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._groups: deque[Group] = deque(maxlen=KEPT_GROUPS)
        self._pending: list[Frame] = []
        self._pending_bytes = 0
        self._format: VideoFormat | None = None
        self._number = 0
        self._news = asyncio.Event()

    @property
    def is_asked(self) -> bool:
        return time.monotonic() - self._asked_at <= IDLE_S

    def push(self, frame: Frame) -> None:
        if not self.is_asked:
            self._forget()
            return
        if frame.format != self._format:
            self._forget()
            self._format = frame.format
        if frame.key and self._pending:
            self._cut(frame.dts)
        if self._pending or frame.key:
            self._pending.append(frame)
            self._pending_bytes += len(frame.payload)
        if self._pending_bytes > MAX_GROUP_BYTES:
            self._forget()

    async def ask(self) -> list[Group]:
        """The groups there are; waits for the first one. Raises TimeoutError with the caller."""
        self._asked_at = time.monotonic()
        while not self._groups:
            self._news.clear()
            await self._news.wait()
        return list(self._groups)

    def init(self) -> bytes | None:
        return init_segment(self._format) if self._format else None

    def group(self, number: int) -> Group | None:
        return next((group for group in self._groups if group.number == number), None)

    def _forget(self) -> None:
        self._groups.clear()
        self._pending, self._pending_bytes = [], 0
        self._format = None

    def _cut(self, end: int) -> None:
        frames, self._pending = self._pending, []
        self._pending_bytes = 0
        ends = [frame.dts for frame in frames[1:]] + [end]
        samples = [
            Sample(frame.payload, frame.key, following - frame.dts, frame.pts - frame.dts)
            for frame, following in zip(frames, ends, strict=True)
        ]
        first = frames[0]
        self._number += 1
        parts = fragment(
            samples, sequence=self._number, base=first.dts, wall_clock=first.received_at
        )
        duration_s = (end - first.dts) / CLOCK_HZ
        self._groups.append(Group(self._number, duration_s, b"".join(parts)))
        self._news.set()


def playlist(groups: list[Group], token: str) -> str:
    """The media playlist; every address in it carries the viewer's token."""
    longest = max(group.duration_s for group in groups)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{int(longest) + 1}",
        f"#EXT-X-MEDIA-SEQUENCE:{groups[0].number}",
        f'#EXT-X-MAP:URI="init.mp4?t={token}"',
    ]
    for group in groups:
        lines += [f"#EXTINF:{group.duration_s:.3f},", f"{group.number}.m4s?t={token}"]
    return "\n".join(lines) + "\n"
