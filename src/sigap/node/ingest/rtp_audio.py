"""RTP packets of a track of sound → `AudioUnit`s: AAC (RFC 3640), G.711. Used by `receiver`."""

from __future__ import annotations

import struct

from sigap.node.frames import AudioCodec, AudioUnit, AudioUnitSink
from sigap.node.ingest.rtp import SMALLEST_PACKET, ReceiveCounts, payload_range
from sigap.node.ingest.sdp import AudioTrack

AAC_FRAME = 1024
MAX_UNIT_BYTES = 16 << 10
_HEADER = struct.Struct(">BBHI").unpack_from


class AudioDepacketiser:
    """Feed it packets; what is lost is left out, and the timeline keeps its place."""

    def __init__(self, track: AudioTrack, sink: AudioUnitSink) -> None:
        self.counts = ReceiveCounts()
        self._track, self._sink = track, sink
        self._sequence: int | None = None
        self._partial = b""
        self._partial_stamp = 0

    def feed(self, packet: memoryview, received_at: float) -> None:
        self.counts.packets += 1
        if len(packet) < SMALLEST_PACKET:
            self.counts.damaged += 1
            return
        first, second, sequence, timestamp = _HEADER(packet)
        if first >> 6 != 2 or second & 0x7F != self._track.payload_type:
            return
        previous, self._sequence = self._sequence, sequence
        if previous is not None and sequence != (previous + 1) & 0xFFFF:
            self.counts.lost += (sequence - previous - 1) & 0xFFFF
            self._partial = b""
        begin, end = payload_range(packet, first)
        if begin >= end:
            return
        data = bytes(packet[begin:end])
        if self._track.format.codec is AudioCodec.AAC:
            self._take_aac(data, timestamp, received_at)
        else:
            samples = len(data) // self._track.format.channels
            self._deliver(data, timestamp, samples, received_at)

    def _take_aac(self, data: bytes, timestamp: int, received_at: float) -> None:
        sizes, offset = self._unit_sizes(data)
        if len(sizes) == 1 and sizes[0] > len(data) - offset:
            self._gather(data[offset:], sizes[0], timestamp, received_at)
            return
        self._partial = b""
        for number, size in enumerate(sizes):
            if size == 0 or offset + size > len(data):
                self.counts.damaged += 1
                return
            unit = data[offset : offset + size]
            self._deliver(unit, timestamp + number * AAC_FRAME, AAC_FRAME, received_at)
            offset += size

    def _unit_sizes(self, data: bytes) -> tuple[list[int], int]:
        """Sizes of the units in this packet, and where the first of them begins."""
        if len(data) < 2:
            return [], 0
        header_bits = data[0] << 8 | data[1]
        width = self._track.size_bits + self._track.index_bits
        begin = 2 + (header_bits + 7) // 8
        if begin > len(data):
            self.counts.damaged += 1
            return [], 0
        bits = int.from_bytes(data[2:begin], "big")
        length = (begin - 2) * 8
        mask = (1 << self._track.size_bits) - 1
        sizes = [
            bits >> (length - (number + 1) * width + self._track.index_bits) & mask
            for number in range(header_bits // width)
        ]
        return sizes, begin

    def _gather(self, piece: bytes, size: int, timestamp: int, received_at: float) -> None:
        """A unit too large for one packet comes in pieces of the same stamp."""
        if timestamp != self._partial_stamp:
            self._partial = b""
        self._partial += piece
        self._partial_stamp = timestamp
        if len(self._partial) >= size or len(self._partial) > MAX_UNIT_BYTES:
            whole, self._partial = self._partial, b""
            if len(whole) == size:
                self._deliver(whole, timestamp, AAC_FRAME, received_at)

    def _deliver(self, data: bytes, stamp: int, duration: int, received_at: float) -> None:
        stamp &= 0xFFFFFFFF
        self._sink(AudioUnit(data, stamp, duration, received_at, self._track.format))
