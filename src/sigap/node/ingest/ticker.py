"""Reads all cameras of the process at once, at a steady tick. One a node; used by `connection`.

A wake-up of the event loop for every packet costs more than the packet: reading what has gathered
in 40 ms takes one system call a camera. The price is that live is up to one tick further behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

TICK_S = 0.040
BUFFER_BYTES = 512 << 10
Drain: TypeAlias = Callable[[], None]


class ReadTicker:
    """`buffer`, `view`: where the connections read into, one after the other; nobody keeps it."""

    def __init__(self, tick_s: float = TICK_S) -> None:
        self.buffer = bytearray(BUFFER_BYTES)
        self.view = memoryview(self.buffer)
        self._tick_s = tick_s
        self._drains: dict[Drain, None] = {}
        self._next: asyncio.TimerHandle | None = None

    def add(self, drain: Drain) -> None:
        """Call `drain` at every tick. It neither blocks nor raises."""
        self._drains[drain] = None
        if self._next is None:
            self._plan(asyncio.get_running_loop(), self._tick_s)

    def discard(self, drain: Drain) -> None:
        self._drains.pop(drain, None)
        if not self._drains and self._next is not None:
            self._next.cancel()
            self._next = None

    def _plan(self, loop: asyncio.AbstractEventLoop, wait_s: float) -> None:
        self._next = loop.call_later(wait_s, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        began = loop.time()
        self._next = None
        for drain in list(self._drains):
            drain()
        if self._drains and self._next is None:
            self._plan(loop, max(0.0, self._tick_s - (loop.time() - began)))
