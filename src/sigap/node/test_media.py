"""Viewers who are slow, and input that was made to break the parsers."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigap.node.errors import CameraError, TokenRefused
from sigap.node.frames import AccessUnit, Frame, VideoFormat
from sigap.node.ingest.h264 import parameter_sets_of_record, parameter_sets_of_sdp, video_format
from sigap.node.ingest.rtp_h264 import H264Depacketiser
from sigap.node.ingest.rtsp import parse_message
from sigap.node.ingest.sdp import find_video
from sigap.node.media.live import MAX_WAITING_BYTES, LiveHub
from sigap.node.media.tokens import verify_token
from sigap.node.simulate.clip import Clip
from sigap.node.testbed import MEDIA_KEY

FIXTURES = [HealthCheck.function_scoped_fixture]


def frame_of(number: int, video: VideoFormat, *, key: bool, size: int = 1000) -> Frame:
    return Frame(bytes(size), key, number * 9000, number * 9000, 1e9 + number, video)


def wall_clocks(messages: list[str | bytes]) -> list[float]:
    return [struct.unpack(">d", m[:8])[0] - 1e9 for m in messages if isinstance(m, bytes)]


async def test_slow_viewer_goes_on_at_a_key_frame(clip: Clip) -> None:
    hub, video = LiveHub(), video_format([clip.sps], [clip.pps])
    hub.push(frame_of(0, video, key=True))
    viewer = hub.join()
    size = MAX_WAITING_BYTES // 8
    for number in range(1, 46):
        hub.push(frame_of(number, video, key=number % 10 == 0, size=size))
    assert viewer.resyncs >= 1
    waiting: list[str | bytes] = []
    while len(waiting) < 5:
        waiting.append(await viewer.next_message())
    clocks = wall_clocks(waiting)
    assert clocks[0] % 10 == 0
    assert clocks == [clocks[0] + step for step in range(len(clocks))]


async def test_viewer_before_the_first_frame_and_after_a_change(clip: Clip) -> None:
    hub, video = LiveHub(), video_format([clip.sps], [clip.pps])
    viewer = hub.join()
    hub.push(frame_of(0, video, key=False))
    hub.push(frame_of(1, video, key=True))
    other = VideoFormat(video.codec, 640, 480, "avc1.42001e", video.decoder_record)
    hub.push(frame_of(2, other, key=True))
    heads = []
    for _ in range(6):
        message = await viewer.next_message()
        if isinstance(message, str):
            heads.append(json.loads(message)["width"])
    assert heads == [320, 640]


@settings(max_examples=200, deadline=None, suppress_health_check=FIXTURES)
@given(packets=st.lists(st.binary(max_size=200), max_size=20))
def test_no_packet_breaks_the_receiver(clip: Clip, packets: list[bytes]) -> None:
    units: list[AccessUnit] = []
    receiver = H264Depacketiser(units.append, sps=[clip.sps], pps=[clip.pps])
    for packet in packets:
        receiver.feed(memoryview(packet), 1.0)
        receiver.feed(memoryview(b"\x80\xe0" + packet), 1.0)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_bytes_break_the_parsers(data: bytes) -> None:
    for parse in (
        lambda: parse_message(data, 0, len(data)),
        lambda: parse_message(b"RTSP/1.0 200 OK\r\n" + data + b"\r\n\r\n", 0, len(data) + 21),
        lambda: video_format([b"\x67" + data], [b"\x68\xee"]),
        lambda: parameter_sets_of_record(data),
        lambda: parameter_sets_of_sdp(data.decode("latin-1")),
        lambda: find_video("v=0\r\nm=video " + data.decode("latin-1"), "rtsp://cam/"),
    ):
        try:
            parse()
        except CameraError:
            continue


@settings(max_examples=200)
@given(token=st.text(max_size=200))
def test_no_text_is_a_token(token: str) -> None:
    with pytest.raises(TokenRefused):
        verify_token(token, bytes.fromhex(MEDIA_KEY), now=0)
