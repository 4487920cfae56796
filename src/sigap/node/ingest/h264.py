"""H.264 parameter sets: from SPS and PPS to the `VideoFormat` that muxer and decoder need.

Called by the RTP depacketiser and the container source. Field names after ITU-T H.264 7.3.2.1.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Sequence
from enum import IntEnum

from sigap.node.errors import CameraError
from sigap.node.frames import Codec, VideoFormat
from sigap.node.ingest.bits import BitReader

MAX_SIDE = 16384
HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
BASELINE = 66
EXTENDED_SAR = 255


class Nal(IntEnum):
    SLICE = 1
    KEY_SLICE = 5
    SEI = 6
    SPS = 7
    PPS = 8
    DELIMITER = 9
    STAP_A = 24
    FU_A = 28


def video_format(sps: Sequence[bytes], pps: Sequence[bytes]) -> VideoFormat:
    """Raises CameraError when the parameter sets make no sense."""
    if not sps or not pps or min(map(len, sps)) < 4:
        raise CameraError("parameter sets missing")
    try:
        width, height, reorder = _parse_sps(sps[0])
    except EOFError as error:
        raise CameraError(f"bad parameter set: {error}") from error
    if not (16 <= width <= MAX_SIDE and 16 <= height <= MAX_SIDE):
        raise CameraError(f"impossible picture size {width}x{height}")
    return VideoFormat(
        codec=Codec.H264,
        width=width,
        height=height,
        codec_string=f"avc1.{sps[0][1:4].hex()}",
        decoder_record=_decoder_record(sps, pps),
        reorder_frames=reorder,
    )


def parameter_sets_of_record(record: bytes) -> tuple[list[bytes], list[bytes]]:
    """SPS and PPS of an AVCDecoderConfigurationRecord. Raises CameraError if it is cut."""
    try:
        sps, offset = _record_list(record, 6, record[5] & 31)
        pps, _ = _record_list(record, offset + 1, record[offset])
    except (IndexError, struct.error) as error:
        raise CameraError("bad decoder record") from error
    return sps, pps


def parameter_sets_of_sdp(sprop: str) -> tuple[list[bytes], list[bytes]]:
    """SPS and PPS of `sprop-parameter-sets` (RFC 6184 8.1); empty lists when it is damaged."""
    try:
        nals = [base64.b64decode(part) for part in sprop.split(",") if part]
    except (binascii.Error, ValueError):
        return [], []
    sps = [nal for nal in nals if nal and nal[0] & 31 == Nal.SPS]
    pps = [nal for nal in nals if nal and nal[0] & 31 == Nal.PPS]
    return sps, pps


def _record_list(record: bytes, offset: int, count: int) -> tuple[list[bytes], int]:
    nals = []
    for _ in range(count):
        (length,) = struct.unpack_from(">H", record, offset)
        nals.append(record[offset + 2 : offset + 2 + length])
        offset += 2 + length
    return nals, offset


def _decoder_record(sps: Sequence[bytes], pps: Sequence[bytes]) -> bytes:
    sized_sps = b"".join(struct.pack(">H", len(nal)) + nal for nal in sps)
    sized_pps = b"".join(struct.pack(">H", len(nal)) + nal for nal in pps)
    head = bytes([1, sps[0][1], sps[0][2], sps[0][3], 0xFF, 0xE0 | len(sps)])
    return head + sized_sps + bytes([len(pps)]) + sized_pps


def _parse_sps(sps: bytes) -> tuple[int, int, int | None]:
    """(width, height, max_num_reorder_frames or None when unknown)."""
    reader = BitReader(sps[1:])
    profile = reader.bits(8)
    reader.skip(16)
    reader.unsigned()
    if profile in HIGH_PROFILES:
        _skip_chroma(reader)
    reader.unsigned()
    _skip_picture_order(reader)
    reader.unsigned()
    reader.skip(1)
    width, height = _picture_size(reader)
    reorder = 0 if profile == BASELINE else None
    if reader.flag():
        stated = _reorder_of_vui(reader)
        reorder = reorder if stated is None else stated
    return width, height, reorder


def _picture_size(reader: BitReader) -> tuple[int, int]:
    width = (reader.unsigned() + 1) * 16
    map_units = reader.unsigned() + 1
    frames_only = reader.flag()
    field_factor = 1 if frames_only else 2
    height = map_units * 16 * field_factor
    if not frames_only:
        reader.skip(1)
    reader.skip(1)
    if reader.flag():
        left, right, top, bottom = (reader.unsigned() for _ in range(4))
        width -= 2 * (left + right)
        height -= 2 * field_factor * (top + bottom)
    return width, height


def _skip_chroma(reader: BitReader) -> None:
    chroma_format = reader.unsigned()
    if chroma_format == 3:
        reader.skip(1)
    reader.unsigned()
    reader.unsigned()
    reader.skip(1)
    if reader.flag():
        for index in range(12 if chroma_format == 3 else 8):
            if reader.flag():
                _skip_scaling_list(reader, 16 if index < 6 else 64)


def _skip_scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.signed()) % 256
        last = following or last


def _skip_picture_order(reader: BitReader) -> None:
    kind = reader.unsigned()
    if kind == 0:
        reader.unsigned()
    elif kind == 1:
        reader.skip(1)
        reader.signed()
        reader.signed()
        for _ in range(min(reader.unsigned(), 255)):
            reader.signed()


def _reorder_of_vui(reader: BitReader) -> int | None:
    """max_num_reorder_frames of the VUI (annex E.1.1), or None when it is not stated."""
    try:
        _skip_vui_head(reader)
        if not reader.flag():
            return None
        reader.skip(1)
        for _ in range(4):
            reader.unsigned()
        return reader.unsigned()
    except EOFError:
        return None


def _skip_vui_head(reader: BitReader) -> None:
    if reader.flag() and reader.bits(8) == EXTENDED_SAR:
        reader.skip(32)
    if reader.flag():
        reader.skip(1)
    _skip_video_signal(reader)
    if reader.flag():
        reader.unsigned()
        reader.unsigned()
    if reader.flag():
        reader.skip(65)
    nal_hrd = reader.flag()
    if nal_hrd:
        _skip_hrd(reader)
    vcl_hrd = reader.flag()
    if vcl_hrd:
        _skip_hrd(reader)
    if nal_hrd or vcl_hrd:
        reader.skip(1)
    reader.skip(1)


def _skip_video_signal(reader: BitReader) -> None:
    if reader.flag():
        reader.skip(4)
        if reader.flag():
            reader.skip(24)


def _skip_hrd(reader: BitReader) -> None:
    count = reader.unsigned() + 1
    reader.skip(8)
    for _ in range(min(count, 32)):
        reader.unsigned()
        reader.unsigned()
        reader.skip(1)
    reader.skip(20)
