"""Carries fragments of many cameras to the disk with one hop into a thread. One a node.

What gathers within `GATHER_S` goes together: all is written, then all is synchronised, which a
journalling file system does nearly at the price of one. Each camera's fragments go one by one.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

from sigap.node.recording.writer import Fragment, SegmentWriter

GATHER_S = 0.2
LANES = 2


@dataclass(slots=True)
class _Job:
    """`item` None: close the segment."""

    writer: SegmentWriter
    item: Fragment | None
    done: asyncio.Future[None]
    error: Exception | None = None


class _Lane:
    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._waiting: list[_Job] = []
        self._busy = False

    def add(self, job: _Job, *, gather_s: float) -> None:
        self._waiting.append(job)
        if not self._busy:
            self._busy = True
            asyncio.get_running_loop().call_later(gather_s, self._start)

    def _start(self) -> None:
        jobs, self._waiting = self._waiting, []
        try:
            running = asyncio.get_running_loop().run_in_executor(self._executor, _do_all, jobs)
        except RuntimeError as error:
            for job in jobs:
                job.error = error
            self._finish(jobs)
            return
        running.add_done_callback(lambda _: self._finish(jobs))

    def _finish(self, jobs: list[_Job]) -> None:
        for job in jobs:
            if job.done.done():
                continue
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(None)
        self._busy = bool(self._waiting)
        if self._waiting:
            self._start()


class DiskLanes:
    """A slow write holds up only the cameras of its lane."""

    def __init__(self, executor: Executor, *, gather_s: float = GATHER_S) -> None:
        self._lanes = [_Lane(executor) for _ in range(LANES)]
        self._gather_s = gather_s

    async def store(self, writer: SegmentWriter, item: Fragment | None) -> None:
        """Returns when the fragment is on disk. Raises DiskFull or OSError, as the writer does."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane = self._lanes[hash(writer.camera_uuid) % LANES]
        lane.add(_Job(writer, item, done), gather_s=self._gather_s)
        await done


def _do_all(jobs: list[_Job]) -> None:
    """Runs in a thread; an error of one job is its own."""
    for job in jobs:
        try:
            if job.item is None:
                job.writer.close()
            else:
                job.writer.put(job.item)
        except Exception as error:  # noqa: BLE001 - handed to the job's owner
            job.error = error
    for job in jobs:
        if job.item is None or job.error is not None:
            continue
        try:
            job.writer.sync()
        except Exception as error:  # noqa: BLE001 - handed to the job's owner
            job.error = error
