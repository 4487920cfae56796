"""A camera's smaller second stream, for analysis and tiles. Connected only while somebody wants it.

It is never recorded. Owned by `camera`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from sigap.node.frames import AccessUnit, Frame
from sigap.node.ingest.connector import Connector, Sinks
from sigap.node.ingest.source import SourceChooser
from sigap.node.ingest.timeline import Timeline
from sigap.node.media.live import LiveHub, Quality

FRESH_S = 3.0
LINGER_S = 10.0
"""Stays connected so long after the last viewer, for whoever only turned the page."""


class SubStream:
    """`live`: its pictures; joining makes it connect within a quarter of a second."""

    def __init__(self, name: str, chooser: SourceChooser, on_frame: Callable[[Frame], None]):
        self.live = LiveHub(Quality.SUB)
        self._timeline = Timeline()
        self._on_frame = on_frame
        self._connector = Connector(
            name, chooser, Sinks(self._take, None, self._timeline.break_off)
        )
        self._task: asyncio.Task[None] | None = None
        self._wanted_at = float("-inf")
        self._seen_at = float("-inf")

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self._seen_at < FRESH_S

    @property
    def is_connected(self) -> bool:
        return self._task is not None

    def look_after(self, *, analysed: bool) -> None:
        """Called several times a second: connect when it is wanted, let go when it is not."""
        now = time.monotonic()
        if analysed or self.live.is_wanted:
            self._wanted_at = now
        wanted = now - self._wanted_at < LINGER_S
        if wanted and self._task is None:
            self._task = asyncio.create_task(self._connector.run())
        elif not wanted and self._task is not None:
            self._let_go()

    async def stop(self) -> None:
        task = self._let_go()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    def _let_go(self) -> asyncio.Task[None] | None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        # The next viewer must not begin with an old picture.
        self.live = LiveHub(Quality.SUB)
        return task

    def _take(self, unit: AccessUnit) -> None:
        self._seen_at = time.monotonic()
        frame = self._timeline.place(unit)
        self.live.push(frame)
        self._on_frame(frame)
