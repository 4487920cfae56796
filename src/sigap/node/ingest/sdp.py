"""Reads a session description (RFC 4566) for the one video track we want. Called by `receiver`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from sigap.node.errors import UnsupportedByReceiver

_SPROP = re.compile(r"sprop-parameter-sets=([^;\s]+)")


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """`control`: the URL for SETUP; `payload_type`: the RTP number of the H.264 stream."""

    control: str
    payload_type: int
    sprop: str


def find_h264(sdp: str, base_url: str) -> VideoTrack:
    """The first H.264 video track. Raises UnsupportedByReceiver when there is none."""
    for section in re.split(r"(?m)^m=", sdp)[1:]:
        mapped = re.search(r"(?mi)^a=rtpmap:(\d+)\s+H264/90000", section)
        if not section.startswith("video") or mapped is None:
            continue
        sprop = _SPROP.search(section)
        control = re.search(r"(?m)^a=control:(\S+)", section)
        return VideoTrack(
            control=_absolute(control[1] if control else "", base_url),
            payload_type=int(mapped[1]),
            sprop=sprop[1] if sprop else "",
        )
    raise UnsupportedByReceiver("camera offers no H.264 over RTP")


def _absolute(control: str, base_url: str) -> str:
    if control in ("", "*"):
        return base_url
    if "://" in control:
        return control
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/") + "/" + control
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
