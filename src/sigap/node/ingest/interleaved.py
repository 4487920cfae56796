"""Splits what a camera sends over TCP into RTP, RTCP and RTSP messages (RFC 2326 10.12).

Called by `connection` at every tick, over the shared buffer; written for speed.
"""

from __future__ import annotations

from collections.abc import Callable

from sigap.node.ingest.rtp import Depacketiser
from sigap.node.ingest.rtsp import INTERLEAVED, Message, parse_message
from sigap.node.ingest.ticker import ReadTicker

HEAD_BYTES = 4


class Splitter:
    """`video`: the depacketiser of channel 0, once there is one; `on_channel`: all the others."""

    def __init__(self, ticker: ReadTicker, on_message: Callable[[Message], None]) -> None:
        self.video: Depacketiser | None = None
        self.on_channel: dict[int, Callable[[memoryview, float], None]] = {}
        self._buffer, self._view = ticker.buffer, ticker.view
        self._on_message = on_message

    def parse(self, end: int, received_at: float) -> int:
        """Where the first unfinished packet begins. Raises CameraError for rubbish."""
        video = self.video
        if video is None:
            return self._split(end, received_at)
        position = self._split(end, received_at)
        video.let_go()
        return position

    def _split(self, end: int, received_at: float) -> int:
        buffer, position = self._buffer, 0
        while end - position >= HEAD_BYTES:
            if buffer[position] == INTERLEAVED:
                following = position + HEAD_BYTES + (buffer[position + 2] << 8)
                following += buffer[position + 3]
                if following > end:
                    break
                position = self._take(position, following, end, received_at)
                continue
            parsed = parse_message(buffer, position, end)
            if parsed is None:
                break
            message, position = parsed
            self._on_message(message)
        return position

    def _take(self, position: int, following: int, end: int, received_at: float) -> int:
        """One packet, or as many of the picture as can be taken at once; where the next begins."""
        buffer, video = self._buffer, self.video
        channel = buffer[position + 1]
        if channel != 0:
            take = self.on_channel.get(channel)
            if take is not None:
                take(self._view[position + HEAD_BYTES : following], received_at)
            return following
        if video is None:
            return following
        reached = video.take_picture(buffer, self._view, position, end, received_at)
        if reached != position:
            return reached
        video.feed(self._view[position + HEAD_BYTES : following], received_at)
        if video.in_fragments:
            return video.take_run(buffer, self._view, position, end)
        return following
