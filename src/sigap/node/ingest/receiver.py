"""Our own RTSP client for H.264 and H.265 over TCP or TLS, interleaved, with sound if it is wanted.

One per connected camera; used by `source`. FFmpeg's client makes six system calls a packet where
this makes one for all packets of a tick.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sigap.node.errors import CameraError, UnsupportedByReceiver
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

STALL_S = 5.0
WORTHLESS_S = 20.0
ROUND_S = 0.25
REPORT_S = 10.0
DEFAULT_SESSION_S = 60
SHORTEST_KEEP_ALIVE_S = 2.0
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

    def __init__(self, url: str, shared: IngestShared) -> None:
        self.depacketiser: Depacketiser | None = None
        self.clock = SenderClock()
        self.audio: AudioTrack | None = None
        self._address = RtspAddress.parse(url)
        self._shared = shared
        self._methods: frozenset[str] = frozenset()
        self._session_s = DEFAULT_SESSION_S
        self._delivered, self._delivered_at = -1, 0.0

    @property
    def had_picture(self) -> bool:
        return self.depacketiser is not None and self.depacketiser.counts.delivered > 0

    async def run(self, sink: AccessUnitSink, audio_sink: AudioUnitSink | None = None) -> None:
        """`audio_sink` None: sound is not even asked for."""
        splitter = Splitter(self._shared.ticker, lambda message: dialogue.take_answer(message))
        connection = Connection(self._shared.ticker, splitter.parse)
        dialogue = Dialogue(connection, self._address)
        look: Callable[[], None] | None = None
        try:
            await connection.open(self._place())
            self._check_certificate(connection)
            await self._start(dialogue, splitter, sink, audio_sink)
            connection.use_tick()
            look = self._keep_alive(connection, dialogue, splitter)
            self._shared.rounds.add(look)
            await connection.closed
        finally:
            if look is not None:
                self._shared.rounds.discard(look)
            if dialogue.session and not connection.closed.done():
                dialogue.tell("TEARDOWN")
            if self.depacketiser is not None:
                self.depacketiser.let_go()
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
        splitter: Splitter,
        sink: AccessUnitSink,
        audio_sink: AudioUnitSink | None,
    ) -> None:
        """OPTIONS, DESCRIBE, SETUP, PLAY."""
        url = self._address.url
        self._methods = await dialogue.ask_methods()
        described = await dialogue.request("DESCRIBE", url, {"Accept": "application/sdp"})
        base = described.header("content-base") or url
        text = described.body.decode("utf-8", "replace")
        track = find_video(text, base)
        self._session_s = await _set_up(dialogue, track.control, VIDEO_RTP)
        self.depacketiser = make_depacketiser(track, sink)
        splitter.on_channel[VIDEO_RTCP] = self.clock.take
        self.audio = find_audio(text, base)
        if audio_sink is not None:
            await self._add_audio(dialogue, splitter, audio_sink)
        splitter.video = self.depacketiser
        splitter.last_packet_at = time.monotonic()
        await dialogue.request("PLAY", url, {"Range": "npt=0.000-"})

    async def _add_audio(
        self, dialogue: Dialogue, splitter: Splitter, audio_sink: AudioUnitSink
    ) -> None:
        """A camera that will not send its sound still sends its picture."""
        track = self.audio
        if track is None:
            return
        try:
            await _set_up(dialogue, track.control, AUDIO_RTP)
        except CameraError:
            self.audio = None
            return
        splitter.on_channel[AUDIO_RTP] = AudioDepacketiser(track, audio_sink).feed

    def _keep_alive(
        self, connection: Connection, dialogue: Dialogue, splitter: Splitter
    ) -> Callable[[], None]:
        """What is looked after at each round: a stall, our reports, the camera's patience."""
        keep_alive_s = max(SHORTEST_KEEP_ALIVE_S, self._session_s / 2)
        now = time.monotonic()
        next_keep_alive, next_report = now + keep_alive_s, now + REPORT_S

        def look() -> None:
            nonlocal next_keep_alive, next_report
            now = time.monotonic()
            if now - splitter.last_packet_at > STALL_S:
                connection.fail(CameraError(f"no picture for {STALL_S:.0f} s"))
            if self._delivers_nothing(now):
                connection.fail(CameraError(f"no whole picture for {WORTHLESS_S:.0f} s"))
            if now >= next_keep_alive:
                dialogue.tell(self._keep_alive_method())
                next_keep_alive = now + keep_alive_s
            if now >= next_report:
                self._report(dialogue)
                next_report = now + REPORT_S

        return look

    def _delivers_nothing(self, now: float) -> bool:
        """Packets come, but no picture of them: perhaps of another codec than was described."""
        delivered = self.depacketiser.counts.delivered if self.depacketiser is not None else 0
        if delivered != self._delivered:
            self._delivered, self._delivered_at = delivered, now
        return now - self._delivered_at > WORTHLESS_S

    def _keep_alive_method(self) -> str:
        """The only one that every camera knows is OPTIONS; some forget a session over it."""
        return "GET_PARAMETER" if "GET_PARAMETER" in self._methods else "OPTIONS"

    def _report(self, dialogue: Dialogue) -> None:
        received = self.depacketiser
        if received is not None and self.clock.source:
            report = self.clock.receiver_report(
                received.counts, received.highest_sequence, time.time()
            )
            dialogue.send_packet(VIDEO_RTCP, report)


async def _set_up(dialogue: Dialogue, control: str, channel: int) -> int:
    """Returns after how many seconds without a sign of life the camera ends the session."""
    transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
    answer = await dialogue.request("SETUP", control, {"Transport": transport})
    granted = re.search(r"interleaved=(\d+)", answer.header("transport").lower())
    if granted is None:
        raise UnsupportedByReceiver("camera does not do RTP over TCP", transport="udp")
    if int(granted[1]) != channel:
        raise UnsupportedByReceiver("camera numbers its channels itself")
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
