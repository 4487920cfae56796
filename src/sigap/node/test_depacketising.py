"""The quick way through packets gives what the careful way gives, whatever the packets are."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigap.node.errors import CameraError
from sigap.node.frames import CLOCK_HZ, AccessUnit, AudioCodec, AudioFormat, AudioUnit, Codec
from sigap.node.ingest.h265 import parameter_sets_of_sdp, video_format
from sigap.node.ingest.interleaved import Splitter
from sigap.node.ingest.rtcp import SenderClock
from sigap.node.ingest.rtp import Depacketiser, ReceiveCounts
from sigap.node.ingest.rtp_audio import AudioDepacketiser
from sigap.node.ingest.rtp_h264 import H264Depacketiser
from sigap.node.ingest.rtp_h265 import H265Depacketiser
from sigap.node.ingest.sdp import AudioTrack, find_audio, find_video
from sigap.node.ingest.sound_timeline import SoundTimeline
from sigap.node.ingest.ticker import BUFFER_BYTES, ReadTicker
from sigap.node.ingest.timeline import Timeline
from sigap.node.simulate.clip import Clip, load_clip
from sigap.node.simulate.faults import Faults
from sigap.node.simulate.payloads import video_parameters
from sigap.node.simulate.play import Due, Stamper
from sigap.node.testclips import Look, render

SIZE = (640, 480)
PICTURES = 24
FIXTURES = [HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module", params=["libx264", "libx265"])
def large(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Pictures of many packets each."""
    folder = tmp_path_factory.mktemp("large")
    path = render(folder / "large.mp4", Look(size=SIZE, encoder=request.param), seconds=2.4)
    return load_clip("large", path, folder, keep_h265=True)


def receiver_of(clip: Clip, units: list[AccessUnit]) -> Depacketiser:
    if clip.codec is Codec.H265:
        return H265Depacketiser(units.append, sets=list(clip.sets))
    return H264Depacketiser(units.append, sps=[clip.sps], pps=[clip.pps])


def packets_of(clip: Clip) -> list[bytes]:
    """With their interleaved frames."""
    stamper = Stamper(Faults())
    return [
        packet
        for picture in clip.pictures[:PICTURES]
        for packet in stamper.picture(Due(picture.offset, 0, 0, picture))
    ]


def quickly(clip: Clip, stream: bytes, cuts: list[int]) -> tuple[list[AccessUnit], ReceiveCounts]:
    """Through the shared buffer, as the ticker reads it, in pieces that end at `cuts`."""
    units: list[AccessUnit] = []
    ticker = ReadTicker()
    splitter = Splitter(ticker, lambda message: None)
    splitter.video = receiver_of(clip, units)
    rest, begin = b"", 0
    most = range(0, len(stream), BUFFER_BYTES // 2)
    for cut in sorted({*cuts, *most, len(stream)}):
        data, begin = rest + stream[begin:cut], cut
        ticker.view[: len(data)] = data
        consumed = splitter.parse(len(data), 1.0)
        rest = data[consumed:]
        ticker.view[:] = bytes(len(ticker.view))
    return units, splitter.video.counts


def carefully(clip: Clip, packets: list[bytes]) -> tuple[list[AccessUnit], ReceiveCounts]:
    units: list[AccessUnit] = []
    receiver = receiver_of(clip, units)
    for packet in packets:
        receiver.feed(memoryview(packet)[4:], 1.0)
    return units, receiver.counts


def spoil(packets: list[bytes], dice: random.Random) -> list[bytes]:
    """Lose, repeat, swap and damage a few."""
    spoiled = list(packets)
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(spoiled) - 1)
        match dice.randrange(4):
            case 0:
                del spoiled[at]
            case 1:
                spoiled.insert(at, spoiled[at])
            case 2:
                spoiled[at], spoiled[at + 1] = spoiled[at + 1], spoiled[at]
            case _:
                damaged = bytearray(spoiled[at])
                damaged[dice.randrange(4, min(40, len(damaged)))] ^= 1 << dice.randrange(8)
                spoiled[at] = bytes(damaged)
    return spoiled


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 1 << 30))
def test_quick_and_careful_agree(large: Clip, seed: int) -> None:
    dice = random.Random(seed)
    packets = spoil(packets_of(large), dice)
    stream = b"".join(packets)
    cuts = sorted(dice.sample(range(1, len(stream)), dice.randrange(6)))
    units, counts = quickly(large, stream, cuts)
    expected, expected_counts = carefully(large, packets)
    assert [unit.payload for unit in units] == [unit.payload for unit in expected]
    assert [(unit.pts, unit.key) for unit in units] == [(u.pts, u.key) for u in expected]
    assert (counts.lost, counts.packets) == (expected_counts.lost, expected_counts.packets)


def test_whole_clip_arrives(large: Clip) -> None:
    units, counts = quickly(large, b"".join(packets_of(large)), [])
    assert len(units) == PICTURES
    assert [unit.key for unit in units] == [p.key for p in large.pictures[:PICTURES]]
    assert units[0].format.codec is large.codec
    assert (units[0].format.width, units[0].format.height) == SIZE
    assert (counts.lost, counts.damaged) == (0, 0)


@settings(max_examples=150, deadline=None)
@given(packets=st.lists(st.binary(max_size=120), max_size=12))
def test_no_packet_breaks_the_receivers(packets: list[bytes]) -> None:
    sound = AudioFormat(AudioCodec.AAC, 16_000, 1, b"\x14\x08")
    heard = AudioDepacketiser(AudioTrack(sound, "", 97, 13, 3), lambda unit: None)
    h265, clock = H265Depacketiser(lambda unit: None, sets=[]), SenderClock()
    for packet in packets:
        for data in (packet, b"\x80\xe1" + packet, b"\x80\x60\0\1" + bytes(8) + packet):
            h265.feed(memoryview(data), 1.0)
            heard.feed(memoryview(data), 1.0)
            clock.take(memoryview(data), 1.0)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=200))
def test_no_parameter_set_breaks_the_parser(data: bytes) -> None:
    try:
        video_format([b"\x40\x01" + data, b"\x42\x01" + data, b"\x44\x01" + data])
    except CameraError:
        return


def test_description_of_h265_with_sound(tmp_path: Path) -> None:
    path = render(tmp_path / "both.mp4", Look(encoder="libx265", sound="aac"), seconds=1)
    clip = load_clip("both", path, tmp_path, keep_h265=True)
    text = clip.description(with_parameters=True)
    track, sound = find_video(text, "rtsp://cam/x/"), find_audio(text, "rtsp://cam/x/")
    assert (track.codec, track.control) == (Codec.H265, "rtsp://cam/x/track1")
    assert parameter_sets_of_sdp(track.parameters) == list(clip.sets)
    assert video_parameters(clip.codec, clip.sets) in text
    assert sound is not None
    assert (sound.format, sound.control) == (clip.sound, "rtsp://cam/x/track2")
    static = find_audio("v=0\r\nm=audio 0 RTP/AVP 8\r\na=control:a\r\n", "rtsp://cam/x/")
    assert static is not None
    assert static.format == AudioFormat(AudioCodec.PCMA, 8000, 1)


def test_wall_clock_is_free_of_jitter_and_follows_the_machine(clip: Clip) -> None:
    dice, timeline = random.Random(5), Timeline()
    picture = H264Depacketiser(lambda unit: None, sps=[clip.sps], pps=[clip.pps])
    video = picture._format
    assert video is not None

    def placed(number: int, clock_s: float) -> float:
        arrival = 1e9 + clock_s + number / 25 + dice.random() * 0.04
        unit = AccessUnit(b"x", False, number * CLOCK_HZ // 25, None, arrival, video)
        wall = timeline.place(unit).received_at
        assert wall <= arrival + 1e-6
        return wall - 1e9 - clock_s - number / 25

    steady = [placed(number, 0.0) for number in range(200)][50:]
    assert max(steady) - min(steady) < 0.01
    ahead = [placed(number, 3600.0) for number in range(200, 400)]
    assert all(0 <= late_s < 0.05 for late_s in ahead)
    behind = [placed(number, -3600.0) for number in range(400, 600)]
    assert all(0 <= late_s < 0.05 for late_s in behind)


def test_sound_keeps_its_place_beside_the_picture() -> None:
    sound, timeline = AudioFormat(AudioCodec.PCMU, 8000, 1), SoundTimeline()

    def placed(number: int, *, late: int = 0, skip: int = 0) -> int:
        unit = AudioUnit(b"x" * 160, (number + skip) * 160 & 0xFFFFFFFF, 160, 1.0, sound)
        return timeline.place(unit, number * 1800 + late).dts - number * 1800

    assert {placed(number, late=number % 7 * 300) for number in range(100)} == {0}
    assert placed(100, skip=10_000) == 0
    assert placed(101, skip=10_000, late=90_000) == 90_000
