"""A clip cut into RTP payloads once, so that many simulated cameras can send it cheaply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from sigap.node.errors import CameraError
from sigap.node.frames import CLOCK_HZ, AudioCodec, AudioFormat, Codec
from sigap.node.ingest import h264, h265
from sigap.node.ingest.container import read_units
from sigap.node.ingest.transcode import camera_copy
from sigap.node.simulate.payloads import (
    VIDEO_TYPE,
    sound_lines,
    sound_payload,
    video_parameters,
    video_payloads,
)

G711_PACKET_BYTES = 320


@dataclass(frozen=True, slots=True)
class SoundPacket:
    """`stamp`: ticks of the sound's own rate since the start of the clip."""

    stamp: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """`offset`: when it is sent, in ticks since the start of the clip; it is shown `later` so many.

    `payloads`: its RTP payloads in order; the first holds the parameter sets of a key picture.
    `sounds`: the sound until the next picture.
    """

    offset: int
    key: bool
    payloads: tuple[bytes, ...]
    sounds: tuple[SoundPacket, ...] = ()
    later: int = 0


@dataclass(frozen=True, slots=True)
class Clip:
    """`sets`: the parameter sets, in the order of decoding."""

    name: str
    fps: float
    duration: int
    pictures: tuple[Picture, ...]
    codec: Codec
    sets: tuple[bytes, ...]
    sound: AudioFormat | None = None

    @property
    def sps(self) -> bytes:
        """Of an H.264 clip."""
        return next(nal for nal in self.sets if nal[0] & 31 == h264.Nal.SPS)

    @property
    def pps(self) -> bytes:
        """Of an H.264 clip."""
        return next(nal for nal in self.sets if nal[0] & 31 == h264.Nal.PPS)

    def description(self, *, with_parameters: bool, offer: str = "") -> str:
        """SDP of the picture's track, and of the sound's. `offer`: another codec than it is."""
        parameters = video_parameters(self.codec, self.sets) if with_parameters else ""
        mode = "packetization-mode=1;" if self.codec is Codec.H264 else ""
        name = offer or ("H265" if self.codec is Codec.H265 else "H264")
        lines = [
            "v=0",
            "o=- 0 0 IN IP4 127.0.0.1",
            "s=Sigap simulated camera",
            "c=IN IP4 127.0.0.1",
            "t=0 0",
            "a=control:*",
            f"m=video 0 RTP/AVP {VIDEO_TYPE}",
            f"a=rtpmap:{VIDEO_TYPE} {name}/{CLOCK_HZ}",
            f"a=fmtp:{VIDEO_TYPE} {mode}{parameters}",
            f"a=framerate:{self.fps:g}",
            "a=control:track1",
        ]
        lines += sound_lines(self.sound) if self.sound else []
        return "".join(f"{line}\r\n" for line in lines)


def load_clip(
    name: str, path: Path, cache: Path, *, keep_h265: bool = False, keep_order: bool = False
) -> Clip:
    """Read a clip, converting it first if few cameras would send it so. Raises CameraError.

    H.265 becomes H.264, which browsers play, unless `keep_h265`; reordered pictures are put in
    order unless `keep_order`. AAC and G.711 are sent along.
    """
    codecs = frozenset({Codec.H264, Codec.H265} if keep_h265 else {Codec.H264})
    source = path if keep_order else camera_copy(path, cache, codecs)
    with av.open(str(source)) as container:
        units = list(read_units(container))
        rate = container.streams.video[0].average_rate
    if not units:
        raise CameraError(f"{path.name} holds no picture", misconfigured=True)
    picture_format = units[0].format
    sets = _sets_of(picture_format.codec, picture_format.decoder_record)
    fps = float(rate or 25)
    pictures = tuple(
        Picture(
            unit.dts or 0,
            unit.key,
            video_payloads(picture_format.codec, unit.payload, sets if unit.key else ()),
            later=unit.pts - (unit.dts or 0),
        )
        for unit in units
    )
    duration = pictures[-1].offset + round(CLOCK_HZ / fps)
    silent = Clip(name, fps, duration, pictures, picture_format.codec, sets)
    return _with_sound(silent, path)


def _sets_of(codec: Codec, record: bytes) -> tuple[bytes, ...]:
    if codec is Codec.H265:
        return h265.parameter_sets_of_record(record)
    sps, pps = h264.parameter_sets_of_record(record)
    return (*sps, *pps)


def _with_sound(clip: Clip, path: Path) -> Clip:
    """The sound of the file itself: a converted copy has none."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return clip
        stream = container.streams.audio[0]
        sound = _sound_format(stream)
        if sound is None:
            return clip
        packets = list(_sound_packets(container, stream, sound))
    ends = [picture.offset for picture in clip.pictures[1:]] + [clip.duration]
    pictures = tuple(
        replace(picture, sounds=_between(packets, sound.rate_hz, picture.offset, end))
        for picture, end in zip(clip.pictures, ends, strict=True)
    )
    return replace(clip, pictures=pictures, sound=sound)


def _sound_format(stream: AudioStream) -> AudioFormat | None:
    context = stream.codec_context
    try:
        codec = AudioCodec(context.name)
    except ValueError:
        return None
    config = bytes(context.extradata or b"") if codec is AudioCodec.AAC else b""
    if codec is AudioCodec.AAC and len(config) < 2:
        return None
    return AudioFormat(codec, context.sample_rate, context.channels, config)


def _sound_packets(
    container: InputContainer, stream: AudioStream, sound: AudioFormat
) -> Iterator[SoundPacket]:
    first: int | None = None
    size = G711_PACKET_BYTES * sound.channels if sound.codec is not AudioCodec.AAC else 1 << 20
    for packet in container.demux(stream):
        if not packet.size or packet.pts is None or packet.time_base is None:
            continue
        first = packet.pts if first is None else first
        stamp = round((packet.pts - first) * packet.time_base * sound.rate_hz)
        data = bytes(packet)
        for begin in range(0, len(data), size):
            piece = data[begin : begin + size]
            at = stamp + begin // sound.channels
            yield SoundPacket(at, sound_payload(sound.codec, piece))


def _between(
    packets: list[SoundPacket], rate_hz: int, begin: int, end: int
) -> tuple[SoundPacket, ...]:
    """`begin`, `end` in ticks of 90 kHz."""
    return tuple(packet for packet in packets if begin <= packet.stamp * CLOCK_HZ // rate_hz < end)
