"""Chooses how to receive a camera. Called by `camera` at every attempt to connect."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from sigap.node.errors import CameraError, UnsupportedByReceiver
from sigap.node.frames import AccessUnitSink, AudioUnitSink
from sigap.node.ingest.container import FileSource, StreamSource
from sigap.node.ingest.receiver import IngestShared, RtspReceiver

RTSP_SCHEMES = frozenset({"rtsp", "rtsps"})
STREAM_SCHEMES = frozenset({"http", "https", "udp", "rtp", "srt", "rtmp"})


class Source(Protocol):
    """One attempt at a camera. `run` returns never: it raises CameraError when the picture ends."""

    @property
    def had_picture(self) -> bool: ...

    async def run(self, sink: AccessUnitSink, audio_sink: AudioUnitSink | None = None) -> None: ...


class SourceChooser:
    """Remembers what worked: a camera without RTP over TCP gets datagrams from then on, and one
    that our receiver cannot serve goes to PyAV."""

    def __init__(self, url: str, cache: Path, shared: IngestShared) -> None:
        self._url, self._cache, self._shared = url, cache, shared
        self._datagrams = False
        self._transport: str | None = None

    def choose(self) -> Source:
        scheme = urlsplit(self._url).scheme.lower()
        if scheme in RTSP_SCHEMES:
            if self._transport is not None:
                return StreamSource(self._url, transport=self._transport)
            return RtspReceiver(self._url, self._shared, datagrams=self._datagrams)
        if scheme in STREAM_SCHEMES:
            return StreamSource(self._url)
        if scheme == "file":
            return FileSource(Path(unquote(urlsplit(self._url).path)), self._cache)
        if scheme == "" and self._url:
            return FileSource(Path(self._url), self._cache)
        raise CameraError(f"address of unknown kind: {scheme}", misconfigured=True)

    def note_failure(self, error: CameraError) -> None:
        """Our receiver is out for good once it said so; then TCP and UDP take turns."""
        if self._transport is not None:
            self._transport = "udp" if self._transport == "tcp" else "tcp"
        elif isinstance(error, UnsupportedByReceiver):
            if error.transport == "tcp" or self._datagrams:
                self._transport = error.transport
            elif urlsplit(self._url).scheme.lower() != "rtsps":
                # Datagrams would be in the clear.
                self._datagrams = True
