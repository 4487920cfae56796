"""RTCP (RFC 3550 6.4): what a camera's sender reports say, and our receiver reports. No I/O.

Called by `receiver`: the reports keep the session alive, and tell how wrong the camera's clock is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sigap.node.ingest.rtp import ReceiveCounts

SENDER_REPORT, RECEIVER_REPORT = 200, 201
NTP_EPOCH_S = 2_208_988_800
OWN_SOURCE = 0x51CA9
_SENDER = struct.Struct(">BBHIII").unpack_from
_REPORT = struct.Struct(">BBHIIIIIII")
_LARGEST_LOST = 0x7FFFFF


@dataclass(slots=True)
class SenderClock:
    """What the last sender report told. `skew_s`: the camera's clock ahead of ours; None before."""

    skew_s: float | None = None
    source: int = 0
    middle_ntp: int = 0
    received_at: float = 0.0

    def take(self, packet: memoryview, received_at: float) -> None:
        """A compound packet; whatever is no sender report is passed over."""
        offset = 0
        while offset + 8 <= len(packet):
            length = 4 + 4 * (packet[offset + 2] << 8 | packet[offset + 3])
            if packet[offset] >> 6 != 2 or offset + length > len(packet):
                return
            if packet[offset + 1] == SENDER_REPORT and length >= 20:
                self._take_report(packet[offset:], received_at)
            offset += length

    def _take_report(self, packet: memoryview, received_at: float) -> None:
        _, _, _, self.source, seconds, fraction = _SENDER(packet)
        self.middle_ntp = (seconds & 0xFFFF) << 16 | fraction >> 16
        self.received_at = received_at
        if seconds:
            self.skew_s = seconds - NTP_EPOCH_S + fraction / (1 << 32) - received_at

    def receiver_report(self, counts: ReceiveCounts, highest: int, now: float) -> bytes:
        """What we tell the camera: how much was lost, and when its last report came."""
        lost = min(counts.lost, _LARGEST_LOST)
        since = int((now - self.received_at) * 65536) if self.middle_ntp else 0
        words = (self.source, lost, highest & 0xFFFF, 0, self.middle_ntp, since & 0xFFFFFFFF)
        return _REPORT.pack(0x81, RECEIVER_REPORT, 7, OWN_SOURCE, *words)
