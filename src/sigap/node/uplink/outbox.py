"""Alarms on their way to the core. On disk before anything else, until the core has them.

A message is a file named by its alarm's time and uuid, and a number if it tells more about an alarm
that is waiting, too. The core knows a uuid again, so sending twice does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from sigap.node.backoff import Backoff
from sigap.node.durable import write_durably
from sigap.node.errors import CoreRefused, CoreUnavailable
from sigap.node.uplink.client import CoreClient
from sigap.node.uplink.contract import AlarmReport

MAX_WAITING = 20_000
MAX_REFUSED = 200
LATER_MARK = "~"
"""Sorts behind the dot of `.json`, so that what came later is sent later."""

_log = logging.getLogger(__name__)


class Outbox:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refused = folder / "refused"
        self._news = asyncio.Event()
        folder.mkdir(parents=True, exist_ok=True)
        self._refused.mkdir(exist_ok=True)

    async def put(self, alarm: AlarmReport) -> None:
        """Returns when the alarm is durable."""
        data = alarm.model_dump_json(by_alias=True).encode()
        await asyncio.to_thread(self._store, alarm, data)
        self._news.set()

    def _store(self, alarm: AlarmReport, data: bytes) -> None:
        """Under a name that sorts behind every message about this alarm that still waits."""
        name = f"{int(alarm.observed_at.timestamp() * 1000):014d}-{alarm.uuid}"
        waiting = sorted(self._folder.glob(f"{name}*.json"))
        if waiting:
            _, _, number = waiting[-1].stem.partition(LATER_MARK)
            name += f"{LATER_MARK}{int(number or 0) + 1:03d}"
        write_durably(self._folder / f"{name}.json", data)

    def waiting(self) -> list[Path]:
        """Oldest first."""
        return sorted(self._folder.glob("*.json"))

    async def deliver(self, core: CoreClient) -> None:
        """For ever: send what waits, oldest first; back off while the core does not answer."""
        backoff = Backoff(1.0, 30.0)
        while True:
            self._news.clear()
            if await self._deliver_all(core):
                backoff.reset()
                await self._news.wait()
            else:
                await asyncio.sleep(backoff.next_s())

    async def _deliver_all(self, core: CoreClient) -> bool:
        """Try each message once. One that the core chokes on holds up its own alarm only."""
        complete = True
        held_up: set[str] = set()
        for path in self._bounded():
            alarm_name = path.stem.partition(LATER_MARK)[0]
            if alarm_name in held_up:
                continue
            try:
                await self._send(path, core)
            except CoreUnavailable as error:
                _log.warning("alarms wait: %s", error)
                complete = False
                held_up.add(alarm_name)
                if not error.answered:
                    break
        return complete

    def _bounded(self) -> list[Path]:
        waiting = self.waiting()
        for path in waiting[:-MAX_WAITING]:
            _log.error("outbox overflows: %s is given up", path.name)
            path.unlink(missing_ok=True)
        return waiting[-MAX_WAITING:]

    async def _send(self, path: Path, core: CoreClient) -> None:
        try:
            alarm = AlarmReport.model_validate_json(path.read_bytes())
            await core.post("alarms", alarm)
        except (ValueError, CoreRefused) as error:
            _log.error("alarm %s is refused: %s", path.name, error)
            self._set_aside(path)
            return
        path.unlink(missing_ok=True)

    def _set_aside(self, path: Path) -> None:
        path.replace(self._refused / path.name)
        for old in sorted(self._refused.glob("*.json"))[:-MAX_REFUSED]:
            old.unlink(missing_ok=True)
