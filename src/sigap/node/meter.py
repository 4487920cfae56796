"""Frames and bytes per second of one camera, over the last seconds. Fed like every sink."""

from __future__ import annotations

import time
from collections import deque
from itertools import pairwise
from statistics import median

from sigap.node.frames import CLOCK_HZ, Frame

WINDOW_S = 5.0
KEY_INTERVALS = 8
SHORTEST_S = 1.0


class Meter:
    """`last_frame_at`: wall clock; `quiet_s`: seconds since the last frame, or since the start.

    A frame only counts; what a rate needs is noted when somebody asks for one.
    """

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._last: Frame | None = None
        self._frames = 0
        self._bytes = 0
        self._marks: deque[tuple[float, int, int]] = deque()
        self._keys: deque[int] = deque(maxlen=KEY_INTERVALS + 1)

    def push(self, frame: Frame) -> None:
        self._since = time.monotonic()
        self._last = frame
        self._frames += 1
        self._bytes += len(frame.payload)
        if frame.key:
            self._keys.append(frame.pts)
        if not self._marks:
            self._marks.append((self._since, self._frames, self._bytes))

    @property
    def last_frame_at(self) -> float | None:
        return self._last.received_at if self._last is not None else None

    @property
    def format_text(self) -> str:
        return self._last.format.codec_string if self._last is not None else ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture, (0, 0) before the first."""
        last = self._last
        return (last.format.width, last.format.height) if last is not None else (0, 0)

    def quiet_s(self) -> float:
        return time.monotonic() - self._since

    def key_interval_s(self) -> float:
        """The usual time between two key frames lately; 0 before the second.

        The median, as a gap or a lost key frame makes one time long.
        """
        times = [after - before for before, after in pairwise(self._keys)]
        return median(times) / CLOCK_HZ if times else 0.0

    def rates(self) -> tuple[float, int]:
        """(frames a second, bits a second) of the last five seconds, as far as there are any."""
        now, marks = time.monotonic(), self._marks
        if not marks:
            return 0.0, 0
        while len(marks) > 1 and now - marks[1][0] >= WINDOW_S:
            marks.popleft()
        began, frames, size = marks[0]
        if now - marks[-1][0] >= SHORTEST_S:
            marks.append((now, self._frames, self._bytes))
        # Up to the last frame while they come, so that a short span is not cut amid one.
        elapsed_s = (now if now - self._since > SHORTEST_S else self._since) - began
        if elapsed_s <= 0:
            return 0.0, 0
        return (self._frames - frames) / elapsed_s, int((self._bytes - size) * 8 / elapsed_s)
