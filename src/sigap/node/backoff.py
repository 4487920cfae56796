"""Waits that grow, with jitter so that many do not retry at once. For cameras and the core."""

from __future__ import annotations

import random

GROWTH = 2.0
JITTER = 0.25


class Backoff:
    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._next_s = first_s

    def reset(self) -> None:
        self._next_s = self._first_s

    def next_s(self) -> float:
        """Seconds to wait now."""
        wait_s = self._next_s
        self._next_s = min(wait_s * GROWTH, self._longest_s)
        return wait_s * random.uniform(1 - JITTER, 1 + JITTER)
