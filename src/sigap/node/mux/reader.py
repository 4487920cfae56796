"""Reads our own recordings: where each fragment lies, when it was, how long. For playback and mend.

Reads only headers, so a minute of video costs some tens of small reads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sigap.node.errors import DamagedFile
from sigap.node.frames import CLOCK_HZ
from sigap.node.mux.boxes import (
    COUNT_OFFSET,
    KEY_FLAGS,
    MOOF_HEAD_BYTES,
    NTP_EPOCH_S,
    PRFT_BYTES,
    ROW_BYTES,
    TFDT_OFFSET,
)
from sigap.node.mux.sound import SOUND_TFDT_OFFSET, TRAF_HEAD_BYTES

MAX_MOOF_BYTES = 1 << 20
MAX_INIT_BYTES = 1 << 20
_TOP_LEVEL = frozenset({b"ftyp", b"moov"})


@dataclass(frozen=True, slots=True)
class FragmentPlace:
    """`starts_at`: Unix seconds of its first picture. `base`, `duration`: ticks of 90 kHz."""

    offset: int
    size: int
    starts_at: float
    base: int
    duration: int
    key: bool

    @property
    def ends_at(self) -> float:
        return self.starts_at + self.duration / CLOCK_HZ


@dataclass(frozen=True, slots=True)
class FileMap:
    """What a recording holds. `whole_bytes` < the file's size when its end was cut off."""

    init: bytes
    fragments: tuple[FragmentPlace, ...]
    whole_bytes: int


def map_file(path: Path) -> FileMap:
    """Raises DamagedFile when not even the beginning can be read, OSError as usual."""
    with path.open("rb") as file:
        init = _read_init(file)
        fragments = tuple(_read_fragments(file, len(init)))
    end = fragments[-1].offset + fragments[-1].size if fragments else len(init)
    return FileMap(init, fragments, end)


def _read_init(file: BinaryIO) -> bytes:
    init = b""
    while True:
        head = file.read(8)
        if len(head) < 8:
            break
        size, kind = struct.unpack(">I4s", head)
        if kind not in _TOP_LEVEL:
            break
        if not 8 <= size <= MAX_INIT_BYTES:
            raise DamagedFile("bad box size")
        body = file.read(size - 8)
        if len(body) < size - 8:
            raise DamagedFile("ends within its header")
        init += head + body
    if b"moov" not in init:
        raise DamagedFile("no header")
    return init


def _read_fragments(file: BinaryIO, begin: int) -> Iterator[FragmentPlace]:
    file.seek(0, 2)
    end = file.tell()
    while begin < end:
        place = _read_fragment(file, begin, end)
        if place is None:
            return
        yield place
        begin += place.size


def _read_fragment(file: BinaryIO, begin: int, end: int) -> FragmentPlace | None:
    """None when the fragment at `begin` is not whole."""
    file.seek(begin)
    head = file.read(PRFT_BYTES + 8)
    if len(head) < PRFT_BYTES + 8 or head[4:8] != b"prft" or head[36:40] != b"moof":
        return None
    (moof_bytes,) = struct.unpack_from(">I", head, PRFT_BYTES)
    if not MOOF_HEAD_BYTES <= moof_bytes <= MAX_MOOF_BYTES:
        return None
    moof = head[PRFT_BYTES:] + file.read(moof_bytes - 8 + 8)
    if len(moof) < moof_bytes + 8 or moof[moof_bytes + 4 : moof_bytes + 8] != b"mdat":
        return None
    (mdat_bytes,) = struct.unpack_from(">I", moof, moof_bytes)
    size = PRFT_BYTES + moof_bytes + mdat_bytes
    if mdat_bytes < 8 or begin + size > end:
        return None
    rows_end = _rows_end(moof)
    if rows_end > moof_bytes:
        return None
    durations = struct.unpack_from(f">{(rows_end - MOOF_HEAD_BYTES) // 4}I", moof, MOOF_HEAD_BYTES)
    (ntp,) = struct.unpack_from(">Q", head, 16)
    (base,) = struct.unpack_from(">Q", moof, TFDT_OFFSET)
    return FragmentPlace(
        offset=begin,
        size=size,
        starts_at=ntp / (1 << 32) - NTP_EPOCH_S,
        base=base,
        duration=sum(durations[::4]),
        key=durations[2] == KEY_FLAGS if durations else False,
    )


def with_base(fragment: bytes, base: int, sequence: int) -> bytes:
    """The same fragment at another decode time, for playback in one piece; its sound moves too."""
    data = bytearray(fragment)
    (former,) = struct.unpack_from(">Q", data, PRFT_BYTES + TFDT_OFFSET)
    struct.pack_into(">I", data, PRFT_BYTES + 20, sequence & 0xFFFFFFFF)
    struct.pack_into(">Q", data, PRFT_BYTES + TFDT_OFFSET, base)
    struct.pack_into(">Q", data, PRFT_BYTES - 8, base)
    sound_at = PRFT_BYTES + _rows_end(memoryview(data)[PRFT_BYTES:])
    (moof_bytes,) = struct.unpack_from(">I", data, PRFT_BYTES)
    if sound_at + TRAF_HEAD_BYTES <= PRFT_BYTES + moof_bytes:
        place = sound_at + SOUND_TFDT_OFFSET
        (sound_base,) = struct.unpack_from(">Q", data, place)
        struct.pack_into(">Q", data, place, max(0, sound_base + base - former))
    return bytes(data)


def _rows_end(moof: bytes | memoryview) -> int:
    """Where the picture's `traf` ends in a `moof`: the sound's begins there, if there is any."""
    (count,) = struct.unpack_from(">I", moof, COUNT_OFFSET)
    return MOOF_HEAD_BYTES + ROW_BYTES * int(count)
