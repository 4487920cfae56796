"""When a figure is over its limit for long enough, and when that is over. Used by crowd and queue.

A median over the last seconds takes out pictures in which the detector missed some; the end needs
a figure clearly under the limit (hysteresis), so that one alarm is one happening.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from statistics import median

SMOOTHING_S = 2.0
LEAST_PICTURES = 3
CLEAR_SHARE = 0.8
CLEAR_S = 5.0


class Turn(Enum):
    BEGAN = "began"
    ENDED = "ended"


class Threshold:
    """`limit` None is never reached. `lasting_s`: how long the figure must stay over it."""

    def __init__(self, limit: float | None, *, lasting_s: float) -> None:
        self._limit = limit
        self._lasting_s = lasting_s
        self._readings: deque[tuple[float, float]] = deque()
        self._over_since_s: float | None = None
        self._clear_since_s: float | None = None
        self.is_over = False
        self.began_s = 0.0
        self.value = 0.0

    def observe(self, reading: float, at_s: float) -> Turn | None:
        """Take one reading; `value` is the smoothed one, `began_s` when the limit was passed."""
        self._readings.append((at_s, reading))
        while at_s - self._readings[0][0] > SMOOTHING_S:
            self._readings.popleft()
        self.value = float(median(value for _, value in self._readings))
        if self._limit is None or len(self._readings) < LEAST_PICTURES:
            return None
        return self._clear(at_s) if self.is_over else self._rise(at_s, self._limit)

    def _rise(self, at_s: float, limit: float) -> Turn | None:
        if self.value < limit:
            self._over_since_s = None
            return None
        if self._over_since_s is None:
            self._over_since_s = at_s
        if at_s - self._over_since_s < self._lasting_s:
            return None
        self.is_over, self.began_s = True, self._over_since_s
        self._over_since_s = self._clear_since_s = None
        return Turn.BEGAN

    def _clear(self, at_s: float) -> Turn | None:
        if self.value >= CLEAR_SHARE * (self._limit or 0.0):
            self._clear_since_s = None
            return None
        if self._clear_since_s is None:
            self._clear_since_s = at_s
        if at_s - self._clear_since_s < CLEAR_S:
            return None
        self.is_over = False
        return Turn.ENDED
