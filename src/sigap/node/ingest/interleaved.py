"""Splits what a camera sends over TCP into RTP, RTCP and RTSP messages (RFC 2326 10.12).

Called by `connection` at every tick, over the shared buffer; written for speed.
"""

from __future__ import annotations

import time
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
        self.last_packet_at = time.monotonic()
        self._buffer, self._view = ticker.buffer, ticker.view
        self._on_message = on_message

    def parse(self, end: int, received_at: float) -> int:
        """Where the first unfinished packet begins. Raises CameraError for rubbish."""
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
        if self.video is not None:
            self.video.let_go()
        return position

    def _take(self, position: int, following: int, end: int, received_at: float) -> int:
        channel, video = self._buffer[position + 1], self.video
        if channel != 0:
            take = self.on_channel.get(channel)
            if take is not None:
                take(self._view[position + HEAD_BYTES : following], received_at)
            return following
        if video is None:
            return following
        self.last_packet_at = time.monotonic()
        video.feed(self._view[position + HEAD_BYTES : following], received_at)
        if video.in_fragments:
            return video.take_run(self._buffer, self._view, position, end)
        return following
