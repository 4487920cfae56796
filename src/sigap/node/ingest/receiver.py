"""Our own RTSP client for H.264 and H.265 over TCP, TLS or UDP, with sound if it is wanted.

One per connected camera; used by `source`. FFmpeg's client makes six system calls a packet where
this makes one for all packets of a tick.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sigap.node.errors import CameraError, Moved
from sigap.node.frames import AccessUnitSink, AudioUnitSink, Codec
from sigap.node.ingest import h264, h265
from sigap.node.ingest.connection import Connection, Place
from sigap.node.ingest.dialogue import Dialogue
from sigap.node.ingest.interleaved import Splitter
from sigap.node.ingest.pins import CertificatePins, camera_context
from sigap.node.ingest.rtcp import SenderClock
from sigap.node.ingest.rtp import Depacketiser
from sigap.node.ingest.rtp_audio import AudioDepacketiser
from sigap.node.ingest.rtp_h264 import H264Depacketiser
from sigap.node.ingest.rtp_h265 import H265Depacketiser
from sigap.node.ingest.rtsp import RtspAddress
from sigap.node.ingest.sdp import AudioTrack, VideoTrack, find_audio, find_video
from sigap.node.ingest.ticker import ReadTicker, Ticker
from sigap.node.ingest.transport import Datagrams, Interleaved, Transport

STALL_S = 5.0
WORTHLESS_S = 20.0
ROUND_S = 0.25
REPORT_S = 10.0
DEFAULT_SESSION_S = 60
SHORTEST_KEEP_ALIVE_S = 1.0
MOST_MOVES = 3
MOST_FOREIGN = 50
VIDEO_RTP, VIDEO_RTCP, AUDIO_RTP, AUDIO_RTCP = range(4)


@dataclass(frozen=True, slots=True)
class IngestShared:
    """What all receivers of a node share. `rounds`: for what is looked after now and then."""

    pins: CertificatePins
    ticker: ReadTicker = field(default_factory=ReadTicker)
    rounds: Ticker = field(default_factory=lambda: Ticker(ROUND_S))


class RtspReceiver:
    """One connection to a camera: `run` plays until it breaks, and then raises CameraError.

    `audio`: the track of sound that the camera offers, None where there is none to be had.
    """

    def __init__(self, url: str, shared: IngestShared, *, datagrams: bool = False) -> None:
        self.depacketiser: Depacketiser | None = None
        self.clock = SenderClock()
        self.audio: AudioTrack | None = None
        self._address = RtspAddress.parse(url)
        self._shared, self._wants_datagrams = shared, datagrams
        self._session_s = DEFAULT_SESSION_S
        self._delivered, self._delivered_at = -1, 0.0
        self._packets, self._packet_at = -1, 0.0

    @property
    def had_picture(self) -> bool:
        return self.depacketiser is not None and self.depacketiser.counts.delivered > 0

    async def run(self, sink: AccessUnitSink, audio_sink: AudioUnitSink | None = None) -> None:
        """`audio_sink` None: sound is not even asked for."""
        for _ in range(MOST_MOVES):
            try:
                await self._run(sink, audio_sink)
            except Moved as moved:
                self._address = self._address.moved_to(moved.url)
        raise CameraError("camera sends us from one address to the next")

    async def _run(self, sink: AccessUnitSink, audio_sink: AudioUnitSink | None) -> None:
        splitter = Splitter(self._shared.ticker, lambda message: dialogue.take_answer(message))
        connection = Connection(self._shared.ticker, splitter.parse)
        dialogue = Dialogue(connection, self._address)
        transport: Transport | None = None
        look: Callable[[], None] | None = None
        try:
            await connection.open(self._place())
            self._check_certificate(connection)
            transport = (
                Datagrams(connection.peer_host, connection.fail)
                if self._wants_datagrams
                else Interleaved(splitter, dialogue)
            )
            await self._start(dialogue, transport, sink, audio_sink)
            connection.use_tick()
            look = self._keep_alive(connection, dialogue, transport)
            self._shared.rounds.add(look)
            await connection.closed
        finally:
            if look is not None:
                self._shared.rounds.discard(look)
            if dialogue.session and not connection.closed.done():
                dialogue.tell("TEARDOWN")
            if self.depacketiser is not None:
                self.depacketiser.let_go()
            if transport is not None:
                transport.close()
            connection.close()

    def _place(self) -> Place:
        address = self._address
        return Place(address.host, address.port, camera_context() if address.tls else None)

    def _check_certificate(self, connection: Connection) -> None:
        if connection.certificate is not None:
            place = f"{self._address.host}:{self._address.port}"
            self._shared.pins.check(place, connection.certificate)

    async def _start(
        self,
        dialogue: Dialogue,
        transport: Transport,
        sink: AccessUnitSink,
        audio_sink: AudioUnitSink | None,
    ) -> None:
        """OPTIONS, DESCRIBE, SETUP, PLAY."""
        url = self._address.url
        await dialogue.ask_methods()
        described = await dialogue.request("DESCRIBE", url, {"Accept": "application/sdp"})
        base = described.header("content-base") or url
        text = described.body.decode("utf-8", "replace")
        track = find_video(text, base)
        self._session_s = await _set_up(dialogue, track.control, transport, VIDEO_RTP)
        self.depacketiser = make_depacketiser(track, sink)
        transport.take(VIDEO_RTCP, self.clock.take)
        self.audio = find_audio(text, base)
        if audio_sink is not None:
            await self._add_audio(dialogue, transport, audio_sink)
        transport.take_video(self.depacketiser)
        self._packet_at = time.monotonic()
        await dialogue.request("PLAY", url, {"Range": "npt=0.000-"})

    async def _add_audio(
        self, dialogue: Dialogue, transport: Transport, audio_sink: AudioUnitSink
    ) -> None:
        """A camera that will not send its sound still sends its picture."""
        track = self.audio
        if track is None:
            return
        try:
            await _set_up(dialogue, track.control, transport, AUDIO_RTP)
        except CameraError:
            self.audio = None
            return
        transport.take(AUDIO_RTP, AudioDepacketiser(track, audio_sink).feed)

    def _keep_alive(
        self, connection: Connection, dialogue: Dialogue, transport: Transport
    ) -> Callable[[], None]:
        """What is looked after at each round: a stall, our reports, the camera's patience."""
        keep_alive_s = max(SHORTEST_KEEP_ALIVE_S, self._session_s / 2)
        now = time.monotonic()
        next_keep_alive, next_report = now + keep_alive_s, now + REPORT_S

        def look() -> None:
            nonlocal next_keep_alive, next_report
            now = time.monotonic()
            transport.look()
            problem = self._problem(now)
            if problem:
                connection.fail(CameraError(problem))
            if now >= next_keep_alive:
                dialogue.keep_alive()
                next_keep_alive = now + keep_alive_s
            if now >= next_report:
                self._report(transport)
                next_report = now + REPORT_S

        return look

    def _problem(self, now: float) -> str:
        """Why the connection is worth nothing; empty while it is."""
        if self.depacketiser is None:
            return ""
        counts = self.depacketiser.counts
        if counts.packets != self._packets:
            self._packets, self._packet_at = counts.packets, now
        if counts.delivered != self._delivered:
            self._delivered, self._delivered_at = counts.delivered, now
        if now - self._packet_at > STALL_S:
            return f"no picture for {STALL_S:.0f} s"
        if counts.foreign > MOST_FOREIGN:
            return "camera sends another codec than it said"
        if now - self._delivered_at > WORTHLESS_S:
            return f"no whole picture for {WORTHLESS_S:.0f} s"
        return ""

    def _report(self, transport: Transport) -> None:
        received = self.depacketiser
        if received is not None and self.clock.source:
            report = self.clock.receiver_report(
                received.counts, received.highest_sequence, time.time()
            )
            transport.report(VIDEO_RTCP, report)


async def _set_up(dialogue: Dialogue, control: str, transport: Transport, channel: int) -> int:
    """Returns after how many seconds without a sign of life the camera ends the session."""
    answer = await dialogue.request("SETUP", control, {"Transport": transport.wanted(channel)})
    transport.granted(answer.header("transport").lower(), channel)
    dialogue.session, _, options = answer.header("session").partition(";")
    timeout = re.search(r"timeout=(\d+)", options)
    return int(timeout[1]) if timeout else DEFAULT_SESSION_S


def make_depacketiser(track: VideoTrack, sink: AccessUnitSink) -> Depacketiser:
    """Parameter sets in the description may be nonsense; those in the stream then count."""
    if track.codec is Codec.H265:
        sets = h265.parameter_sets_of_sdp(track.parameters)
        return H265Depacketiser(sink, sets=sets, payload_type=track.payload_type)
    sps, pps = h264.parameter_sets_of_sdp(track.sprop)
    return H264Depacketiser(sink, sps=sps, pps=pps, payload_type=track.payload_type)
