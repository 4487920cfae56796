"""Puts datagrams back into the order in which they were sent. Used by `transport`. No I/O."""

from __future__ import annotations

from collections.abc import Callable

from sigap.node.ingest.rtp import LARGEST_DROPOUT, LATEST, SMALLEST_PACKET

LONGEST_WAIT_S = 0.1
MOST_WAITING = 256


class Reorderer:
    """Hands on what is next; what is ahead waits for what is missing, but not for long."""

    def __init__(self, sink: Callable[[memoryview, float], None]) -> None:
        self._sink = sink
        self._next: int | None = None
        self._waiting: dict[int, tuple[memoryview, float]] = {}
        self._waits_since = 0.0

    def feed(self, packet: memoryview, received_at: float) -> None:
        """`packet` is kept: nobody else writes to it."""
        if len(packet) < SMALLEST_PACKET:
            return
        number = packet[2] << 8 | packet[3]
        ahead = (number - self._next) & 0xFFFF if self._next is not None else 0
        if ahead > LARGEST_DROPOUT:
            if ahead >= 0x10000 - LATEST:
                return
            self._give_up()
            ahead = 0
        if ahead == 0:
            self._hand_on(number, packet, received_at)
            return
        if not self._waiting:
            self._waits_since = received_at
        self._waiting[number] = packet, received_at
        if len(self._waiting) >= MOST_WAITING:
            self._skip()
        self.look(received_at)

    def look(self, now: float) -> None:
        """Go on without what has not come in time. `now`: as `received_at`."""
        if self._waiting and not 0 <= now - self._waits_since < LONGEST_WAIT_S:
            self._skip()

    def _hand_on(self, number: int, packet: memoryview, received_at: float) -> None:
        self._sink(packet, received_at)
        following = (number + 1) & 0xFFFF
        while (found := self._waiting.pop(following, None)) is not None:
            self._sink(*found)
            self._waits_since = found[1]
            following = (following + 1) & 0xFFFF
        self._next = following

    def _skip(self) -> None:
        """To the first that is there."""
        start = self._next or 0
        first = min(self._waiting, key=lambda number: (number - start) & 0xFFFF)
        self._hand_on(first, *self._waiting.pop(first))

    def _give_up(self) -> None:
        """The numbers begin anew: what waits is all that comes of the old ones."""
        while self._waiting:
            self._skip()
