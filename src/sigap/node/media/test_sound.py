"""Sound in live pictures: what a browser gets is AAC, on the picture's clock, whatever came."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import aiohttp
import av
import numpy as np
import pytest

from sigap.node.conftest import StartNode
from sigap.node.media.tokens import View
from sigap.node.simulate.clip import load_clip
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import UUID, FakeCore, camera_entry, media_token, until
from sigap.node.testclips import Look, render

SECONDS = 3.0


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("aac.mp4", Look(sound="aac")),
        ("alaw.mov", Look(sound="pcm_alaw", sound_hz=8000)),
        ("ulaw.mov", Look(sound="pcm_mulaw", sound_hz=8000)),
    ],
)
async def test_live_pictures_are_heard(
    core: FakeCore, start_node: StartNode, tmp_path: Path, name: str, look: Look
) -> None:
    clip = render(tmp_path / name, look)
    tone_clip = load_clip("tone", clip, tmp_path / "cache")
    async with CameraSimulator({"tone": tone_clip}).listening("127.0.0.1", 0) as simulator:
        source = f"rtsp://127.0.0.1:{simulator.port}/tone/1"
        core.set_cameras(camera_entry(source, keep_audio=True))
        async with start_node() as node, aiohttp.ClientSession() as session:
            await until(lambda: core.is_in_state("up"), what="camera up")
            await asyncio.sleep(2.5)
            address = f"{node.url}/media/{UUID}/live?t={media_token(View.LIVE)}"
            async with session.ws_connect(address) as socket:
                head = json.loads(await socket.receive_str())
                pieces = [(await socket.receive_bytes())[8:] for _ in range(45)]
    assert head["audio"] == "aac"
    film = b"".join(pieces)
    with av.open(io.BytesIO(film), "r") as container:
        shown = [frame.time or 0.0 for frame in container.decode(video=0)]
    with av.open(io.BytesIO(film), "r") as container:
        heard = list(container.decode(audio=0))
    begins = [frame.time or 0.0 for frame in heard]
    length = begins[-1] + heard[-1].samples / heard[-1].sample_rate - begins[0]
    told = sum(frame.samples for frame in heard) / heard[0].sample_rate
    assert told > SECONDS
    assert length == pytest.approx(told, abs=0.05), "a hole in the sound"
    # The sound ends where the picture does, but for one piece of it.
    assert begins[-1] == pytest.approx(shown[-1], abs=0.4)
    tone = np.concatenate([frame.to_ndarray()[0] for frame in heard[4:]])
    assert np.sqrt(np.mean(tone.astype(np.float64) ** 2)) > 0.05, "it can be heard"
