"""Keeps one stream of a camera connected: tries, waits longer, tries again. Used by `camera`.

What breaks is told in words and waited out; nothing that a camera does ends the loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from sigap.node.backoff import Backoff
from sigap.node.errors import CameraError
from sigap.node.frames import AccessUnitSink, AudioUnitSink
from sigap.node.ingest.receiver import RtspReceiver
from sigap.node.ingest.source import Source, SourceChooser

FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 2.0
"""With jitter, and the rest of a try that came too early, less than 5 s after a camera's return."""
MISCONFIGURED_RETRY_S = 15.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where a stream goes. `audio` None: sound is not wanted. `break_off`: the connection ended."""

    unit: AccessUnitSink
    audio: AudioUnitSink | None
    break_off: Callable[[], None]


class Connector:
    """`problem`: why there is no picture, in words. `misconfigured`: waiting will not help."""

    def __init__(self, name: str, chooser: SourceChooser, sinks: Sinks) -> None:
        self.problem = ""
        self.misconfigured = False
        self._name, self._chooser, self._sinks = name, chooser, sinks
        self._source: Source | None = None
        self._lost_before = 0

    @property
    def packets_lost(self) -> int:
        return self._lost_before + self._lost_now()

    @property
    def clock_skew_s(self) -> float | None:
        """The camera's clock ahead of ours, as its sender reports have it."""
        source = self._source
        return source.clock.skew_s if isinstance(source, RtspReceiver) else None

    @property
    def audio_codec(self) -> str:
        """The sound that the camera offers, and whether it is kept; empty when there is none."""
        source = self._source
        if not isinstance(source, RtspReceiver) or source.audio is None:
            return ""
        codec = source.audio.format.codec.value
        return codec if self._sinks.audio is not None else f"{codec}, not kept"

    def calm(self) -> None:
        """The picture is back: what was wrong is wrong no longer."""
        self.problem, self.misconfigured = "", False

    async def run(self) -> None:
        """For ever."""
        backoff = Backoff(FIRST_RETRY_S, LONGEST_RETRY_S)
        while True:
            wait_s = backoff.next_s()
            try:
                self._source = self._chooser.choose()
                await self._source.run(self._sinks.unit, self._sinks.audio)
            except CameraError as error:
                self._note(error)
                wait_s = max(wait_s, MISCONFIGURED_RETRY_S if error.misconfigured else 0)
            except Exception as error:  # noqa: BLE001 - outermost loop of a camera
                _log.exception("camera %s: unexpected", self._name)
                self._note(CameraError(f"internal error: {error}"))
            if self._had_picture():
                backoff.reset()
                wait_s = min(wait_s, FIRST_RETRY_S)
            self._lost_before += self._lost_now()
            self._source = None
            self._sinks.break_off()
            await asyncio.sleep(wait_s)

    def _lost_now(self) -> int:
        source = self._source
        if not isinstance(source, RtspReceiver) or source.depacketiser is None:
            return 0
        return source.depacketiser.counts.lost

    def _had_picture(self) -> bool:
        return self._source is not None and self._source.had_picture

    def _note(self, error: CameraError) -> None:
        if error.reason != self.problem:
            _log.warning("camera %s: %s", self._name, error.reason)
        self.problem, self.misconfigured = error.reason, error.misconfigured
        self._chooser.note_failure(error)
