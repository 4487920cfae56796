"""Places sound on the camera's clock beside the picture. Owned by `camera`, as the `Timeline` is.

Pieces follow each other by their own stamps, exact to the sample. Where the sound begins, and again
when it has strayed from the picture, its arrival decides.
"""

from __future__ import annotations

from sigap.node.frames import CLOCK_HZ, AudioFrame, AudioUnit

LARGEST_STRAY = CLOCK_HZ * 6 // 10
_WRAP = 1 << 32


class SoundTimeline:
    """`place` gives frames whose `dts` never goes back."""

    def __init__(self) -> None:
        self._anchor: int | None = None
        self._samples = 0
        self._last_pts = 0
        self._end = 0

    def break_off(self) -> None:
        self._anchor = None

    def place(self, unit: AudioUnit, expected: int) -> AudioFrame:
        """`expected`: the tick of the camera's clock at which the unit came in."""
        rate = unit.format.rate_hz
        delta = (unit.pts - self._last_pts) % _WRAP
        self._last_pts = unit.pts
        if self._anchor is None or not 0 < delta <= rate:
            self._anchor_at(expected)
        else:
            self._samples += delta
            if abs(self._ticks(rate) - expected) > LARGEST_STRAY:
                self._anchor_at(expected)
        # A piece that would begin before the last one ends moves all that follow.
        self._anchor = (self._anchor or 0) + max(0, self._end - self._ticks(rate))
        dts = self._ticks(rate)
        self._end = max(dts + 1, self._ticks(rate, unit.duration))
        return AudioFrame(unit.payload, dts, self._end - dts, unit.format)

    def _anchor_at(self, expected: int) -> None:
        self._anchor, self._samples = max(expected, self._end), 0

    def _ticks(self, rate: int, more: int = 0) -> int:
        return (self._anchor or 0) + round((self._samples + more) * CLOCK_HZ / rate)
