"""Whether there is room to record, and making room: by age, then the oldest of the least needed.

The housekeeper runs in the node; recorders ask `Storage.full` before each fragment.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from sigap.node.recording.forecast import Stock, Stream, full_in_s
from sigap.node.recording.keeping import KeepBook, Protection
from sigap.node.recording.segments import RecordingIndex, Segment

SWEEP_S = 5.0
AGE_SWEEP_S = 60.0
FORECAST_S = 600.0
FRESH_S = 3600.0
"""On a full disk the last hour of every purpose outlives all that is older."""
RELIEF_SHARE = 100
"""Of all recordings, what goes when a write was refused."""
MOST_FAILURES = 100
"""A disk that refuses so many files refuses all."""
RATE_WINDOW_S = 6 * 3600.0
SHORTEST_RATE_WINDOW_S = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_bytes`: for all recordings, None for no limit. `min_free_bytes`: left on the disk."""

    min_free_bytes: int
    max_bytes: int | None = None


class Storage:
    """One disk of recordings, shared by all recorders of the node.

    `full_at`: when recordings will be deleted sooner than promised (Unix seconds), None if not in
    sight. `total_bytes`, `free_bytes`: of the disk, at the last sweep.
    """

    def __init__(self, root: Path, limits: Limits, executor: Executor, book: KeepBook) -> None:
        self.root = root
        self.executor = executor
        self.book = book
        self.index = RecordingIndex()
        self.full = False
        self.full_at: float | None = None
        self.total_bytes = 0
        self.free_bytes = 0
        self._limits = limits
        self._look_again = False
        self._refused = False
        self._wake = asyncio.Event()
        self._wake.set()

    def report_full(self) -> None:
        """A write failed for want of space, whatever the disk says of its room (quotas do so)."""
        self.full = self._refused = True
        self._wake.set()

    def promises_changed(self) -> None:
        """Look at ages and ahead again at once."""
        self._look_again = True
        self._wake.set()

    async def keep_house(self) -> None:
        """For ever, at once: delete what is too old, then the least needed while room is short."""
        next_age = next_forecast = 0.0
        while True:
            try:
                async with asyncio.timeout(SWEEP_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            now = time.time()
            if self._look_again:
                self._look_again, next_age, next_forecast = False, 0.0, 0.0
            if now >= next_age and self.book.known:
                next_age = now + AGE_SWEEP_S
                await self.expire(now)
            await self.make_room(now)
            if now >= next_forecast and self.book.known:
                next_forecast = now + FORECAST_S
                await self.look_ahead(now)

    async def expire(self, now: float) -> None:
        """Delete what was kept as long as promised. Does nothing while no promise is known."""
        if not self.book.known:
            return
        for camera_uuid in self.index.cameras():
            shortest_s = self.book.promise(camera_uuid).retention_h * 3600
            for segment in self.index.of_camera(camera_uuid):
                if segment.ends_at >= now - shortest_s:
                    break
                if segment.is_open or self.book.kept_until(segment) >= now:
                    continue
                if not await self._delete(segment):
                    return
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.executor, self.book.forget_old_clips, now)

    async def make_room(self, now: float) -> None:
        """Delete before its time what can be spared, until there is room or nothing is left."""
        relief = self.index.total_bytes() // RELIEF_SHARE if self._refused else 0
        if not self._refused and await self._has_room():
            self.full = False
            return
        self._refused, failures = False, 0
        for segment in self._spare(now) if self.book.known else ():
            if not await self._delete(segment):
                failures += 1
                if failures > MOST_FAILURES:
                    break
                continue
            relief -= segment.size
            if relief <= 0 and await self._has_room():
                self.full = False
                return
        self.full = True

    async def look_ahead(self, now: float) -> None:
        """Set `full_at`. Gives way to others between cameras: an index may hold a million."""
        stock, streams = Stock(), {}
        for camera_uuid in self.index.cameras():
            segments = self.index.of_camera(camera_uuid)
            for segment in segments:
                kept_s = self.book.kept_until(segment) - now
                stock.add(segment.size, expires_in_s=kept_s)
            streams[camera_uuid] = Stream(
                _bytes_per_s(segments, now), self.book.promise(camera_uuid).retention_h
            )
            await asyncio.sleep(0)
        await self._has_room()
        capacity = stock.total_bytes + self.free_bytes - self._limits.min_free_bytes
        if self._limits.max_bytes is not None:
            capacity = min(capacity, self._limits.max_bytes)
        left_s = full_in_s(stock, streams, capacity_bytes=capacity)
        self.full_at = now + left_s if left_s is not None else None

    async def _has_room(self) -> bool:
        loop = asyncio.get_running_loop()
        usage = await loop.run_in_executor(self.executor, shutil.disk_usage, self.root)
        self.total_bytes, self.free_bytes = usage.total, usage.free
        limits = self._limits
        if limits.max_bytes is not None and self.index.total_bytes() > limits.max_bytes:
            return False
        return usage.free >= limits.min_free_bytes

    def _spare(self, now: float) -> Iterator[Segment]:
        """What may go, the first first: unprotected before alarms, old before the last hour,
        by purpose, oldest first. Nothing that is held or being written."""
        for protection in (Protection.PLAIN, Protection.ALARM):
            cameras = (
                self._spare_of(camera_uuid, protection, now) for camera_uuid in self.index.cameras()
            )
            for _, segment in heapq.merge(*cameras, key=lambda pair: pair[0]):
                yield segment

    def _spare_of(
        self, camera_uuid: str, protection: Protection, now: float
    ) -> Iterator[tuple[tuple[bool, int, float], Segment]]:
        rank = self.book.promise(camera_uuid).rank
        for segment in self.index.of_camera(camera_uuid):
            if not segment.is_open and self.book.protection(segment) is protection:
                is_fresh = segment.ends_at > now - FRESH_S
                yield (is_fresh, rank, segment.starts_at), segment

    async def _delete(self, segment: Segment) -> bool:
        """False when the disk refuses: what is still there stays in the index."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self.executor, _unlink, segment.path)
        except OSError as error:
            _log.warning("cannot delete %s: %s", segment.path, error)
            return False
        self.index.remove(segment)
        return True


def _bytes_per_s(segments: list[Segment], now: float) -> float:
    """What a camera wrote lately, spread over the time, gaps included; 0 for one that stopped."""
    recent = [segment for segment in segments[-2000:] if segment.ends_at > now - RATE_WINDOW_S]
    if not recent:
        return 0.0
    window_s = max(SHORTEST_RATE_WINDOW_S, now - max(recent[0].starts_at, now - RATE_WINDOW_S))
    return sum(segment.size for segment in recent) / window_s


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)
    for folder in (path.parent, path.parent.parent):
        # A folder that is not empty, or in which a recording begins just now, stays.
        with contextlib.suppress(OSError):
            folder.rmdir()
