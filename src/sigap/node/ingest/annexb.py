"""NAL units between start codes, as files and encoders deliver them, and back. No I/O."""

from __future__ import annotations

import struct
from collections.abc import Iterator

START = b"\0\0\1"
LENGTH_BYTES = 4


def split_annexb(stream: bytes) -> Iterator[bytes]:
    """NAL units of an Annex B byte stream, without start codes and trailing zeros."""
    begin = stream.find(START)
    while begin >= 0:
        following = stream.find(START, begin + 3)
        end = following if following >= 0 else len(stream)
        nal = stream[begin + 3 : end].rstrip(b"\0")
        if nal:
            yield nal
        begin = following


def split_sized(payload: bytes | memoryview, length_bytes: int = LENGTH_BYTES) -> Iterator[bytes]:
    """NAL units that are each preceded by their length. Stops silently where the data is cut."""
    offset, size = 0, len(payload)
    while offset + length_bytes <= size:
        length = int.from_bytes(payload[offset : offset + length_bytes], "big")
        offset += length_bytes
        if length == 0 or offset + length > size:
            return
        yield bytes(payload[offset : offset + length])
        offset += length


def join_sized(nals: list[bytes]) -> bytes:
    """The payload of a `Frame` made of these NAL units."""
    return b"".join(struct.pack(">I", len(nal)) + nal for nal in nals)
