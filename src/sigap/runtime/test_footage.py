"""Footage becomes plain H.264; a rendered scene says that it is one; rubbish is passed over."""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from sigap.runtime.faults import MachineFault
from sigap.runtime.film import FilmError, Recipe, convert, encode
from sigap.runtime.film_rendered import rendered_frames
from sigap.runtime.footage import Origin, ensure_footage
from sigap.runtime.footage_make import make_footage
from sigap.runtime.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "var")
    home.prepare()
    return home


def _clip(path: Path, *, frames: int = 45, size: tuple[int, int] = (96, 128)) -> None:
    """Grey frames, each lighter than the one before."""
    pictures = (np.full((*size, 3), 5 * number, np.uint8) for number in range(frames))
    made = (VideoFrame.from_ndarray(picture, format="rgb24") for picture in pictures)
    encode(path, made, rate=Fraction(10))


def test_a_film_is_h264_with_a_keyframe_every_two_seconds(tmp_path: Path) -> None:
    _clip(tmp_path / "in.mp4")
    convert(tmp_path / "in.mp4", tmp_path / "out.mp4", Recipe())
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert [number for number, packet in enumerate(packets) if packet.is_keyframe] == [
            0,
            20,
            40,
        ]
        assert all(packet.pts == packet.dts for packet in packets), "there are B-frames"


def test_a_part_of_a_film_begins_elsewhere_and_goes_round(tmp_path: Path) -> None:
    _clip(tmp_path / "in.mp4")
    convert(
        tmp_path / "in.mp4", tmp_path / "out.mp4", Recipe(crop=(10, 20, 64, 48), first_frame=30)
    )
    with av.open(str(tmp_path / "out.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 45
    assert frames[0].shape == (48, 64, 3)
    assert frames[0].mean() == pytest.approx(150, abs=6)
    assert frames[15].mean() == pytest.approx(0, abs=6)


def test_a_truncated_or_empty_video_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in.mp4").write_bytes(b"\0" * 4000)
    with pytest.raises(FilmError):
        convert(tmp_path / "in.mp4", tmp_path / "out.mp4", Recipe())
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]


def test_a_folder_of_videos_becomes_cameras(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    _clip(folder / "Jalan Merdeka 1.mp4", frames=20)
    (folder / "broken.avi").write_text("no video")
    footage = make_footage(home, folder)
    assert [film.name for film in footage.films] == ["jalan-merdeka-1"]
    assert footage.origin is Origin.FOLDER


def test_a_folder_without_videos_is_a_clear_sentence(home: Home, tmp_path: Path) -> None:
    with pytest.raises(MachineFault, match="holds no video"):
        make_footage(home, tmp_path)
    with pytest.raises(MachineFault, match="is no folder"):
        ensure_footage(home, tmp_path / "nowhere")


def test_the_rendered_scene_moves_and_is_not_black() -> None:
    first, *_, last = (
        frame.to_ndarray(format="bgr24").astype(int) for frame in islice(rendered_frames(), 20)
    )
    assert first.mean() > 60
    assert (abs(first - last) > 40).any(axis=2).sum() > 500
