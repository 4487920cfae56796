"""One coded frame → a picture. Called by snapshot, and by the analysis worker through `Decoder`."""

from __future__ import annotations

from collections.abc import Iterator

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from sigap.node.errors import CameraError
from sigap.node.frames import Codec


class Decoder:
    """Decodes one camera, one thread. Pictures come out in the order of their packets."""

    def __init__(self, codec: Codec, decoder_record: bytes) -> None:
        context = av.CodecContext.create(codec.value, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = decoder_record
        context.thread_count = 1
        context.options = {"flags": "low_delay"}
        self._context = context

    def decode(self, payload: bytes, pts: int) -> Iterator[VideoFrame]:
        """Pictures that became ready. Damaged data gives none, or a patched one."""
        packet = av.Packet(payload)
        packet.pts = packet.dts = pts
        try:
            yield from self._context.decode(packet)
        except av.FFmpegError:
            return

    def flush(self) -> Iterator[VideoFrame]:
        try:
            yield from self._context.decode(None)
        except av.FFmpegError:
            return


class KeyDecoder:
    """Decodes single key frames, each for itself: of several cameras with the same parameter sets.

    The loop filter is left out: whether something moved can be seen without it.
    """

    def __init__(self, codec: Codec, decoder_record: bytes) -> None:
        context = av.CodecContext.create(codec.value, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = decoder_record
        context.thread_count = 1
        context.options = {"flags": "low_delay", "skip_loop_filter": "all"}
        self._context = context

    def decode(self, payload: bytes) -> VideoFrame | None:
        """The picture, or None when it is damaged."""
        try:
            pictures = self._context.decode(av.Packet(payload))
            if not pictures:
                pictures = self._context.decode(None)
                self._context.flush_buffers()
        except av.FFmpegError:
            self._context.flush_buffers()
            return None
        return pictures[0] if pictures else None


def decode_still(codec: Codec, decoder_record: bytes, payload: bytes) -> VideoFrame:
    """The picture of a single key frame. Raises CameraError when it cannot be decoded."""
    decoder = Decoder(codec, decoder_record)
    pictures = [*decoder.decode(payload, 0), *decoder.flush()]
    if not pictures:
        raise CameraError("the key frame cannot be decoded")
    return pictures[0]
