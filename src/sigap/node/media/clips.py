"""A stretch of recording as one ordinary MP4 that plays anywhere. Called by archive routes.

Pictures are copied, not coded anew. Sound that MP4 does not hold (G.711) becomes AAC.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from sigap.node.errors import DamagedFile, DiskFull

MAX_BYTES = 4 << 30
PLAIN_SOUND: Literal["aac"] = "aac"
SMALLEST_OVERLAP_S = Fraction(1, 100)
_LAYOUTS = {1: "mono", 2: "stereo"}
"""Recordings tell how many channels there are, which is no layout that an encoder takes."""
SoundPacket: TypeAlias = "Packet[AudioStream]"


async def collect(film: AsyncIterator[bytes], folder: Path) -> Path:
    """The film in a file of `folder`, which the caller deletes. Raises DiskFull when too large."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(".part.mp4", dir=folder)
    path, size = Path(name), 0
    try:
        with os.fdopen(handle, "wb") as file:
            async for data in film:
                size += len(data)
                if size > MAX_BYTES:
                    raise DiskFull("the clip is too large")
                file.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def make_ordinary(path: Path) -> Path:
    """A file beside `path` with one index, at its beginning. Blocks. Raises DamagedFile."""
    target = path.with_suffix(".done.mp4")
    try:
        with (
            av.open(str(path)) as source,
            av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as sink,
        ):
            _copy(source, sink)
    except (av.FFmpegError, OSError, ValueError) as error:
        target.unlink(missing_ok=True)
        raise DamagedFile(f"the clip cannot be put together: {error}") from error
    return target


def _copy(source: InputContainer, sink: OutputContainer) -> None:
    video = source.streams.video[0]
    pictures = sink.add_stream_from_template(video)
    sound = next(iter(source.streams.audio), None)
    track = _SoundTrack(sound, sink) if sound is not None else None
    for packet in source.demux():
        if packet.dts is None:
            continue
        if packet.stream is video:
            packet.stream = pictures
            sink.mux(packet)
        elif track is not None:
            for done in track.take(cast("SoundPacket", packet)):
                sink.mux(done)
    for done in track.finish() if track is not None else ():
        sink.mux(done)


class _SoundTrack:
    """Sound that begins before the last one ended is left out: no player takes it."""

    def __init__(self, source: AudioStream, sink: OutputContainer) -> None:
        context = source.codec_context
        self._copies = context.name == PLAIN_SOUND
        self._rate = context.sample_rate
        self._reached = Fraction(0)
        if self._copies:
            self._target = sink.add_stream_from_template(source)
        else:
            self._target = sink.add_stream(PLAIN_SOUND, rate=self._rate)
            self._target.layout = _LAYOUTS.get(context.channels, context.layout.name)

    def take(self, packet: SoundPacket) -> Iterator[SoundPacket]:
        begin = Fraction(packet.dts or 0) * packet.time_base
        if begin < self._reached - SMALLEST_OVERLAP_S:
            return
        if self._copies:
            self._reached = begin + Fraction(packet.duration or 0) * packet.time_base
            packet.stream = self._target
            yield packet
            return
        with contextlib.suppress(av.FFmpegError):
            for frame in packet.decode():
                yield from self._fill(begin)
                yield from self._encode(frame.to_ndarray())

    def finish(self) -> Iterator[SoundPacket]:
        if not self._copies:
            yield from self._target.encode(None)

    def _fill(self, until: Fraction) -> Iterator[SoundPacket]:
        """Silence, so that what comes after a gap stays beside its picture."""
        while (missing_s := until - self._reached) > SMALLEST_OVERLAP_S:
            samples = max(1, round(min(missing_s, Fraction(1)) * self._rate))
            yield from self._encode(np.zeros((1, samples * self._channels), np.int16))

    @property
    def _channels(self) -> int:
        return self._target.codec_context.channels

    def _encode(self, samples: np.ndarray) -> Iterator[SoundPacket]:
        """Packed samples of 16 bits, which is what G.711 decodes to."""
        layout = self._target.layout.name
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = round(self._reached * self._rate)
        self._reached += Fraction(frame.samples, self._rate)
        yield from self._target.encode(frame)
