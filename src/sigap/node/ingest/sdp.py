"""Reads a session description (RFC 4566) for the tracks we want. Called by `receiver`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from sigap.node.errors import UnsupportedByReceiver
from sigap.node.frames import CLOCK_HZ, AudioCodec, AudioFormat, Codec

STATIC_G711 = {8: AudioCodec.PCMA, 0: AudioCodec.PCMU}
G711_HZ = 8000
_AUDIO_NAMES = {
    "mpeg4-generic": AudioCodec.AAC,
    "pcma": AudioCodec.PCMA,
    "pcmu": AudioCodec.PCMU,
}
_VIDEO_NAMES = {"h264": Codec.H264, "h265": Codec.H265}
_RTPMAP = re.compile(r"(?mi)^a=rtpmap:(\d+)\s+([\w-]+)/(\d+)(?:/(\d+))?")
_CONTROL = re.compile(r"(?m)^a=control:(\S+)")


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """`control`: the URL for SETUP; `parameters`: the `a=fmtp` line, for parameter sets."""

    codec: Codec
    control: str
    payload_type: int
    parameters: str

    @property
    def sprop(self) -> str:
        """`sprop-parameter-sets` of H.264; empty when there are none."""
        return parameter(self.parameters, "sprop-parameter-sets")


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """`size_bits`, `index_bits`: of the AU headers of AAC (RFC 3640); 0 for G.711."""

    format: AudioFormat
    control: str
    payload_type: int
    size_bits: int = 0
    index_bits: int = 0


def find_video(sdp: str, base_url: str) -> VideoTrack:
    """The first H.264 or H.265 track. Raises UnsupportedByReceiver when there is none."""
    for section in _sections(sdp, "video"):
        for mapped in _RTPMAP.finditer(section):
            codec = _VIDEO_NAMES.get(mapped[2].lower())
            if codec is None or int(mapped[3]) != CLOCK_HZ:
                continue
            parameters = _parameters(section, mapped[1])
            _refuse_reordering(parameters)
            control = _control(section, base_url)
            return VideoTrack(codec, control, int(mapped[1]), parameters)
    raise UnsupportedByReceiver("camera offers no H.264 or H.265 over RTP")


def find_audio(sdp: str, base_url: str) -> AudioTrack | None:
    """The first track of sound that can be kept."""
    for section in _sections(sdp, "audio"):
        control = _control(section, base_url)
        for mapped in _RTPMAP.finditer(section):
            codec = _AUDIO_NAMES.get(mapped[2].lower())
            channels = int(mapped[4] or 1)
            if codec is None or not 0 < int(mapped[3]) <= 192_000 or not 0 < channels <= 8:
                continue
            if codec is AudioCodec.AAC:
                return _aac_track(section, mapped, control)
            plain = AudioFormat(codec, int(mapped[3]), channels)
            return AudioTrack(plain, control, int(mapped[1]))
        number = re.match(r"audio\s+\d+\s+\S+\s+(\d+)", section)
        if number and int(number[1]) in STATIC_G711:
            plain = AudioFormat(STATIC_G711[int(number[1])], G711_HZ, 1)
            return AudioTrack(plain, control, int(number[1]))
    return None


def parameter(parameters: str, name: str) -> str:
    """One value of an `a=fmtp` line; empty when it is not there."""
    found = re.search(rf"(?i)(?:^|[;\s]){re.escape(name)}=([^;\s]+)", parameters)
    return found[1] if found else ""


def _aac_track(section: str, mapped: re.Match[str], control: str) -> AudioTrack | None:
    """RFC 3640 in its mode for AAC; None for other modes."""
    parameters = _parameters(section, mapped[1])
    try:
        config = bytes.fromhex(parameter(parameters, "config"))
        size_bits = int(parameter(parameters, "sizelength") or 0)
        index_bits = int(parameter(parameters, "indexlength") or 0)
    except ValueError:
        return None
    if len(config) < 2 or not 0 < size_bits <= 16 or not 0 <= index_bits <= 8:
        return None
    sound = AudioFormat(AudioCodec.AAC, int(mapped[3]), int(mapped[4] or 1), config)
    return AudioTrack(sound, control, int(mapped[1]), size_bits, index_bits)


def _refuse_reordering(parameters: str) -> None:
    """Pictures whose packets come out of order are for the fallback."""
    interleaved = parameter(parameters, "packetization-mode") == "2"
    shuffled = parameter(parameters, "sprop-max-don-diff") not in ("", "0")
    if interleaved or shuffled:
        raise UnsupportedByReceiver("camera sends pictures out of order")


def _sections(sdp: str, kind: str) -> Iterator[str]:
    return (part for part in re.split(r"(?m)^m=", sdp)[1:] if part.startswith(kind))


def _parameters(section: str, payload_type: str) -> str:
    found = re.search(rf"(?m)^a=fmtp:{payload_type}\s+(.*)$", section)
    return found[1].strip() if found else ""


def _control(section: str, base_url: str) -> str:
    found = _CONTROL.search(section)
    return _absolute(found[1] if found else "", base_url)


def _absolute(control: str, base_url: str) -> str:
    if control in ("", "*"):
        return base_url
    if "://" in control:
        return control
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/") + "/" + control
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
