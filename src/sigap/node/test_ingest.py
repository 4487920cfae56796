"""Packets and parameter sets → access units → a timeline without gaps."""

from __future__ import annotations

import itertools
import struct
from dataclasses import replace
from pathlib import Path

import av
import pytest

from sigap.node.errors import CameraError, UnsupportedByReceiver
from sigap.node.frames import CLOCK_HZ, AccessUnit, VideoFormat
from sigap.node.ingest.container import read_units
from sigap.node.ingest.h264 import parameter_sets_of_record, video_format
from sigap.node.ingest.rtp_h264 import H264Depacketiser
from sigap.node.ingest.rtsp import Credentials, RtspAddress, parse_message
from sigap.node.ingest.sdp import find_video
from sigap.node.ingest.timeline import Timeline
from sigap.node.ingest.transcode import camera_copy
from sigap.node.mux.boxes import Sample, fragment, init_segment
from sigap.node.simulate.clip import Clip


def packets_of(clip: Clip, count: int) -> list[list[bytes]]:
    """RTP packets of the first pictures of a clip."""
    pictures, sequence = [], 100
    for picture in clip.pictures[:count]:
        packets = []
        for index, payload in enumerate(picture.payloads):
            marker = 0x80 if index == len(picture.payloads) - 1 else 0
            head = struct.pack(">BBHII", 0x80, marker | 96, sequence, picture.offset + 7, 1)
            packets.append(head + payload)
            sequence += 1
        pictures.append(packets)
    return pictures


def receive(clip: Clip, packets: list[bytes]) -> tuple[list[AccessUnit], H264Depacketiser]:
    units: list[AccessUnit] = []
    receiver = H264Depacketiser(units.append, sps=[clip.sps], pps=[clip.pps])
    for packet in packets:
        receiver.feed(memoryview(packet), 5.0)
    return units, receiver


def test_every_picture_arrives_whole(clip: Clip) -> None:
    pictures = packets_of(clip, 25)
    units, receiver = receive(clip, [packet for packets in pictures for packet in packets])
    assert len(units) == 25
    assert [unit.key for unit in units] == [picture.key for picture in clip.pictures[:25]]
    assert receiver.counts.lost == 0
    assert units[0].format.width == 320


@pytest.mark.parametrize("position", [0, 1, -1])
def test_loss_skips_to_the_next_key_frame(clip: Clip, position: int) -> None:
    pictures = packets_of(clip, 30)
    del pictures[0][position]
    units, receiver = receive(clip, [packet for packets in pictures for packet in packets])
    second_key = next(n for n, picture in enumerate(clip.pictures) if n and picture.key)
    whole_first = position == 0
    assert len(units) == (30 if whole_first else 30 - second_key)
    assert units[0].key
    assert receiver.counts.lost == (0 if whole_first else 1)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80",
        b"\x00" * 40,
        b"\x80\x60\x00\x01" + b"\0" * 8 + b"\x7c",
        b"\x80\x60\x00\x01" + b"\0" * 8 + b"\x18\xff\xff\x01",
        b"\xbf\x60\x00\x01" + b"\xff" * 60,
        b"\x80\x60\x00\x01" + b"\0" * 8 + b"\x1e\x00\x00",
    ],
)
def test_rubbish_packets_do_no_harm(clip: Clip, packet: bytes) -> None:
    pictures = packets_of(clip, 30)
    stream = [packet, *(packet for packets in pictures for packet in packets)]
    units, _ = receive(clip, stream)
    assert units
    assert units[0].key


def unit(pts: int, *, received_at: float, picture_format: VideoFormat) -> AccessUnit:
    return AccessUnit(b"x", False, pts, None, received_at, picture_format)


def test_timeline_survives_wrap_and_jumps(clip: Clip) -> None:
    plain = video_format([clip.sps], [clip.pps])
    timeline = Timeline()
    stamps = [(1 << 32) - 9000, 0, 9000, 9000 + 3600 * CLOCK_HZ, 18000 + 3600 * CLOCK_HZ, 5]
    frames = [
        timeline.place(unit(pts & 0xFFFFFFFF, received_at=n / 10, picture_format=plain))
        for n, pts in enumerate(stamps)
    ]
    times = [frame.dts for frame in frames]
    assert times[:3] == [0, 9000, 18000]
    assert times == sorted(set(times))
    assert times[-1] < 2 * CLOCK_HZ
    assert timeline.jumps == 2


def test_timeline_keeps_display_order_of_reordered_frames(clip: Clip) -> None:
    reordering = replace(video_format([clip.sps], [clip.pps]), reorder_frames=2)
    timeline = Timeline()
    order = [0]
    for group in range(10):
        order += [group * 3 + 3, group * 3 + 1, group * 3 + 2]
    frames = [
        timeline.place(unit(n * 3600, received_at=n / 25, picture_format=reordering)) for n in order
    ]
    assert [(frame.pts - frames[0].pts) // 3600 for frame in frames] == order
    decode_times = [frame.dts for frame in frames]
    assert decode_times == [n * 3600 for n in range(len(order))]
    assert all(frame.dts <= frame.pts for frame in frames)
    assert timeline.jumps == 0


@pytest.mark.parametrize("stated", [None, 1])
def test_timeline_learns_how_many_pictures_are_kept_back(clip: Clip, stated: int | None) -> None:
    """A pyramid of three: the camera does not say, or says too little."""
    silent = replace(video_format([clip.sps], [clip.pps]), reorder_frames=stated)
    timeline, order = Timeline(), [0]
    for group in range(20):
        order += [group * 8 + step for step in (8, 4, 2, 1, 3, 6, 5, 7)]
    frames = [
        timeline.place(unit(n * 3600, received_at=n / 25, picture_format=silent)) for n in order
    ]
    settled = frames[16:]
    assert [(frame.pts - frames[0].pts) // 3600 for frame in frames] == order
    assert {b.dts - a.dts for a, b in itertools.pairwise(settled)} == {3600}
    assert all(frame.dts <= frame.pts for frame in settled)
    assert timeline.jumps == 0


def test_bad_parameter_sets_are_refused() -> None:
    for sps in (b"", b"\x67", b"\x67\x64\x00\x1f", b"\x67" + b"\0" * 40):
        with pytest.raises(CameraError):
            video_format([sps], [b"\x68\xee"])
    with pytest.raises(CameraError):
        parameter_sets_of_record(b"\x01\x64")


def test_session_description() -> None:
    text = "v=0\r\nm=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n"
    track = find_video(text + "a=control:trackID=2\r\n", "rtsp://cam/stream/")
    assert (track.control, track.payload_type) == ("rtsp://cam/stream/trackID=2", 97)
    with pytest.raises(UnsupportedByReceiver):
        find_video("v=0\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n", "rtsp://cam/")


def test_messages_and_addresses() -> None:
    data = b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nContent-Length: 2\r\n\r\nhi$"
    parsed = parse_message(data, 0, len(data))
    assert parsed is not None
    assert (parsed[0].status, parsed[0].body, parsed[1]) == (200, b"hi", len(data) - 1)
    assert parse_message(data, 0, len(data) - 2) is None
    with pytest.raises(CameraError):
        parse_message(b"\x00\x01\x02\x03\x04", 0, 5)
    address = RtspAddress.parse("rtsp://ana:p%40ss@cam:8554/a?x=1")
    assert (address.user, address.password) == ("ana", "p@ss")
    assert address.url == "rtsp://cam:8554/a?x=1"
    for bad in ("http://cam/", "rtsp:///x", "rtsp://cam:99999/"):
        with pytest.raises(CameraError):
            RtspAddress.parse(bad)


def test_digest_answer_of_rfc_2069() -> None:
    who = Credentials("Mufasa", "CircleOfLife")
    assert who.take_challenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0"')
    header = who.header("GET", "/dir/index.html")
    assert 'username="Mufasa"' in header
    assert "qop" not in header
    assert not Credentials("", "").take_challenge("Basic")


def check_remuxed(path: Path, target: Path) -> None:
    """H.265 goes through our own muxer untouched."""
    timeline = Timeline()
    with av.open(str(path)) as container:
        frames = [timeline.place(unit) for unit in read_units(container)]
    assert frames[0].format.codec_string.startswith("hvc1.1.")
    samples = [Sample(f.payload, f.key, CLOCK_HZ // 10, f.pts - f.dts) for f in frames]
    parts = fragment(samples, sequence=1, base=0, wall_clock=1.7e9)
    target.write_bytes(init_segment(frames[0].format) + b"".join(parts))
    with av.open(str(target)) as container:
        assert len(list(container.decode(video=0))) == 40


@pytest.mark.parametrize("codec", ["libx265", "mpeg4"])
def test_other_codecs_from_files(codec: str, clip_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.mp4"
    with av.open(str(clip_file)) as source, av.open(str(path), "w") as sink:
        options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        stream = sink.add_stream(codec, rate=10, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for frame in source.decode(video=0):
            sink.mux(stream.encode(frame))
        sink.mux(stream.encode(None))
    if codec == "libx265":
        check_remuxed(path, tmp_path / "remuxed.mp4")
    with av.open(str(camera_copy(path, tmp_path / "cache"))) as container:
        units = list(read_units(container))
    assert len(units) == 40
    assert units[0].format.codec_string.startswith("avc1.")
