"""Whose turn it is when there is more to look at than the core can.

Critical cameras first, then whoever waits longest; but of so many turns in a row one goes to the
others, so that nobody starves. Owned by `worker`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

CRITICAL_TURNS = 3
"""Turns of critical cameras in a row, while another one waits."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Longest waits since the last time they were asked for, in ms."""

    by_camera: dict[int, float]
    longest: float


class Turns:
    """A camera asks when it has something to be looked at; `next` says who has it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[bool, dict[int, float]] = {True: {}, False: {}}
        self._waits_ms: dict[int, float] = {}
        self._critical_in_a_row = 0

    def ask(self, camera_id: int, *, critical: bool) -> None:
        """Wait for a turn, if it does not yet."""
        if camera_id in self._since[not critical]:
            self._since[critical][camera_id] = self._since[not critical].pop(camera_id)
        self._since[critical].setdefault(camera_id, self._clock())

    def forget(self, camera_id: int) -> None:
        for waiting in self._since.values():
            waiting.pop(camera_id, None)
        self._waits_ms.pop(camera_id, None)

    def next(self) -> int | None:
        """The camera whose turn it is; None when nobody waits."""
        critical, others = self._since[True], self._since[False]
        yields = self._critical_in_a_row >= CRITICAL_TURNS and others
        waiting = critical if critical and not yields else others
        if not waiting:
            return None
        self._critical_in_a_row = self._critical_in_a_row + 1 if waiting is critical else 0
        camera_id = min(waiting, key=waiting.__getitem__)
        self._note(camera_id, self._clock() - waiting.pop(camera_id))
        return camera_id

    def take_waits(self) -> Waits:
        """Those who still wait count, too."""
        now = self._clock()
        for waiting in self._since.values():
            for camera_id, since in waiting.items():
                self._note(camera_id, now - since)
        waits, self._waits_ms = self._waits_ms, {}
        return Waits(waits, max(waits.values(), default=0.0))

    def _note(self, camera_id: int, wait_s: float) -> None:
        self._waits_ms[camera_id] = max(self._waits_ms.get(camera_id, 0.0), wait_s * 1000)
