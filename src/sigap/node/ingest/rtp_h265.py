"""RTP payloads of H.265 (RFC 7798: single unit, aggregation, fragmentation). Used by `receiver`."""

from __future__ import annotations

import struct

from sigap.node.errors import CameraError
from sigap.node.frames import AccessUnitSink
from sigap.node.ingest.h265 import FIRST_KEY, LAST_KEY, PARAMETER_SETS, nal_kind, video_format
from sigap.node.ingest.rtp import Depacketiser, ParameterSets

TRAIL = 1
AGGREGATION, FRAGMENTATION = 48, 49
FIRST_NOT_PICTURE = 32
NOT_STORED = frozenset({35, 36, 37, 38})
"""Delimiter, end of sequence, end of stream, filler."""
_START, _END, _KIND = 0x80, 0x40, 63


class H265Depacketiser(Depacketiser):
    """`sets`: VPS, SPS and PPS of the description of the session; nonsense there is ignored."""

    _unpack_fragment = struct.Struct(">QQI").unpack_from
    _fragment_mask = 0xFFFFFF00
    _start_bit, _end_bit = _START << 8, _END << 8
    _plain_start = (0x7E00FF00, FRAGMENTATION << 25 | (_START | TRAIL) << 8)
    _fragment_head = 3

    def __init__(
        self, sink: AccessUnitSink, *, sets: list[bytes], payload_type: int | None = None
    ) -> None:
        super().__init__(sink, payload_type=payload_type)
        self._sets = ParameterSets(PARAMETER_SETS)
        for nal in sets:
            self._sets.keep(nal_kind(nal), nal)
        self._take_parameter_sets()

    def _add(self, payload: memoryview) -> None:
        if len(payload) < 3:
            self._damage()
            return
        kind = payload[0] >> 1 & _KIND
        if kind == FRAGMENTATION:
            self._add_fragment(payload)
        elif kind == AGGREGATION:
            self._add_aggregate(payload)
        elif kind < AGGREGATION:
            self._add_nal(payload)
        else:
            self._refuse()

    def _add_nal(self, nal: memoryview) -> None:
        kind = nal[0] >> 1 & _KIND
        if kind in PARAMETER_SETS:
            self._sets.keep(kind, bytes(nal))
            return
        if kind in NOT_STORED:
            return
        if kind < FIRST_NOT_PICTURE and len(nal) > 2:
            self._begin_picture(kind, nal[2])
        self._put_nal(nal)

    def _begin_picture(self, kind: int, slice_header: int) -> None:
        self._check_first_slice(slice_header & 0x80)
        self._key = self._key or FIRST_KEY <= kind <= LAST_KEY

    def _add_aggregate(self, payload: memoryview) -> None:
        offset, size = 2, len(payload)
        while offset + 2 < size:
            length = payload[offset] << 8 | payload[offset + 1]
            offset += 2
            if length < 2 or offset + length > size:
                self._damage()
                return
            self._add_nal(payload[offset : offset + length])
            offset += length

    def _add_fragment(self, payload: memoryview) -> None:
        if len(payload) < 4:
            self._damage()
            return
        header = payload[2]
        if header & _START:
            kind = header & _KIND
            if kind < FIRST_NOT_PICTURE:
                self._begin_picture(kind, payload[3])
            self._begin_nal(bytes((payload[0] & 0x81 | kind << 1, payload[1])))
        elif not self.in_fragments:
            if not self._waiting_for_key:
                self._damage()
            return
        self._go_on(payload[3:], last=bool(header & _END))

    def _nal_head(self, kind: int) -> bytes:
        return bytes((kind >> 24 & 0x81 | (kind >> 8 & _KIND) << 1, kind >> 16 & 0xFF))

    def _take_parameter_sets(self) -> None:
        changed = self._sets.changed()
        if changed is None:
            return
        try:
            self._format = video_format([nal for nals in changed.values() for nal in nals])
        except CameraError:
            return
        self._sets.in_force = changed
