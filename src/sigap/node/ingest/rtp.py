"""RTP packets of one H.264 track → access units (RFC 3550, RFC 6184: single, STAP-A, FU-A).

Called by `receiver` for every packet, so it is written for speed: no copies but one. After a lost
or damaged packet nothing is handed on until the next key frame.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sigap.node.errors import CameraError
from sigap.node.frames import AccessUnit, AccessUnitSink, VideoFormat
from sigap.node.ingest.h264 import Nal, video_format

MAX_ACCESS_UNIT_BYTES = 8 << 20
MAX_PARAMETER_SETS = 16
_HEADER = struct.Struct(">BBHII").unpack_from
_LENGTH = struct.Struct(">I")
_NO_UNIT = -1


@dataclass(slots=True)
class ReceiveCounts:
    """Grows for the life of a connection; read by health."""

    packets: int = 0
    lost: int = 0
    damaged: int = 0
    dropped_frames: int = 0


class H264Depacketiser:
    """Feed it packets in order of arrival; it calls `sink` with every whole picture."""

    def __init__(self, sink: AccessUnitSink, *, sps: list[bytes], pps: list[bytes]) -> None:
        self.counts = ReceiveCounts()
        self._sink = sink
        self._sps = dict.fromkeys(sps)
        self._pps = dict.fromkeys(pps)
        self._format = video_format(sps, pps) if sps and pps else None
        self._fresh_sps: list[bytes] = []
        self._fresh_pps: list[bytes] = []
        self._unit = bytearray()
        self._key = False
        self._open_nal = _NO_UNIT
        self._timestamp = 0
        self._received_at = 0.0
        self._sequence: int | None = None
        self._source: int | None = None
        self._waiting_for_key = True
        self._unit_damaged = False
        self._first_slice_seen = False

    def feed(self, packet: memoryview, received_at: float) -> None:
        """One RTP packet with its header; `received_at` in Unix seconds."""
        self.counts.packets += 1
        if len(packet) < 13:
            self._damage()
            return
        first, second, sequence, timestamp, source = _HEADER(packet)
        if first >> 6 != 2:
            self._damage()
            return
        self._check_sequence(sequence, source)
        begin, end = _payload_range(packet, first)
        if begin >= end:
            return
        if timestamp != self._timestamp:
            self._finish()
            self._timestamp = timestamp
        if not self._unit:
            self._received_at = received_at
        self._add(packet[begin:end])
        if second & 0x80:
            self._finish()

    def _check_sequence(self, sequence: int, source: int) -> None:
        previous, self._sequence = self._sequence, sequence
        if self._source is not None and source != self._source:
            self._damage()
        elif previous is not None and sequence != (previous + 1) & 0xFFFF:
            self.counts.lost += (sequence - previous - 1) & 0xFFFF
            self._damage()
        self._source = source

    def _damage(self) -> None:
        self.counts.damaged += 1
        self._waiting_for_key = True
        self._reset_unit()
        self._unit_damaged = True

    def _reset_unit(self) -> None:
        self._unit = bytearray()
        self._key = False
        self._open_nal = _NO_UNIT
        self._unit_damaged = False
        self._first_slice_seen = False

    def _add(self, payload: memoryview) -> None:
        kind = payload[0] & 31
        if kind == Nal.FU_A:
            self._add_fragment(payload)
        elif kind == Nal.STAP_A:
            self._add_aggregate(payload)
        elif 0 < kind < Nal.STAP_A:
            self._add_nal(payload)
        else:
            self._damage()
        if len(self._unit) > MAX_ACCESS_UNIT_BYTES:
            self._damage()

    def _add_nal(self, nal: memoryview) -> None:
        kind = nal[0] & 31
        if kind == Nal.KEY_SLICE:
            self._key = True
        elif kind == Nal.DELIMITER:
            return
        elif kind in (Nal.SPS, Nal.PPS):
            self._keep_parameter_set(bytes(nal), kind)
            return
        if kind <= Nal.KEY_SLICE and len(nal) > 1:
            self._check_first_slice(nal[1])
        self._unit += _LENGTH.pack(len(nal))
        self._unit += nal

    def _keep_parameter_set(self, nal: bytes, kind: int) -> None:
        fresh = self._fresh_sps if kind == Nal.SPS else self._fresh_pps
        if len(fresh) < MAX_PARAMETER_SETS and nal not in fresh:
            fresh.append(nal)

    def _check_first_slice(self, slice_header: int) -> None:
        """A picture begins with macroblock 0 (coded as a leading 1), else its start was lost."""
        if not self._first_slice_seen and not slice_header & 0x80:
            self._damage()
        self._first_slice_seen = True

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
        indicator, header = payload[0], payload[1]
        if header & 0x80:
            if header & 31 <= Nal.KEY_SLICE:
                self._check_first_slice(payload[2])
            self._open_nal = len(self._unit)
            self._unit += b"\0\0\0\0"
            self._unit.append(indicator & 0xE0 | header & 31)
            self._key = self._key or header & 31 == Nal.KEY_SLICE
        elif self._open_nal == _NO_UNIT:
            if not self._waiting_for_key:
                self._damage()
            return
        self._unit += payload[2:]
        if header & 0x40:
            length = len(self._unit) - self._open_nal - 4
            _LENGTH.pack_into(self._unit, self._open_nal, length)
            self._open_nal = _NO_UNIT

    def _finish(self) -> None:
        """The access unit is complete: hand it on, unless something before it was lost."""
        if self._open_nal != _NO_UNIT:
            self._damage()
        unit, key = self._unit, self._key and not self._unit_damaged
        self._reset_unit()
        if key:
            self._take_parameter_sets()
        if not unit:
            return
        if self._format is None or (self._waiting_for_key and not key):
            self.counts.dropped_frames += 1
            return
        self._waiting_for_key = False
        self._sink(
            AccessUnit(
                payload=bytes(unit),
                key=key,
                pts=self._timestamp,
                dts=None,
                received_at=self._received_at,
                format=self._format,
            )
        )

    def _take_parameter_sets(self) -> None:
        """Parameter sets take effect at a key frame; damaged ones are ignored."""
        fresh_sps, fresh_pps = self._fresh_sps, self._fresh_pps
        self._fresh_sps, self._fresh_pps = [], []
        if not fresh_sps and not fresh_pps:
            return
        sps = dict.fromkeys(fresh_sps) or self._sps
        pps = dict.fromkeys(fresh_pps) or self._pps
        if (sps == self._sps and pps == self._pps) or len(sps) + len(pps) > MAX_PARAMETER_SETS:
            return
        changed = _format_or_none(list(sps), list(pps))
        if changed is not None:
            self._sps, self._pps, self._format = sps, pps, changed


def _format_or_none(sps: list[bytes], pps: list[bytes]) -> VideoFormat | None:
    try:
        return video_format(sps, pps)
    except CameraError:
        return None


def _payload_range(packet: memoryview, first: int) -> tuple[int, int]:
    """Where the payload lies, after contributing sources and extension, before padding."""
    begin, end = 12 + 4 * (first & 15), len(packet)
    if first & 0x10 and begin + 4 <= end:
        begin += 4 + 4 * (packet[begin + 2] << 8 | packet[begin + 3])
    if first & 0x20:
        end -= packet[-1]
    return begin, end
