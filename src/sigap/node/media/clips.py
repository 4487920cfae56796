"""A stretch of recording as one ordinary MP4 that plays anywhere. Called by archive routes.

Pictures are copied, not coded anew. Sound that MP4 does not hold (G.711) becomes AAC.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Literal, TypeAlias, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from sigap.node.errors import DamagedFile, DiskFull

MAX_BYTES = 4 << 30
PLAIN_SOUND: Literal["aac"] = "aac"
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
    def __init__(self, source: AudioStream, sink: OutputContainer) -> None:
        context = source.codec_context
        self._copies = context.name == PLAIN_SOUND
        if self._copies:
            self._target = sink.add_stream_from_template(source)
        else:
            self._target = sink.add_stream(PLAIN_SOUND, rate=context.sample_rate)
            self._target.layout = context.layout.name

    def take(self, packet: SoundPacket) -> Iterator[SoundPacket]:
        if self._copies:
            packet.stream = self._target
            yield packet
            return
        with contextlib.suppress(av.FFmpegError):
            for frame in packet.decode():
                yield from self._target.encode(frame)

    def finish(self) -> Iterator[SoundPacket]:
        if not self._copies:
            yield from self._target.encode(None)
