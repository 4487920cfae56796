"""H.265 parameter sets → `VideoFormat` (ISO 14496-15 8.3.3). Called by the container source."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from sigap.node.errors import CameraError
from sigap.node.frames import Codec, VideoFormat
from sigap.node.ingest.bits import remove_emulation

VPS, SPS, PPS = 32, 33, 34
FIRST_KEY, LAST_KEY = 16, 21
PROFILE_BYTES = slice(3, 15)
RECORD_PROFILE_BYTES = slice(1, 13)


def nal_kind(nal: bytes) -> int:
    return (nal[0] >> 1) & 63


def format_of_record(record: bytes, width: int, height: int) -> VideoFormat:
    """From an HEVCDecoderConfigurationRecord, as MP4 files carry it."""
    if len(record) < 23:
        raise CameraError("bad decoder record")
    return VideoFormat(
        codec=Codec.H265,
        width=width,
        height=height,
        codec_string=_codec_string(record[RECORD_PROFILE_BYTES]),
        decoder_record=record,
    )


def format_of_parameter_sets(nals: Sequence[bytes], width: int, height: int) -> VideoFormat:
    """From VPS, SPS and PPS as they come in a stream."""
    by_kind = {kind: [n for n in nals if nal_kind(n) == kind] for kind in (VPS, SPS, PPS)}
    if not by_kind[SPS] or not by_kind[PPS]:
        raise CameraError("parameter sets missing")
    profile = remove_emulation(by_kind[SPS][0])[PROFILE_BYTES]
    if len(profile) < 12:
        raise CameraError("bad parameter set")
    return format_of_record(_record(profile, by_kind), width, height)


def _record(profile: bytes, by_kind: Mapping[int, Sequence[bytes]]) -> bytes:
    fixed = bytes([1]) + profile + bytes.fromhex("f000fcfdf8f8") + bytes([0, 0, 0x0F, len(by_kind)])
    arrays = b"".join(
        struct.pack(">BH", 0x80 | kind, len(nals))
        + b"".join(struct.pack(">H", len(nal)) + nal for nal in nals)
        for kind, nals in by_kind.items()
    )
    return fixed + arrays


def _codec_string(profile: bytes) -> str:
    """RFC 6381 parameter, ISO 14496-15 annex E."""
    space = ["", "A", "B", "C"][profile[0] >> 6]
    compatibility = int(f"{int.from_bytes(profile[1:5], 'big'):032b}"[::-1], 2)
    tier = "H" if profile[0] & 0x20 else "L"
    constraints = profile[5:11].rstrip(b"\0")
    tail = "".join(f".{byte:x}" for byte in constraints)
    return f"hvc1.{space}{profile[0] & 31}.{compatibility:x}.{tier}{profile[11]}{tail}"
