"""Frames and bytes per second of one camera, over the last seconds. Fed like every sink."""

from __future__ import annotations

import time
from collections import deque

from sigap.node.frames import Frame

WINDOW_S = 5.0
MAX_KEPT = 1000


class Meter:
    """`last_frame_at`: wall clock; `quiet_s`: seconds since the last frame, or since the start."""

    def __init__(self) -> None:
        self.last_frame_at: float | None = None
        self.format_text = ""
        self.width = 0
        self.height = 0
        self._since = time.monotonic()
        self._recent: deque[tuple[float, int]] = deque(maxlen=MAX_KEPT)

    def push(self, frame: Frame) -> None:
        self._since = time.monotonic()
        self.last_frame_at = frame.received_at
        self.format_text = frame.format.codec_string
        self.width, self.height = frame.format.width, frame.format.height
        self._recent.append((self._since, len(frame.payload)))

    def quiet_s(self) -> float:
        return time.monotonic() - self._since

    def rates(self) -> tuple[float, int]:
        """(frames a second, bits a second)"""
        now = time.monotonic()
        recent = self._recent
        while recent and now - recent[0][0] > WINDOW_S:
            recent.popleft()
        if len(recent) < 2:
            return 0.0, 0
        elapsed_s = now - recent[0][0] if self.quiet_s() > 1 else recent[-1][0] - recent[0][0]
        if elapsed_s <= 0:
            return 0.0, 0
        size = sum(count for _, count in recent) - recent[0][1]
        return (len(recent) - 1) / elapsed_s, int(size * 8 / elapsed_s)
