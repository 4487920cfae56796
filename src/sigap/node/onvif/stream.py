"""Looks at any stream once: opens it as the recorder would, measures it, takes a picture.

So a camera without ONVIF can be seen before it is added. Called by `routes`.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from sigap.node.errors import CameraError, UnsupportedByReceiver
from sigap.node.frames import CLOCK_HZ, AccessUnit, AudioUnit, Frame
from sigap.node.ingest.receiver import IngestShared, RtspReceiver
from sigap.node.ingest.source import Source, SourceChooser
from sigap.node.media.snapshot import make_snapshot
from sigap.node.onvif.trouble import LookFailed, Trouble, trouble_of_stream

LONGEST_S = 12.0
MEASURE_S = 1.5
ENOUGH_PICTURES = 60


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the stream is, as it came in. `fps` 0: too few pictures to tell."""

    codec: str
    codec_string: str
    width: int
    height: int
    fps: float
    bitrate_bps: int
    audio: str
    jpeg: bytes


@dataclass
class _Seen:
    """The pictures of the first moments, from a key frame on."""

    first: AccessUnit | None = None
    stamps: list[int] = field(default_factory=list)
    payload_bytes: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, unit: AccessUnit) -> None:
        if self.first is None and not unit.key:
            return
        if self.first is None:
            self.first = unit
            self.begun.set()
        self.stamps.append(unit.pts)
        self.payload_bytes += len(unit.payload)
        if len(self.stamps) >= ENOUGH_PICTURES:
            self.enough.set()

    def duration_s(self) -> float:
        return (max(self.stamps) - min(self.stamps)) / CLOCK_HZ if self.stamps else 0.0


async def look_at_stream(url: str, cache: Path, shared: IngestShared) -> StreamFacts:
    """Raises LookFailed with what the person has to change."""
    try:
        chooser = SourceChooser(url, cache, shared)
        async with asyncio.timeout(LONGEST_S):
            seen, source = await _watch(chooser)
    except UnsupportedByReceiver as error:
        raise LookFailed(Trouble.UNSUPPORTED_VIDEO) from error
    except CameraError as error:
        raise LookFailed(trouble_of_stream(error)) from error
    except TimeoutError as error:
        raise LookFailed(Trouble.NO_PICTURE) from error
    return await _facts(seen, source)


async def _watch(chooser: SourceChooser) -> tuple[_Seen, Source]:
    """The first moments, through our receiver or, where it cannot, through the fallback."""
    source, seen = chooser.choose(), _Seen()
    try:
        await _run_for_a_moment(source, seen)
    except UnsupportedByReceiver as error:
        chooser.note_failure(error)
        source, seen = chooser.choose(), _Seen()
        await _run_for_a_moment(source, seen)
    return seen, source


async def _run_for_a_moment(source: Source, seen: _Seen) -> None:
    """Raises CameraError if the stream ends before its first picture."""
    running = asyncio.create_task(source.run(seen.take, _ignore))
    begun = asyncio.create_task(seen.begun.wait())
    try:
        await asyncio.wait([running, begun], return_when=asyncio.FIRST_COMPLETED)
        if not begun.done():
            await running
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(seen.enough.wait(), MEASURE_S)
    finally:
        for task in (running, begun):
            task.cancel()
        await asyncio.gather(running, begun, return_exceptions=True)


def _ignore(_: AudioUnit) -> None:
    """Sound is asked for so that the camera says which it has."""


async def _facts(seen: _Seen, source: Source) -> StreamFacts:
    unit = seen.first
    if unit is None:
        raise LookFailed(Trouble.NO_PICTURE)
    frame = Frame(unit.payload, True, 0, 0, unit.received_at, unit.format)
    try:
        jpeg = await asyncio.to_thread(make_snapshot, frame)
    except CameraError as error:
        raise LookFailed(Trouble.UNSUPPORTED_VIDEO) from error
    duration_s = seen.duration_s()
    steps = len(seen.stamps) - 1
    return StreamFacts(
        codec=unit.format.codec.value,
        codec_string=unit.format.codec_string,
        width=unit.format.width,
        height=unit.format.height,
        fps=round(steps / duration_s, 1) if duration_s > 0 else 0.0,
        bitrate_bps=round(seen.payload_bytes * 8 / duration_s) if duration_s > 0 else 0,
        audio=_audio_of(source),
        jpeg=jpeg,
    )


def _audio_of(source: Source) -> str:
    if isinstance(source, RtspReceiver) and source.audio is not None:
        return source.audio.format.codec.value
    return ""
