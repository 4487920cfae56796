"""Work that is done for all cameras of the process at once, at a steady tick. Used by `connection`.

A wake-up of the event loop for every packet costs more than the packet: reading what has gathered
in 40 ms takes one system call a camera. The price is that live is up to one tick further behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

READ_TICK_S = 0.040
BUFFER_BYTES = 512 << 10
Work: TypeAlias = Callable[[], None]


class Ticker:
    """Calls what was added, in turn, every `tick_s`; sleeps while there is nothing."""

    def __init__(self, tick_s: float) -> None:
        self._tick_s = tick_s
        self._work: dict[Work, None] = {}
        self._next: asyncio.TimerHandle | None = None

    def add(self, work: Work) -> None:
        """Call `work` at every tick. It neither blocks nor raises."""
        self._work[work] = None
        if self._next is None:
            self._plan(asyncio.get_running_loop(), self._tick_s)

    def discard(self, work: Work) -> None:
        self._work.pop(work, None)
        if not self._work and self._next is not None:
            self._next.cancel()
            self._next = None

    def _plan(self, loop: asyncio.AbstractEventLoop, wait_s: float) -> None:
        self._next = loop.call_later(wait_s, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        began = loop.time()
        self._next = None
        try:
            for work in list(self._work):
                work()
        finally:
            if self._work and self._next is None:
                self._plan(loop, max(0.0, self._tick_s - (loop.time() - began)))


class ReadTicker(Ticker):
    """`buffer`, `view`: where the connections read into, one after the other; nobody keeps it."""

    def __init__(self, tick_s: float = READ_TICK_S) -> None:
        super().__init__(tick_s)
        self.buffer = bytearray(BUFFER_BYTES)
        self.view = memoryview(self.buffer)
