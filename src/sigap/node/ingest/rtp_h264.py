"""RTP payloads of H.264 (RFC 6184: single unit, STAP-A, FU-A). Used by `receiver`."""

from __future__ import annotations

import struct

from sigap.node.errors import CameraError
from sigap.node.frames import AccessUnitSink
from sigap.node.ingest.h264 import Nal, video_format
from sigap.node.ingest.rtp import Depacketiser, ParameterSets

_KIND = 31
_START, _END = 0x80, 0x40


class H264Depacketiser(Depacketiser):
    """`sps`, `pps`: from the description of the session; nonsense there is ignored."""

    _unpack_fragment = struct.Struct(">QQH").unpack_from
    _fragment_mask = 0xFFFF
    _start_bit, _end_bit = _START, _END
    _plain_start = (0x1FFF, Nal.FU_A << 8 | _START | Nal.SLICE)
    _fragment_head = 2

    def __init__(
        self,
        sink: AccessUnitSink,
        *,
        sps: list[bytes],
        pps: list[bytes],
        payload_type: int | None = None,
    ) -> None:
        super().__init__(sink, payload_type=payload_type)
        self._sets = ParameterSets((Nal.SPS, Nal.PPS))
        for nal in (*sps, *pps):
            self._sets.keep(nal[0] & _KIND, nal)
        self._take_parameter_sets()

    def _add(self, payload: memoryview) -> None:
        kind = payload[0] & _KIND
        if kind == Nal.FU_A:
            self._add_fragment(payload)
        elif kind == Nal.STAP_A:
            self._add_aggregate(payload)
        elif kind == Nal.SLICE or Nal.KEY_SLICE <= kind < Nal.STAP_A:
            self._add_nal(payload)
        else:
            # Data partitions (2 to 4), which no camera sends, are what H.265 looks like.
            self._refuse()

    def _add_nal(self, nal: memoryview) -> None:
        kind = nal[0] & _KIND
        if kind == Nal.KEY_SLICE:
            self._key = True
        elif kind == Nal.DELIMITER:
            return
        elif kind in (Nal.SPS, Nal.PPS):
            self._sets.keep(kind, bytes(nal))
            return
        if kind <= Nal.KEY_SLICE and len(nal) > 1:
            self._check_first_slice(nal[1] & 0x80)
        self._put_nal(nal)

    def _add_aggregate(self, payload: memoryview) -> None:
        offset, size = 1, len(payload)
        while offset + 2 < size:
            length = payload[offset] << 8 | payload[offset + 1]
            offset += 2
            if length == 0 or offset + length > size:
                self._damage()
                return
            self._add_nal(payload[offset : offset + length])
            offset += length

    def _add_fragment(self, payload: memoryview) -> None:
        if len(payload) < 3:
            self._damage()
            return
        header = payload[1]
        if header & _START:
            kind = header & _KIND
            if kind <= Nal.KEY_SLICE:
                self._check_first_slice(payload[2] & 0x80)
            self._key = self._key or kind == Nal.KEY_SLICE
            self._begin_nal(bytes((payload[0] & 0xE0 | kind,)))
        elif not self.in_fragments:
            if not self._waiting_for_key:
                self._damage()
            return
        self._go_on(payload[2:], last=bool(header & _END))

    def _nal_head(self, kind: int) -> bytes:
        return bytes((kind >> 8 & 0xE0 | kind & _KIND,))

    def _take_parameter_sets(self) -> None:
        changed = self._sets.changed()
        if changed is None:
            return
        try:
            self._format = video_format(changed[Nal.SPS], changed[Nal.PPS])
        except CameraError:
            return
        self._sets.in_force = changed
