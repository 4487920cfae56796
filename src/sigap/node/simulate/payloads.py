"""NAL units and sound → RTP payloads, as cameras send them (RFC 6184, 7798, 3640). No I/O.

The counterpart of `ingest/rtp_*`, for the simulator. Called by `clip`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from sigap.node.frames import AudioCodec, AudioFormat, Codec
from sigap.node.ingest import h265
from sigap.node.ingest.annexb import split_sized
from sigap.node.ingest.h264 import Nal
from sigap.node.ingest.rtp_h265 import AGGREGATION, FRAGMENTATION

MTU = 1400
VIDEO_TYPE, SOUND_TYPE = 96, 97
_SETS = {h265.VPS: "vps", h265.SPS: "sps", h265.PPS: "pps"}


def video_payloads(codec: Codec, picture: bytes, sets: Sequence[bytes]) -> tuple[bytes, ...]:
    """Of one picture; `sets` go before it, in one packet."""
    payloads = [_aggregate(codec, sets)] if sets else []
    for nal in split_sized(picture):
        payloads += [nal] if len(nal) <= MTU else _fragments(codec, nal)
    return tuple(payloads)


def sound_payload(codec: AudioCodec, unit: bytes) -> bytes:
    """One unit; AAC gets its header of 13 bits of size and 3 of index."""
    if codec is AudioCodec.AAC:
        return b"\0\x10" + (len(unit) << 3).to_bytes(2, "big") + unit
    return unit


def video_parameters(codec: Codec, sets: Sequence[bytes]) -> str:
    """The `a=fmtp` line's parameters that hold the parameter sets."""
    coded = [(nal, base64.b64encode(nal).decode()) for nal in sets]
    if codec is Codec.H265:
        return ";".join(f"sprop-{_SETS[h265.nal_kind(nal)]}={text}" for nal, text in coded)
    profile = sets[0][1:4].hex()
    joined = ",".join(text for _, text in coded)
    return f"profile-level-id={profile};sprop-parameter-sets={joined}"


def sound_lines(sound: AudioFormat) -> list[str]:
    """The section of the session description for the second track."""
    names = {AudioCodec.PCMA: (8, "PCMA"), AudioCodec.PCMU: (0, "PCMU")}
    number, name = names.get(sound.codec, (SOUND_TYPE, "mpeg4-generic"))
    lines = [
        f"m=audio 0 RTP/AVP {number}",
        f"a=rtpmap:{number} {name}/{sound.rate_hz}/{sound.channels}",
        "a=control:track2",
    ]
    if sound.codec is AudioCodec.AAC:
        lines.insert(
            2,
            f"a=fmtp:{number} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;"
            f"indexlength=3;indexdeltalength=3;config={sound.config.hex()}",
        )
    return lines


def sound_type(sound: AudioFormat) -> int:
    return {AudioCodec.PCMA: 8, AudioCodec.PCMU: 0}.get(sound.codec, SOUND_TYPE)


def _aggregate(codec: Codec, nals: Sequence[bytes]) -> bytes:
    head = bytes((AGGREGATION << 1, 1)) if codec is Codec.H265 else bytes((0x60 | Nal.STAP_A,))
    return head + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def _fragments(codec: Codec, nal: bytes) -> list[bytes]:
    if codec is Codec.H265:
        head, kind = bytes((nal[0] & 0x81 | FRAGMENTATION << 1, nal[1])), nal[0] >> 1 & 63
    else:
        head, kind = bytes((nal[0] & 0xE0 | Nal.FU_A,)), nal[0] & 31
    body, room = nal[len(head) :], MTU - len(head) - 1
    return [
        head
        + bytes((kind | (0 if begin else 0x80) | (0x40 if begin + room >= len(body) else 0),))
        + body[begin : begin + room]
        for begin in range(0, len(body), room)
    ]
