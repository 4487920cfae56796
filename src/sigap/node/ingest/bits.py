"""Reads Exp-Golomb coded parameter sets (ITU-T H.264 and H.265). Called by `h264` and `h265`."""

from __future__ import annotations


class BitReader:
    """Bits of a NAL unit's payload, most significant first. Raises EOFError past the end."""

    def __init__(self, nal_payload: bytes) -> None:
        raw = remove_emulation(nal_payload)
        self._value = int.from_bytes(raw, "big")
        self._length = len(raw) * 8
        self._position = 0

    def bits(self, count: int) -> int:
        self._position += count
        if self._position > self._length:
            raise EOFError("parameter set ends early")
        return (self._value >> (self._length - self._position)) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        self.bits(count)

    def unsigned(self) -> int:
        """ue(v)"""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 32:
                raise EOFError("not an Exp-Golomb code")
        return (1 << zeros) - 1 + (self.bits(zeros) if zeros else 0)

    def signed(self) -> int:
        """se(v)"""
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def remove_emulation(nal: bytes) -> bytes:
    """Drop the 0x03 of every 00 00 03, which keeps start codes out of the payload."""
    return nal.replace(b"\0\0\3", b"\0\0")
