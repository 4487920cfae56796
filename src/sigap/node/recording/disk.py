"""Whether there is room to record, and making room: by age and then oldest first.

The housekeeper runs in the node; recorders ask `Storage.full` before each fragment.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from sigap.node.recording.segments import RecordingIndex, Segment

SWEEP_S = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_bytes`: for all recordings, None for no limit. `min_free_bytes`: left on the disk."""

    min_free_bytes: int
    max_bytes: int | None = None


class Storage:
    """One disk of recordings, shared by all recorders of the node."""

    def __init__(self, root: Path, limits: Limits, executor: Executor) -> None:
        self.root = root
        self.executor = executor
        self.index = RecordingIndex()
        self.full = False
        self._limits = limits
        self._wake = asyncio.Event()
        self._wake.set()

    def report_full(self) -> None:
        """A write failed for want of space."""
        self.full = True
        self._wake.set()

    async def keep_house(self, retention_h: Callable[[str], float]) -> None:
        """For ever, at once: delete what is too old, then the oldest while room is short."""
        while True:
            try:
                async with asyncio.timeout(SWEEP_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self.sweep(retention_h, time.time())

    async def sweep(self, retention_h: Callable[[str], float], now: float) -> None:
        for camera_uuid in self.index.cameras():
            oldest_kept = now - retention_h(camera_uuid) * 3600
            for segment in self.index.of_camera(camera_uuid):
                if segment.ends_at >= oldest_kept:
                    break
                if not segment.is_open:
                    await self._delete(segment)
        while not await self._has_room():
            segment_or_none = self.index.oldest_closed()
            if segment_or_none is None:
                self.full = True
                return
            await self._delete(segment_or_none)
        self.full = False

    async def _has_room(self) -> bool:
        limits = self._limits
        if limits.max_bytes is not None and self.index.total_bytes() > limits.max_bytes:
            return False
        loop = asyncio.get_running_loop()
        usage = await loop.run_in_executor(self.executor, shutil.disk_usage, self.root)
        return usage.free >= limits.min_free_bytes

    async def _delete(self, segment: Segment) -> None:
        self.index.remove(segment)
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self.executor, _unlink, segment.path)
        except OSError as error:
            _log.warning("cannot delete %s: %s", segment.path, error)


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        if any(folder.iterdir()):
            return
        folder.rmdir()
