"""A clip cut into RTP payloads once, so that many simulated cameras can send it cheaply."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

import av

from sigap.node.errors import CameraError
from sigap.node.frames import CLOCK_HZ
from sigap.node.ingest.annexb import split_sized
from sigap.node.ingest.container import read_units
from sigap.node.ingest.h264 import Nal, parameter_sets_of_record
from sigap.node.ingest.transcode import h264_copy

MTU = 1400
PAYLOAD_TYPE = 96


@dataclass(frozen=True, slots=True)
class Picture:
    """`offset`: ticks since the start of the clip; `payloads`: its RTP payloads in order."""

    offset: int
    key: bool
    payloads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    name: str
    fps: float
    duration: int
    pictures: tuple[Picture, ...]
    sps: bytes
    pps: bytes

    def description(self, *, with_parameters: bool) -> str:
        """SDP of one H.264 track."""
        sets = ",".join(base64.b64encode(nal).decode() for nal in (self.sps, self.pps))
        profile = self.sps[1:4].hex()
        tail = f";profile-level-id={profile};sprop-parameter-sets={sets}" if with_parameters else ""
        lines = (
            "v=0",
            "o=- 0 0 IN IP4 127.0.0.1",
            "s=Sigap simulated camera",
            "c=IN IP4 127.0.0.1",
            "t=0 0",
            "a=control:*",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_HZ}",
            f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1{tail}",
            f"a=framerate:{self.fps:g}",
            "a=control:track1",
        )
        return "".join(f"{line}\r\n" for line in lines)


def load_clip(name: str, path: Path, cache: Path) -> Clip:
    """Read a clip, converting it first if it is no plain H.264. Raises CameraError."""
    with av.open(str(h264_copy(path, cache))) as container:
        units = list(read_units(container))
        rate = container.streams.video[0].average_rate
    if not units:
        raise CameraError(f"{path.name} holds no picture", misconfigured=True)
    sps, pps = parameter_sets_of_record(units[0].format.decoder_record)
    fps = float(rate or 25)
    pictures = tuple(
        Picture(unit.pts, unit.key, _payloads(unit.payload, sps + pps if unit.key else []))
        for unit in units
    )
    step = round(CLOCK_HZ / fps)
    return Clip(name, fps, pictures[-1].offset + step, pictures, sps[0], pps[0])


def _payloads(payload: bytes, parameter_sets: list[bytes]) -> tuple[bytes, ...]:
    payloads: list[bytes] = []
    if parameter_sets:
        payloads.append(_aggregate(parameter_sets))
    for nal in split_sized(payload):
        payloads += [nal] if len(nal) <= MTU else _fragments(nal)
    return tuple(payloads)


def _aggregate(nals: list[bytes]) -> bytes:
    return bytes([0x60 | Nal.STAP_A]) + b"".join(len(n).to_bytes(2, "big") + n for n in nals)


def _fragments(nal: bytes) -> list[bytes]:
    indicator, kind, body = nal[0] & 0xE0 | Nal.FU_A, nal[0] & 31, nal[1:]
    room = MTU - 2
    fragments = []
    for begin in range(0, len(body), room):
        first = 0x80 if begin == 0 else 0
        last = 0x40 if begin + room >= len(body) else 0
        fragments.append(bytes([indicator, kind | first | last]) + body[begin : begin + room])
    return fragments
