"""MP4 boxes of the second track, sound (ISO 14496-12, 14496-14). Called by `boxes`.

AAC plays everywhere. G.711 is stored as it came (`alaw`, `ulaw`, as in QuickTime files): FFmpeg and
VLC play it, browsers show the picture without it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sigap.node.frames import AudioCodec, AudioFormat, AudioFrame
from sigap.node.mux.box import box, full_box

SOUND_TRACK = 2
TRAF_HEAD_BYTES = 64
"""Of the sound's `traf`, before its rows."""
SOUND_TFDT_OFFSET = 36
_ROW = struct.Struct(">II")
_LARGEST_RATE = 0xFFFF


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """`duration` in ticks of 90 kHz."""

    payload: bytes
    duration: int


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of one fragment; `base`: decode time of its first piece in ticks of 90 kHz."""

    format: AudioFormat
    base: int
    pieces: Sequence[SoundPiece]


def sound_of(frames: Sequence[AudioFrame]) -> Sound | None:
    """All of one format; where it changes what is left of the old one is lost."""
    frames = [frame for frame in frames if frame.format == frames[-1].format]
    if not frames:
        return None
    ends = [frame.dts for frame in frames[1:]] + [frames[-1].dts + frames[-1].duration]
    pieces = [
        SoundPiece(frame.payload, max(1, end - frame.dts))
        for frame, end in zip(frames, ends, strict=True)
    ]
    return Sound(frames[0].format, frames[0].dts, pieces)


def sample_entry(sound: AudioFormat) -> bytes:
    rate = sound.rate_hz if sound.rate_hz <= _LARGEST_RATE else 0
    head = bytes(6) + b"\0\1" + bytes(8)
    head += struct.pack(">HHHHI", sound.channels, 16, 0, 0, rate << 16)
    if sound.codec is AudioCodec.AAC:
        return box(b"mp4a", head, _elementary_stream(sound.config))
    return box(b"alaw" if sound.codec is AudioCodec.PCMA else b"ulaw", head)


def sound_fragment(sound: Sound, data_offset: int) -> bytes:
    """`traf` of the sound; `data_offset`: from the start of `moof` to its first byte."""
    rows = b"".join(_ROW.pack(piece.duration, len(piece.payload)) for piece in sound.pieces)
    return box(
        b"traf",
        full_box(b"tfhd", 0, 0x20000, struct.pack(">I", SOUND_TRACK)),
        full_box(b"tfdt", 1, 0, struct.pack(">Q", sound.base)),
        full_box(b"trun", 0, 0x301, struct.pack(">Ii", len(sound.pieces), data_offset), rows),
    )


def sound_fragment_bytes(sound: Sound) -> int:
    return TRAF_HEAD_BYTES + _ROW.size * len(sound.pieces)


def _elementary_stream(config: bytes) -> bytes:
    decoder = _descriptor(4, b"\x40\x15" + bytes(11) + _descriptor(5, config))
    stream = _descriptor(3, struct.pack(">HB", SOUND_TRACK, 0) + decoder + _descriptor(6, b"\2"))
    return full_box(b"esds", 0, 0, stream)


def _descriptor(tag: int, body: bytes) -> bytes:
    return bytes((tag, 0x80, 0x80, 0x80, len(body))) + body
