"""A real Chromium plays recordings over what went wrong in them, with the console's own player."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import async_playwright

from sigap.node.conftest import RunningNode, StartNode
from sigap.node.media.tokens import View
from sigap.node.simulate.clip import Clip, load_clip
from sigap.node.simulate.server import CameraSimulator
from sigap.node.testbed import FakeCore, camera_entry, media_token, until
from sigap.node.testclips import Look, render

pytestmark = pytest.mark.browser

WEB = Path(__file__).resolve().parents[3] / "web"
LOOKS = {
    "plain": Look(),
    "small": Look(size=(160, 128)),
    "other": Look(more="refs=4:coder=0:profile=main"),
    "between": Look(more="bf=3:b_strategy=0"),
}
CAMERAS = {
    "size": "plain/1?change=3,small",
    "sets": "plain/2?change=3,other",
    "order": "plain/3?change=3,between",
    "clock": "between/4?jump=3,3600",
    "gap": "plain/5?away=3,2",
    "lost": "between/6?udp=1&lose=0.01",
}
PLAY = """async ({ films, speed, limitMs }) => Promise.all(films.map(async ({ address, spans }) => {
    const video = document.body.appendChild(document.createElement('video'));
    video.muted = true;
    const reel = new player.Reel(video, async (from) => address.replace('FROM',
        encodeURIComponent(new Date(from).toISOString())));
    const shown = [], errors = [], sizes = new Set();
    video.addEventListener('error', () => errors.push(video.error.message));
    const began = performance.now();
    let span = 0, wall = spans[0][0] + 100;
    while (span < spans.length && performance.now() - began < limitMs) {
        reel.follow(wall, speed, true, false);
        await new Promise((done) => setTimeout(done, 40));
        if (reel.state === 'unplayable') break;
        if (reel.state !== 'ready') continue;
        shown.push(reel.shownMs);
        sizes.add(video.videoWidth);
        wall += 40 * speed;
        if (wall > spans[span][1] - 200) wall = spans[++span]?.[0] + 100;
    }
    const ended = span === spans.length, state = reel.state;
    reel.close();
    return { ended, state, errors, sizes: [...sizes], last: Math.max(...shown),
        first: Math.min(...shown), pictures: new Set(shown).size };
}))"""


@pytest.fixture
def player(tmp_path: Path) -> Path:
    """The player of recordings as one script."""
    bundler = WEB / "node_modules" / ".bin" / "rolldown"
    if not bundler.exists() or shutil.which("node") is None:
        pytest.skip("the console's packages are not installed: cd web && npm ci")
    script = tmp_path / "player.js"
    source = WEB / "src" / "video" / "reel.ts"
    subprocess.run(
        [bundler, source, "--format", "iife", "--name", "player", "--file", script],
        check=True,
        capture_output=True,
        cwd=WEB,
    )
    return script


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("played")
    return {
        name: load_clip(name, render(folder / f"{name}.mp4", look), folder, keep_order=True)
        for name, look in LOOKS.items()
    }


def entries(base: str, *, enabled: bool = True) -> list[dict[str, Any]]:
    return [
        camera_entry(f"{base}/{path}", id=number, uuid=name, enabled=enabled)
        for number, (name, path) in enumerate(CAMERAS.items(), start=1)
    ]


async def film_of(node: RunningNode, session: aiohttp.ClientSession, uuid: str) -> dict[str, Any]:
    """The address of a camera's film, and what is recorded, in milliseconds."""
    now = time.time()
    period = {
        "from": datetime.fromtimestamp(now - 600, UTC).isoformat(),
        "to": datetime.fromtimestamp(now, UTC).isoformat(),
    }
    base, token = f"{node.url}/media/{uuid}", media_token(View.PLAY, uuid=uuid, expires_in_s=300)
    async with session.get(f"{base}/index", params=period | {"t": token}) as answer:
        listing = await answer.json()
    spans = [
        [datetime.fromisoformat(segment[end]).timestamp() * 1000 for end in ("start", "end")]
        for segment in listing["segments"]
    ]
    rest = urlencode({"to": period["to"], "t": token})
    return {"address": f"{base}/play?from=FROM&{rest}", "spans": spans}


@contextlib.asynccontextmanager
async def films_page(player: Path) -> AsyncIterator[str]:
    """The origin of a page that holds the player and nothing else."""

    async def page(_: web.Request) -> web.Response:
        text = "<!doctype html><title>films</title><script src=player.js></script>"
        return web.Response(text=text, content_type="text/html")

    application = web.Application()
    application.router.add_get("/", page)
    application.router.add_static("/", player.parent)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def play(browser_path: Path, origin: str, films: list[dict[str, Any]]) -> list[Any]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox"]
        )
        page = await browser.new_page()
        await page.goto(origin)
        told = {"films": films, "speed": 2, "limitMs": 60_000}
        played: list[Any] = await page.evaluate(PLAY, told)
        await browser.close()
    return played


async def test_recordings_play_over_what_went_wrong(
    clips: dict[str, Clip],
    core: FakeCore,
    start_node: StartNode,
    player: Path,
    browser_path: Path,
) -> None:
    async with CameraSimulator(clips).listening("127.0.0.1", 0) as street, films_page(player) as at:
        base = f"rtsp://127.0.0.1:{street.port}"
        core.set_cameras(*entries(base))
        async with (
            start_node(segment_s=4.0, allowed_origins=frozenset({at})) as node,
            aiohttp.ClientSession() as session,
        ):
            await until(lambda: len(street.clocks) == len(CAMERAS), what="all play")
            await asyncio.sleep(9)
            core.set_cameras(*entries(base, enabled=False))
            await until(
                lambda: not [p for p in node.recordings() if p.name.endswith("-open.mp4")],
                what="all is written",
            )
            films = {name: await film_of(node, session, name) for name in CAMERAS}
            played = await play(browser_path, at, list(films.values()))
    for name, seen in zip(CAMERAS, played, strict=True):
        told = (name, seen)
        assert (seen["errors"], seen["ended"], seen["state"]) == ([], True, "ready"), told
        assert seen["first"] - films[name]["spans"][0][0] < 1000, told
        assert films[name]["spans"][-1][1] - seen["last"] < 1000, told
        assert seen["pictures"] > 30, told
        assert seen["sizes"] == ([320, 160] if name == "size" else [320]), told
    assert len(films["gap"]["spans"]) == 2
