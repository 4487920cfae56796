"""MP4 boxes (ISO 14496-12): the init segment and fragments of one picture track, with or without
one of sound.

Called by recorder, live and HLS. Every fragment begins with a `prft` box that holds the wall clock
of its first picture, so that an index can be rebuilt from the files alone.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sigap.node.frames import CLOCK_HZ, AudioFormat, Codec, VideoFormat
from sigap.node.mux.box import box, full_box
from sigap.node.mux.sound import (
    SOUND_TRACK,
    Sound,
    sample_entry,
    sound_fragment,
    sound_fragment_bytes,
)

TRACK = 1
KEY_FLAGS = 0x02000000
DELTA_FLAGS = 0x01010000
NTP_EPOCH_S = 2_208_988_800
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_SAMPLE = struct.Struct(">IIIi")
_SAMPLE_ENTRY = {
    Codec.H264: (b"avc1", b"avcC"),
    Codec.H265: (b"hvc1", b"hvcC"),
    Codec.VP9: (b"vp09", b"vpcC"),
}
PRFT_BYTES = 32
MOOF_HEAD_BYTES = 88
TFDT_OFFSET = 60
COUNT_OFFSET = 80
ROW_BYTES = _SAMPLE.size


@dataclass(slots=True)
class Sample:
    """`duration`, `shift` (display time − decode time) in ticks of 90 kHz."""

    payload: bytes
    key: bool
    duration: int
    shift: int = 0


@dataclass(frozen=True, slots=True)
class _TrackKind:
    """What differs between the picture's and the sound's track."""

    number: int
    handler: bytes
    volume: int
    size: tuple[int, int]
    header: bytes
    entry: bytes


def init_segment(video: VideoFormat, sound: AudioFormat | None = None) -> bytes:
    """`ftyp` and `moov`: what a player needs before the first fragment."""
    kinds = [_picture_track(video)] + ([_sound_track(sound)] if sound else [])
    header = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">IIII", 0, 0, 1000, 0),
        b"\0\1\0\0\1\0",
        bytes(10),
        _UNITY,
        bytes(24),
        struct.pack(">I", len(kinds) + 1),
    )
    extends = box(
        b"mvex",
        *(
            full_box(b"trex", 0, 0, struct.pack(">IIIII", kind.number, 1, 0, 0, 0))
            for kind in kinds
        ),
    )
    return box(b"ftyp", b"iso5\0\0\2\0iso5iso6avc1mp41") + box(
        b"moov", header, *map(_track, kinds), extends
    )


def _picture_track(video: VideoFormat) -> _TrackKind:
    entry_kind, record_kind = _SAMPLE_ENTRY[video.codec]
    entry = box(
        entry_kind,
        bytes(6) + b"\0\1" + bytes(16),
        struct.pack(">HH", video.width, video.height),
        b"\0\x48\0\0\0\x48\0\0" + bytes(4) + b"\0\1" + bytes(32) + b"\0\x18\xff\xff",
        box(record_kind, video.decoder_record),
    )
    size = video.width, video.height
    return _TrackKind(TRACK, b"vide", 0, size, full_box(b"vmhd", 0, 1, bytes(8)), entry)


def _sound_track(sound: AudioFormat) -> _TrackKind:
    header = full_box(b"smhd", 0, 0, bytes(4))
    return _TrackKind(SOUND_TRACK, b"soun", 0x100, (0, 0), header, sample_entry(sound))


def _track(kind: _TrackKind) -> bytes:
    width, height = kind.size
    head = full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">IIIII", 0, 0, kind.number, 0, 0),
        bytes(12),
        struct.pack(">HH", kind.volume, 0),
        _UNITY,
        struct.pack(">II", width << 16, height << 16),
    )
    media = box(
        b"mdia",
        full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, CLOCK_HZ, 0, 0x55C4, 0)),
        full_box(b"hdlr", 0, 0, bytes(4) + kind.handler + bytes(12) + b"sigap\0"),
        box(
            b"minf",
            kind.header,
            box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))),
            _sample_table(kind.entry),
        ),
    )
    return box(b"trak", head, media)


def _sample_table(entry: bytes) -> bytes:
    return box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )


def fragment(
    samples: Sequence[Sample],
    *,
    sequence: int,
    base: int,
    wall_clock: float,
    sound: Sound | None = None,
) -> list[bytes]:
    """`prft`, `moof` and `mdat`, ready for writev; `base`: decode time of the first sample."""
    row = _SAMPLE.pack
    rows = b"".join(
        [
            row(
                sample.duration,
                len(sample.payload),
                KEY_FLAGS if sample.key else DELTA_FLAGS,
                sample.shift,
            )
            for sample in samples
        ]
    )
    payloads = [sample.payload for sample in samples]
    picture_bytes = sum(map(len, payloads))
    moof_bytes = MOOF_HEAD_BYTES + len(rows) + (sound_fragment_bytes(sound) if sound else 0)
    trafs = [
        box(
            b"traf",
            full_box(b"tfhd", 0, 0x20000, struct.pack(">I", TRACK)),
            full_box(b"tfdt", 1, 0, struct.pack(">Q", base)),
            full_box(b"trun", 1, 0xF01, struct.pack(">Ii", len(samples), moof_bytes + 8), rows),
        )
    ]
    if sound is not None:
        trafs.append(sound_fragment(sound, moof_bytes + 8 + picture_bytes))
        payloads += [piece.payload for piece in sound.pieces]
    moof = box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence & 0xFFFFFFFF)), *trafs)
    mdat = struct.pack(">I4s", sum(map(len, payloads)) + 8, b"mdat")
    return [wall_clock_box(wall_clock, base) + moof + mdat, *payloads]


def wall_clock_box(wall_clock: float, base: int) -> bytes:
    """`prft` (producer reference time): Unix seconds as an NTP stamp, beside the media time."""
    ntp = int((wall_clock + NTP_EPOCH_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
    return full_box(b"prft", 1, 0, struct.pack(">IQQ", TRACK, ntp, base))
