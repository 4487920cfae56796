"""Alarms that go on, so that each is ended even when whoever watched it is gone.

One file each, without picture: a crash of the node leaves none open for ever. Owned by `service`.
"""

from __future__ import annotations

import logging
from pathlib import Path

from sigap.node.durable import write_durably
from sigap.node.uplink.contract import AlarmReport

ALIVE = "alive"
_log = logging.getLogger(__name__)


class OpenAlarms:
    """`note` every message about an alarm; `take` those that nobody watches any longer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._open: dict[str, AlarmReport] = {}
        self._left_behind = self._read()

    def note(self, alarm: AlarmReport) -> None:
        """Blocks until it is durable that the alarm goes on, or is over."""
        if alarm.ended_at is None:
            kept = alarm.model_copy(update={"picture": ""})
            self._open[alarm.uuid] = kept
            write_durably(self._path(alarm.uuid), kept.model_dump_json(by_alias=True).encode())
        else:
            self._open.pop(alarm.uuid, None)
            self._path(alarm.uuid).unlink(missing_ok=True)

    def beat(self) -> None:
        """Say now and then that what is open still goes on."""
        if self._open:
            (self._folder / ALIVE).touch()

    def get(self, uuid: str) -> AlarmReport | None:
        return self._open.get(uuid)

    def take_left_behind(self) -> list[tuple[AlarmReport, float]]:
        """What an earlier life of the node left open, and until when it surely went on."""
        left, self._left_behind = self._left_behind, []
        return left

    def _read(self) -> list[tuple[AlarmReport, float]]:
        alive = self._folder / ALIVE
        beat_at = alive.stat().st_mtime if alive.exists() else 0.0
        found = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                alarm = AlarmReport.model_validate_json(path.read_bytes())
            except ValueError as error:
                _log.error("open alarm %s makes no sense: %s", path.name, error)
                path.unlink()
                continue
            found.append((alarm, max(beat_at, alarm.observed_at.timestamp())))
        return found

    def _path(self, uuid: str) -> Path:
        return self._folder / f"{uuid}.json"
