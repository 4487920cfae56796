"""H.265 parameter sets → `VideoFormat` (ISO 14496-15 8.3.3). Called by `rtp_h265` and `container`.

Field names after ITU-T H.265 7.3.2.2.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sigap.node.errors import CameraError
from sigap.node.frames import Codec, VideoFormat
from sigap.node.ingest.bits import BitReader, remove_emulation
from sigap.node.ingest.h264 import MAX_SIDE

VPS, SPS, PPS = 32, 33, 34
PARAMETER_SETS = (VPS, SPS, PPS)
FIRST_KEY, LAST_KEY = 16, 21
PROFILE_BYTES = slice(3, 15)
RECORD_PROFILE_BYTES = slice(1, 13)
CHROMA_444 = 3
_SPROP = re.compile(r"sprop-(?:vps|sps|pps)=([^;\s]+)")


@dataclass(frozen=True, slots=True)
class _Picture:
    width: int
    height: int
    chroma: int
    luma_depth: int
    chroma_depth: int
    reorder_frames: int


def nal_kind(nal: bytes) -> int:
    return (nal[0] >> 1) & 63


def format_of_record(
    record: bytes, width: int, height: int, reorder_frames: int | None = None
) -> VideoFormat:
    """From an HEVCDecoderConfigurationRecord, as MP4 files carry it."""
    if len(record) < 23:
        raise CameraError("bad decoder record")
    return VideoFormat(
        codec=Codec.H265,
        width=width,
        height=height,
        codec_string=_codec_string(record[RECORD_PROFILE_BYTES]),
        decoder_record=record,
        reorder_frames=reorder_frames,
    )


def video_format(nals: Sequence[bytes]) -> VideoFormat:
    """From VPS, SPS and PPS. Raises CameraError when they make no sense."""
    by_kind = {
        kind: [nal for nal in nals if len(nal) > 2 and nal_kind(nal) == kind]
        for kind in PARAMETER_SETS
    }
    if not by_kind[SPS] or not by_kind[PPS]:
        raise CameraError("parameter sets missing")
    sps = by_kind[SPS][0]
    profile = remove_emulation(sps)[PROFILE_BYTES]
    if len(profile) < 12:
        raise CameraError("bad parameter set")
    try:
        picture = _parse_sps(sps)
    except EOFError as error:
        raise CameraError(f"bad parameter set: {error}") from error
    width, height = picture.width, picture.height
    if not (16 <= width <= MAX_SIDE and 16 <= height <= MAX_SIDE):
        raise CameraError(f"impossible picture size {width}x{height}")
    return format_of_record(
        _record(profile, picture, by_kind), width, height, picture.reorder_frames
    )


def parameter_sets_of_sdp(parameters: str) -> list[bytes]:
    """`sprop-vps`, `-sps`, `-pps` of the format parameters (RFC 7798 7.1); [] when damaged."""
    try:
        return [
            base64.b64decode(part)
            for text in _SPROP.findall(parameters)
            for part in text.split(",")
            if part
        ]
    except (binascii.Error, ValueError):
        return []


def parameter_sets_of_record(record: bytes) -> tuple[bytes, ...]:
    """VPS, SPS and PPS of an HEVCDecoderConfigurationRecord. Raises CameraError if it is cut."""
    nals: list[bytes] = []
    offset = 23
    try:
        for _ in range(record[22]):
            (count,) = struct.unpack_from(">H", record, offset + 1)
            offset += 3
            for _ in range(count):
                (length,) = struct.unpack_from(">H", record, offset)
                nals.append(record[offset + 2 : offset + 2 + length])
                offset += 2 + length
    except (IndexError, struct.error) as error:
        raise CameraError("bad decoder record") from error
    return tuple(nal for nal in nals if nal and nal_kind(nal) in PARAMETER_SETS)


def _parse_sps(sps: bytes) -> _Picture:
    reader = BitReader(sps[2:])
    reader.skip(4)
    layers = reader.bits(3)
    reader.skip(1)
    _skip_profile_tier_level(reader, layers)
    reader.unsigned()
    chroma = reader.unsigned()
    if chroma == CHROMA_444:
        reader.skip(1)
    width, height = reader.unsigned(), reader.unsigned()
    if reader.flag():
        left, right, top, bottom = (reader.unsigned() for _ in range(4))
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    luma_depth, chroma_depth = reader.unsigned(), reader.unsigned()
    reader.unsigned()
    reorder = 0
    for _ in range(layers + 1 if reader.flag() else 1):
        reader.unsigned()
        reorder = reader.unsigned()
        reader.unsigned()
    return _Picture(width, height, chroma & 3, luma_depth & 7, chroma_depth & 7, reorder)


def _skip_profile_tier_level(reader: BitReader, layers: int) -> None:
    reader.skip(96)
    present = [(reader.flag(), reader.flag()) for _ in range(layers)]
    if layers:
        reader.skip(2 * (8 - layers))
    for has_profile, has_level in present:
        reader.skip(88 * has_profile + 8 * has_level)


def _record(profile: bytes, picture: _Picture, by_kind: Mapping[int, Sequence[bytes]]) -> bytes:
    fixed = bytes([1]) + profile + bytes.fromhex("f000fc")
    fixed += bytes([0xFC | picture.chroma, 0xF8 | picture.luma_depth, 0xF8 | picture.chroma_depth])
    fixed += bytes([0, 0, 0x0F, len(by_kind)])
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
