"""RTP packets of one video track → access units (RFC 3550). Base of `rtp_h264` and `rtp_h265`.

Called by `interleaved` for every packet, so it is written for speed: a payload is copied once, out
of the shared buffer. After a lost or damaged packet nothing is handed on until the next key frame.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sigap.node.frames import AccessUnit, AccessUnitSink, VideoFormat

MAX_ACCESS_UNIT_BYTES = 8 << 20
MAX_PARAMETER_SETS = 16
LARGEST_DROPOUT = 3000
LATEST = 100
"""RFC 3550 A.1: a number further ahead, or further behind, is that of a stream begun anew."""
SMALLEST_PACKET = 13
FRAMED_HEADER = 16
"""The interleaved frame's four bytes, and the RTP header without extras."""
_HEADER = struct.Struct(">BBHII").unpack_from
_LENGTH = struct.Struct(">I").pack
_NONE = -1
_PLAIN = 0x8000_0000
_PLAIN_MASK = 0xFF80_0000
"""Version 2, no padding, extension, contributing sources; not the last packet of the picture."""
_MARKER = 0x0080_0000
_FRAME_LENGTH = 0xFFFF_0000_0000
_LOOKED_AT = 20
"""Bytes of a framed packet that `_unpack_fragment` looks at, at most."""


@dataclass(slots=True)
class ReceiveCounts:
    """Grows for the life of a connection; read by health.

    `foreign`: packets since the last picture that are not of the codec that was described.
    """

    packets: int = 0
    lost: int = 0
    damaged: int = 0
    dropped_frames: int = 0
    delivered: int = 0
    foreign: int = 0


class Depacketiser:
    """Feed it packets in order of arrival; it calls `sink` with every whole picture.

    A codec says how its fragments begin: `_unpack_fragment` reads (frame, length, flags, number),
    (stamp, source), and then the payload's first bytes, of which `_fragment_mask` matters. Those of
    a picture's first fragment, when it is no key picture, are `_plain_start` under a mask.
    """

    _unpack_fragment: Callable[[bytearray, int], tuple[int, int, int]]
    _fragment_mask: int
    _start_bit: int
    _end_bit: int
    _plain_start: tuple[int, int]
    _fragment_head: int

    def __init__(self, sink: AccessUnitSink, *, payload_type: int | None = None) -> None:
        self.counts = ReceiveCounts()
        self._sink = sink
        self._payload_type = payload_type
        self._format: VideoFormat | None = None
        self._parts: list[bytes | memoryview] = []
        self._size = 0
        self._key = False
        self._open_at = _NONE
        self._open_bytes = 0
        self._timestamp = 0
        self._received_at = 0.0
        self._sequence: int | None = None
        self._source: int | None = None
        self._waiting_for_key = True
        self._unit_damaged = False
        self._first_slice_seen = False
        self._usual_frame = _NONE

    @property
    def in_fragments(self) -> bool:
        """Whether the next packet should go on with a NAL unit that has begun."""
        return self._open_at != _NONE

    @property
    def highest_sequence(self) -> int:
        """Number of the newest packet, 0 before the first."""
        return self._sequence or 0

    def feed(self, packet: memoryview, received_at: float) -> None:
        """One RTP packet with its header; `received_at` in Unix seconds."""
        self.counts.packets += 1
        if len(packet) < SMALLEST_PACKET or packet[0] >> 6 != 2:
            self._damage()
            return
        first, second, sequence, timestamp, source = _HEADER(packet)
        if not self._is_wanted(second & 0x7F, sequence, source):
            return
        begin, end = (12, len(packet)) if first == 0x80 else payload_range(packet, first)
        if begin >= end:
            return
        if timestamp != self._timestamp:
            self._finish()
            self._timestamp = timestamp
        if not self._parts:
            self._received_at = received_at
        self._add(packet[begin:end])
        if self._size > MAX_ACCESS_UNIT_BYTES:
            self._damage()
        if second & 0x80:
            self._finish()

    def take_picture(
        self, buffer: bytearray, view: memoryview, position: int, end: int, received_at: float
    ) -> int:
        """A whole picture of the usual form: one NAL unit in fragments of the usual size.

        Returns where it ends; `position` when it is anything else, which `feed` then looks at.
        """
        unpack, begin = self._unpack_fragment, position
        if position + _LOOKED_AT > end:
            return begin
        frame, stamp, kind = unpack(buffer, position)
        skipped = FRAMED_HEADER + self._fragment_head
        if frame - self._usual_frame != ((self._sequence or 0) + 1 & 0xFFFF) or not (
            self._may_begin(stamp, kind) and buffer[position + skipped] & 0x80
        ):
            return begin
        head = self._nal_head(kind)
        middle = kind & self._fragment_mask & ~self._start_bit
        pieces: list[bytes | memoryview] = [b"", head]
        position = self._gather(buffer, view, (position, end), (frame, stamp, middle), pieces)
        following = self._end_of_picture(
            buffer, (position, end), frame + len(pieces) - 2, (stamp, middle)
        )
        if following == _NONE:
            return begin
        pieces.append(view[position + skipped : following])
        pieces[0] = _LENGTH(sum(map(len, pieces)))
        self._timestamp = stamp >> 32
        self._sequence = (frame + len(pieces) - 3) & 0xFFFF
        self.counts.packets += len(pieces) - 2
        self._deliver(b"".join(pieces), received_at, key=False)
        return following

    def take_run(self, buffer: bytearray, view: memoryview, position: int, end: int) -> int:
        """The fragments that follow the one at `position`, as long as each is what must come.

        Nearly all packets of a camera are such: equal to the one before but for the number, which
        is one higher. They are checked whole and taken at once; returns where the rest begins.
        """
        frame, stamp, kind = self._unpack_fragment(buffer, position)
        stride = 4 + (frame >> 32 & 0xFFFF)
        begin = position + stride
        skipped = FRAMED_HEADER + self._fragment_head
        if frame & _PLAIN_MASK != _PLAIN or stride <= _LOOKED_AT:
            return begin
        before, middle = len(self._parts), kind & self._fragment_mask & ~self._start_bit
        usual = (frame + 1, stamp, middle)
        position = self._gather(buffer, view, (begin, end), usual, self._parts)
        count = len(self._parts) - before
        if count:
            self._usual_frame = frame & ~0xFFFF
        self._count_run(count, count * (stride - skipped))
        return position

    def _gather(
        self,
        buffer: bytearray,
        view: memoryview,
        within: tuple[int, int],
        first: tuple[int, int, int],
        into: list[bytes | memoryview],
    ) -> int:
        """Take packets that begin with `first`, each numbered one higher, all of one form."""
        unpack, mask = self._unpack_fragment, self._fragment_mask & ~self._start_bit
        (position, end), (expected, stamp, middle) = within, first
        stride, skipped = 4 + (expected >> 32 & 0xFFFF), FRAMED_HEADER + self._fragment_head
        append = into.append
        while position + stride <= end:
            frame, place, kind = unpack(buffer, position)
            if frame != expected or place != stamp or kind & mask != middle:
                break
            append(view[position + skipped : position + stride])
            expected += 1
            position += stride
        return position

    def _end_of_picture(
        self, buffer: bytearray, within: tuple[int, int], expected: int, same: tuple[int, int]
    ) -> int:
        """Where the packet ends that closes unit and picture; `_NONE` when it does not."""
        position, end = within
        if position + _LOOKED_AT > end:
            return _NONE
        frame, place, kind = self._unpack_fragment(buffer, position)
        following = position + 4 + (frame >> 32 & 0xFFFF)
        is_last = (
            frame & ~_FRAME_LENGTH == expected & ~_FRAME_LENGTH | _MARKER
            and place == same[0]
            and kind & self._fragment_mask == same[1] | self._end_bit
        )
        is_whole = position + _LOOKED_AT < following <= end
        return following if is_last and is_whole else _NONE

    def _may_begin(self, stamp: int, kind: int) -> bool:
        """Whether a picture that needs no care can begin here."""
        mask, plain = self._plain_start
        return (
            kind & mask == plain
            and stamp & 0xFFFFFFFF == self._source
            and stamp >> 32 != self._timestamp
            and not (self._parts or self._waiting_for_key or self._unit_damaged)
        )

    def _nal_head(self, kind: int) -> bytes:
        """The NAL unit's own header, from the first bytes of its first fragment."""
        raise NotImplementedError

    def _count_run(self, count: int, size: int) -> None:
        self.counts.packets += count
        self._sequence = ((self._sequence or 0) + count) & 0xFFFF
        self._size += size
        self._open_bytes += size
        if self._size > MAX_ACCESS_UNIT_BYTES:
            self._damage()

    def let_go(self) -> None:
        """The shared buffer is about to be used by somebody else: keep what lies in it."""
        if self._parts:
            kept = [bytes(part) for part in self._parts[: self._open_at + 1]]
            self._parts = [*kept, b"".join(self._parts[len(kept) :])]

    def _add(self, payload: memoryview) -> None:
        raise NotImplementedError

    def _take_parameter_sets(self) -> None:
        """Called at a key frame, where new parameter sets take effect."""
        raise NotImplementedError

    def _is_wanted(self, payload_type: int, sequence: int, source: int) -> bool:
        """False for what is not of this track, comes twice, or after its picture was given up."""
        if self._payload_type is not None and payload_type != self._payload_type:
            self.counts.foreign += 1
            return False
        previous, is_other = self._sequence, self._source is not None and source != self._source
        if previous is not None and not is_other and sequence != (previous + 1) & 0xFFFF:
            missing = (sequence - previous - 1) & 0xFFFF
            if missing >= 0xFFFF - LATEST:
                return False
            if missing <= LARGEST_DROPOUT:
                self.counts.lost += missing
            self._damage()
        elif is_other:
            self._damage()
        self._sequence, self._source = sequence, source
        return True

    def _refuse(self) -> None:
        """Nothing that this codec sends."""
        self.counts.foreign += 1
        self._damage()

    def _damage(self) -> None:
        self.counts.damaged += 1
        self._waiting_for_key = True
        self._reset_unit()
        self._unit_damaged = True

    def _reset_unit(self) -> None:
        self._parts = []
        self._size = 0
        self._key = False
        self._open_at = _NONE
        self._unit_damaged = False
        self._first_slice_seen = False

    def _check_first_slice(self, is_first: int) -> None:
        """A picture begins with the slice that says so, else its start was lost."""
        if not self._first_slice_seen and not is_first:
            self._damage()
        self._first_slice_seen = True

    def _put_nal(self, nal: memoryview) -> None:
        self._parts += (_LENGTH(len(nal)), nal)
        self._size += len(nal) + 4

    def _begin_nal(self, head: bytes) -> None:
        self._open_at, self._open_bytes = len(self._parts), len(head)
        self._parts += (b"", head)
        self._size += len(head) + 4

    def _go_on(self, piece: memoryview, *, last: bool) -> None:
        self._parts.append(piece)
        self._size += len(piece)
        self._open_bytes += len(piece)
        if last:
            self._parts[self._open_at] = _LENGTH(self._open_bytes)
            self._open_at = _NONE

    def _finish(self) -> None:
        """The access unit is complete: hand it on, unless something before it was lost."""
        if self._open_at != _NONE:
            self._damage()
        parts, key = self._parts, self._key and not self._unit_damaged
        self._reset_unit()
        if key:
            self._take_parameter_sets()
        if not parts:
            return
        if self._format is None or (self._waiting_for_key and not key):
            self.counts.dropped_frames += 1
            return
        self._waiting_for_key = False
        self._deliver(b"".join(parts), self._received_at, key=key)

    def _deliver(self, payload: bytes, received_at: float, *, key: bool) -> None:
        if self._format is not None:
            self.counts.delivered += 1
            self.counts.foreign = 0
            self._sink(AccessUnit(payload, key, self._timestamp, None, received_at, self._format))


class ParameterSets:
    """Of one kind each, by the order of `kinds`: those in force, and those that came since."""

    def __init__(self, kinds: Iterable[int]) -> None:
        self.in_force: dict[int, tuple[bytes, ...]] = dict.fromkeys(kinds, ())
        self._fresh: dict[int, list[bytes]] = {}

    def keep(self, kind: int, nal: bytes) -> None:
        fresh = self._fresh.setdefault(kind, [])
        if len(fresh) < MAX_PARAMETER_SETS and nal not in fresh:
            fresh.append(nal)

    def changed(self) -> dict[int, tuple[bytes, ...]] | None:
        """What would be in force from this key frame on, if that is something else than before."""
        if not self._fresh:
            return None
        fresh, self._fresh = self._fresh, {}
        merged = {kind: tuple(fresh.get(kind, ())) or nals for kind, nals in self.in_force.items()}
        too_many = sum(map(len, merged.values())) > MAX_PARAMETER_SETS
        return None if merged == self.in_force or too_many else merged


def payload_range(packet: memoryview, first: int) -> tuple[int, int]:
    """Where the payload lies, after contributing sources and extension, before padding."""
    begin, end = 12 + 4 * (first & 15), len(packet)
    if first & 0x10 and begin + 4 <= end:
        begin += 4 + 4 * (packet[begin + 2] << 8 | packet[begin + 3])
    if first & 0x20:
        end -= packet[-1]
    return begin, end
