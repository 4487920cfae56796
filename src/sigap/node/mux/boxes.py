"""MP4 boxes (ISO 14496-12): the init segment and fragments of one video track.

Called by recorder, live and HLS. Every fragment begins with a `prft` box that holds the wall clock
of its first picture, so that an index can be rebuilt from the files alone.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sigap.node.frames import CLOCK_HZ, Codec, VideoFormat

TRACK = 1
KEY_FLAGS = 0x02000000
DELTA_FLAGS = 0x01010000
NTP_EPOCH_S = 2_208_988_800
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_SAMPLE = struct.Struct(">IIIi")
_SAMPLE_ENTRY = {Codec.H264: (b"avc1", b"avcC"), Codec.H265: (b"hvc1", b"hvcC")}
PRFT_BYTES = 32
MOOF_HEAD_BYTES = 88
TFDT_OFFSET = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """`duration`, `shift` (display time − decode time) in ticks of 90 kHz."""

    payload: bytes
    key: bool
    duration: int
    shift: int = 0


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def init_segment(video: VideoFormat) -> bytes:
    """`ftyp` and `moov`: what a player needs before the first fragment."""
    header = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">IIII", 0, 0, 1000, 0),
        b"\0\1\0\0\1\0",
        bytes(10),
        _UNITY,
        bytes(24),
        struct.pack(">I", TRACK + 1),
    )
    extends = box(b"mvex", full_box(b"trex", 0, 0, struct.pack(">IIIII", TRACK, 1, 0, 0, 0)))
    return box(b"ftyp", b"iso5\0\0\2\0iso5iso6avc1mp41") + box(
        b"moov", header, _track(video), extends
    )


def _track(video: VideoFormat) -> bytes:
    head = full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">IIIII", 0, 0, TRACK, 0, 0),
        bytes(16),
        _UNITY,
        struct.pack(">II", video.width << 16, video.height << 16),
    )
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, CLOCK_HZ, 0, 0x55C4, 0)),
        full_box(b"hdlr", 0, 0, bytes(4) + b"vide" + bytes(12) + b"video\0"),
        box(
            b"minf",
            full_box(b"vmhd", 0, 1, bytes(8)),
            box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))),
            _sample_table(video),
        ),
    )
    return box(b"trak", head, media)


def _sample_table(video: VideoFormat) -> bytes:
    entry_kind, record_kind = _SAMPLE_ENTRY[video.codec]
    entry = box(
        entry_kind,
        bytes(6) + b"\0\1" + bytes(16),
        struct.pack(">HH", video.width, video.height),
        b"\0\x48\0\0\0\x48\0\0" + bytes(4) + b"\0\1" + bytes(32) + b"\0\x18\xff\xff",
        box(record_kind, video.decoder_record),
    )
    return box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )


def fragment(
    samples: Sequence[Sample], *, sequence: int, base: int, wall_clock: float
) -> list[bytes]:
    """`prft`, `moof` and `mdat`, ready for writev; `base`: decode time of the first sample."""
    rows = b"".join(
        _SAMPLE.pack(
            sample.duration,
            len(sample.payload),
            KEY_FLAGS if sample.key else DELTA_FLAGS,
            sample.shift,
        )
        for sample in samples
    )
    data_offset = MOOF_HEAD_BYTES + len(rows) + 8
    moof = box(
        b"moof",
        full_box(b"mfhd", 0, 0, struct.pack(">I", sequence & 0xFFFFFFFF)),
        box(
            b"traf",
            full_box(b"tfhd", 0, 0x20000, struct.pack(">I", TRACK)),
            full_box(b"tfdt", 1, 0, struct.pack(">Q", base)),
            full_box(b"trun", 1, 0xF01, struct.pack(">Ii", len(samples), data_offset), rows),
        ),
    )
    size = sum(len(sample.payload) for sample in samples) + 8
    head = wall_clock_box(wall_clock, base) + moof + struct.pack(">I4s", size, b"mdat")
    return [head, *(sample.payload for sample in samples)]


def wall_clock_box(wall_clock: float, base: int) -> bytes:
    """`prft` (producer reference time): Unix seconds as an NTP stamp, beside the media time."""
    ntp = int((wall_clock + NTP_EPOCH_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
    return full_box(b"prft", 1, 0, struct.pack(">IQQ", TRACK, ntp, base))
