"""The pictures inside our own fragments, for whoever must decode them: stills and masked films."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from sigap.node.errors import DamagedFile
from sigap.node.frames import Codec, VideoFormat
from sigap.node.mux.boxes import (
    COUNT_OFFSET,
    KEY_FLAGS,
    MOOF_HEAD_BYTES,
    NTP_EPOCH_S,
    PRFT_BYTES,
    ROW_BYTES,
    TFDT_OFFSET,
    Sample,
)

HEAD_BYTES = PRFT_BYTES + MOOF_HEAD_BYTES + ROW_BYTES
_ROW = struct.Struct(">IIIi")
_RECORDS = {b"avcC": Codec.H264, b"hvcC": Codec.H265, b"vpcC": Codec.VP9}
_ENTRY_BYTES = 86
"""From a sample entry's size field to its first inner box."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A fragment's pictures. `base`: decode time of the first, in ticks of 90 kHz."""

    starts_at: float
    base: int
    samples: list[Sample]


def open_fragment(fragment: bytes) -> Opened:
    """Raises DamagedFile."""
    try:
        (moof_bytes,) = struct.unpack_from(">I", fragment, PRFT_BYTES)
        (count,) = struct.unpack_from(">I", fragment, PRFT_BYTES + COUNT_OFFSET)
        (ntp,) = struct.unpack_from(">Q", fragment, 16)
        (base,) = struct.unpack_from(">Q", fragment, PRFT_BYTES + TFDT_OFFSET)
        begin, samples = PRFT_BYTES + moof_bytes + 8, []
        for number in range(count):
            row = PRFT_BYTES + MOOF_HEAD_BYTES + number * ROW_BYTES
            duration, size, flags, shift = _ROW.unpack_from(fragment, row)
            payload = fragment[begin : begin + size]
            samples.append(Sample(payload, flags == KEY_FLAGS, duration, shift))
            begin += size
    except struct.error as error:
        raise DamagedFile("not a fragment") from error
    return Opened(ntp / (1 << 32) - NTP_EPOCH_S, base, samples)


def read_key_sample(read: Callable[[int, int], bytes]) -> Sample:
    """The first picture of a fragment; `read(offset, size)` within it. Raises DamagedFile."""
    head = read(0, HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        raise DamagedFile("not a fragment")
    (moof_bytes,) = struct.unpack_from(">I", head, PRFT_BYTES)
    duration, size, flags, shift = _ROW.unpack_from(head, PRFT_BYTES + MOOF_HEAD_BYTES)
    payload = read(PRFT_BYTES + moof_bytes + 8, size)
    if len(payload) < size:
        raise DamagedFile("ends within its first picture")
    return Sample(payload, flags == KEY_FLAGS, duration, shift)


def format_of(init: bytes) -> VideoFormat:
    """What a decoder needs, from an init segment that we wrote. Raises DamagedFile."""
    for name, codec in _RECORDS.items():
        at = init.find(name)
        if at < _ENTRY_BYTES + 4:
            continue
        (size,) = struct.unpack_from(">I", init, at - 4)
        width, height = struct.unpack_from(">HH", init, at - 4 - _ENTRY_BYTES + 32)
        return VideoFormat(codec, width, height, "", init[at + 4 : at - 4 + size])
    raise DamagedFile("no pictures that we know")
