"""PyAV as a source: files (played in real time, in a loop) and cameras our receiver cannot serve.

Each runs in a thread of its own; PyAV releases the interpreter while it waits. Used by `source`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from sigap.node.errors import CameraError
from sigap.node.frames import (
    CLOCK_HZ,
    AccessUnit,
    AccessUnitSink,
    AudioUnitSink,
    Codec,
    VideoFormat,
)
from sigap.node.ingest import h264, h265
from sigap.node.ingest.annexb import join_sized, split_annexb, split_sized
from sigap.node.ingest.transcode import remuxable_copy

_T = TypeVar("_T")
OPEN_TIMEOUT_S = 8.0
READ_TIMEOUT_S = 5.0
_PARAMETER_KINDS = {
    Codec.H264: frozenset({h264.Nal.SPS, h264.Nal.PPS, h264.Nal.DELIMITER}),
    Codec.H265: frozenset({h265.VPS, h265.SPS, h265.PPS, 35}),
}


class ThreadSource:
    """Runs `_play` in a thread and brings its access units onto the event loop."""

    had_picture = False

    async def run(self, sink: AccessUnitSink, audio_sink: AudioUnitSink | None = None) -> None:
        """Sound is not taken from here: `audio_sink` hears nothing."""
        loop = asyncio.get_running_loop()
        stop = threading.Event()
        done: asyncio.Future[None] = loop.create_future()

        def settle(error: Exception | None) -> None:
            if not done.done():
                done.set_exception(error or CameraError("stream ended"))

        def deliver(unit: AccessUnit) -> None:
            self.had_picture = True
            _post(loop, sink, unit)

        def work() -> None:
            failure: Exception | None = None
            try:
                self._play(deliver, stop)
            except (CameraError, av.FFmpegError, OSError, EOFError) as error:
                # The whole text of an error quotes the address, with the password in it.
                words = getattr(error, "strerror", None) or "the stream breaks off"
                failure = error if isinstance(error, CameraError) else CameraError(words)
            if not stop.is_set():
                _post(loop, settle, failure)

        threading.Thread(target=work, name="container-source", daemon=True).start()
        try:
            await done
        finally:
            stop.set()

    def _play(self, deliver: Callable[[AccessUnit], None], stop: threading.Event) -> None:
        raise NotImplementedError


class FileSource(ThreadSource):
    """A file as if it were a camera: real time, for ever, stamps that never jump at the loop."""

    def __init__(self, path: Path, cache: Path) -> None:
        self._path, self._cache = path, cache

    def _play(self, deliver: Callable[[AccessUnit], None], stop: threading.Event) -> None:
        if not self._path.is_file():
            raise CameraError("no such file", misconfigured=True)
        path = remuxable_copy(self._path, self._cache)
        began, offset = time.monotonic(), 0
        while not stop.is_set():
            last, step = -1, CLOCK_HZ // 25
            with av.open(str(path)) as container:
                for unit in read_units(container):
                    dts = unit.dts or 0
                    if stop.wait(max(0.0, began + (offset + dts) / CLOCK_HZ - time.monotonic())):
                        return
                    if last >= 0:
                        step = max(1, dts - last)
                    last = dts
                    deliver(_shifted(unit, offset))
            if last < 0:
                raise CameraError("file holds no picture", misconfigured=True)
            offset += last + step


class StreamSource(ThreadSource):
    """A live address through FFmpeg: UDP, HTTP, and cameras too odd for our receiver."""

    def __init__(self, url: str, *, transport: str = "tcp") -> None:
        self._url, self._transport = url, transport

    def _play(self, deliver: Callable[[AccessUnit], None], stop: threading.Event) -> None:
        options = {"rtsp_transport": self._transport, "rtsp_flags": "prefer_tcp"}
        if not self._url.lower().startswith("rtsp"):
            options = {}
        timeout = (OPEN_TIMEOUT_S, READ_TIMEOUT_S)
        with av.open(self._url, options=options, timeout=timeout) as container:
            for unit in read_units(container):
                if stop.is_set():
                    return
                deliver(unit)


def read_units(container: InputContainer) -> Iterator[AccessUnit]:
    """Access units of the first video stream; stamps start at 0. Raises CameraError."""
    if not container.streams.video:
        raise CameraError("no video in the stream", misconfigured=True)
    video = container.streams.video[0]
    picture_format, length_bytes = _format_of(video)
    first: int | None = None
    started = False
    for packet in container.demux(video):
        stamp = packet.dts if packet.dts is not None else packet.pts
        if not packet.size or stamp is None or packet.time_base is None:
            continue
        started = started or packet.is_keyframe
        if not started:
            continue
        first = stamp if first is None else first
        to_ticks = packet.time_base * CLOCK_HZ
        payload = _sized_payload(bytes(packet), picture_format.codec, length_bytes)
        if payload:
            yield AccessUnit(
                payload=payload,
                key=packet.is_keyframe,
                pts=int(((packet.pts if packet.pts is not None else stamp) - first) * to_ticks),
                dts=int((stamp - first) * to_ticks),
                received_at=time.time(),
                format=picture_format,
            )


def _format_of(video: VideoStream) -> tuple[VideoFormat, int]:
    """The format, and the bytes of each NAL length in the packets (0: start codes)."""
    context = video.codec_context
    record = bytes(context.extradata or b"")
    sized = record[:1] == b"\1"
    if context.name == Codec.H264:
        sps, pps = _h264_sets(record, sized=sized)
        return h264.video_format(sps, pps), (record[4] & 3) + 1 if sized else 0
    if context.name == Codec.H265:
        size = context.width, context.height
        if sized:
            return h265.format_of_record(record, *size), (record[21] & 3) + 1
        return h265.video_format(list(split_annexb(record))), 0
    reason = f"camera sends {context.name}: set it to H.264 or H.265"
    raise CameraError(reason, misconfigured=True)


def _h264_sets(record: bytes, *, sized: bool) -> tuple[list[bytes], list[bytes]]:
    if sized:
        return h264.parameter_sets_of_record(record)
    nals = list(split_annexb(record))
    return (
        [nal for nal in nals if nal[0] & 31 == h264.Nal.SPS],
        [nal for nal in nals if nal[0] & 31 == h264.Nal.PPS],
    )


def _sized_payload(data: bytes, codec: Codec, length_bytes: int) -> bytes:
    nals = split_sized(data, length_bytes) if length_bytes else split_annexb(data)
    dropped = _PARAMETER_KINDS[codec]
    kind = h265.nal_kind if codec is Codec.H265 else _h264_kind
    return join_sized([nal for nal in nals if kind(nal) not in dropped])


def _h264_kind(nal: bytes) -> int:
    return nal[0] & 31


def _shifted(unit: AccessUnit, offset: int) -> AccessUnit:
    return AccessUnit(
        unit.payload,
        unit.key,
        unit.pts + offset,
        (unit.dts or 0) + offset,
        time.time(),
        unit.format,
    )


def _post(loop: asyncio.AbstractEventLoop, call: Callable[[_T], None], value: _T) -> None:
    """Onto the loop, unless the node is going down."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, value)
