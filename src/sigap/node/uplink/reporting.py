"""Tells the core how the cameras are (every two seconds, or at once) and what was counted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from sigap.node.errors import CoreRefused, CoreUnavailable
from sigap.node.recording.disk import Storage
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.contract import CameraHealth, HealthAnswer, HealthReport, instant
from sigap.node.uplink.counts import CountBook

HEALTH_S = 2.0
COUNTS_S = 10.0
_log = logging.getLogger(__name__)


class HealthReporter:
    """`hurry` makes the next report go out now; `on_answer` hears what the core says to it."""

    def __init__(self, on_answer: Callable[[HealthAnswer], None]) -> None:
        self._hurry = asyncio.Event()
        self._on_answer = on_answer

    def hurry(self) -> None:
        self._hurry.set()

    async def run(self, core: CoreClient, make_report: Callable[[], HealthReport | None]) -> None:
        """For ever. An old report is worth nothing: what could not be sent is not repeated."""
        complaint = ""
        while True:
            self._hurry.clear()
            report = make_report()
            if report is not None:
                try:
                    self._hear(await core.post("health", report))
                    complaint = ""
                except (CoreUnavailable, CoreRefused) as error:
                    if str(error) != complaint:
                        _log.warning("health not reported: %s", error)
                    complaint = str(error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEALTH_S):
                    await self._hurry.wait()

    def _hear(self, text: str) -> None:
        try:
            self._on_answer(HealthAnswer.model_validate_json(text))
        except ValidationError:
            _log.error("the core's answer to health makes no sense")


async def upload_counts(core: CoreClient, book: CountBook) -> None:
    """For ever, every ten seconds; what the core did not take stays in the book."""
    while True:
        rows = book.pending()
        if rows:
            try:
                body = {"rows": [row.model_dump(mode="json", by_alias=True) for row in rows]}
                await core.post("counts", body)
                book.acknowledge(rows)
            except CoreUnavailable as error:
                _log.warning("counts wait: %s", error)
            except CoreRefused as error:
                _log.error("counts refused: %s", error)
                book.acknowledge(rows)
        book.settle()
        await asyncio.sleep(COUNTS_S)


def memory_bytes() -> int:
    """Resident memory of this process."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()


def cpu_seconds() -> float:
    """CPU time of this process since it began."""
    return time.process_time()


def now_report(epoch: int, cameras: list[CameraHealth], storage: Storage) -> HealthReport:
    return HealthReport(
        sent_at=instant(time.time()),
        epoch=epoch,
        cameras=cameras,
        rss_bytes=memory_bytes(),
        cpu_s=cpu_seconds(),
        disk_total_bytes=storage.total_bytes,
        disk_free_bytes=storage.free_bytes,
        disk_full_at=instant(storage.full_at) if storage.full_at is not None else None,
    )
