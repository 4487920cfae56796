"""What an operator's browser shows, and how late: live tiles and seeking in a recording.

    python -m bench.live_browser [--json] [--seconds S] [--demo FOLDER:ADDRESS]

A demo city of its own (or one that runs already), headless Chromium, the console's own pages. How
far a picture is behind is told by `requestVideoFrameCallback` against the wall clock that the node
stamped on the picture's fragment. "First picture" is the key frame that the node keeps, at most one
group of pictures old; "< 700 ms old" the first that is as good as live. The baseline is HLS of the
same camera in the same run, at its best: a player that shows each segment the moment it is whole.
"""

import argparse
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, sync_playwright

from bench.report import Row, print_rows, timing_rows
from sigap.runtime.browser import find_browser
from sigap.runtime.home import Home
from tests.acceptance.conftest import BROWSER_FLAGS, log_in
from tests.demo import Demo, known_demo, running_demo

BENCH = "live_browser"
ROOT = Path(__file__).resolve().parent.parent
OPERATOR = "operator"
SECONDS = 15.0
OPENINGS = 5
SEEKS = 12
TILES = 16
SETTLE_S = 3.0
SAMPLE_S = 0.2
HLS_POLL_S = 0.1
PATIENCE_MS = 30_000
NTP_EPOCH_S = 2_208_988_800

_PLAYING = "n => document.querySelectorAll('figure[data-phase=playing]').length === n"
_FIGURES = """() => [...document.querySelectorAll('.cell figure[data-phase=playing]')]
    .map(f => [Number(f.dataset.firstMs), Number(f.dataset.behindMs), Number(f.dataset.nearMs)])"""
_ALL_NEAR = "n => document.querySelectorAll('.cell figure[data-near-ms]').length === n"
_READY = "() => document.querySelector('figure[data-state]')?.dataset.state === 'ready'"
_SEEK = """share => new Promise((done, fail) => {
    const line = document.querySelector('canvas[role=slider]');
    const video = document.querySelector('figure[data-state] video');
    const box = line.getBoundingClientRect();
    line.setPointerCapture = () => {};
    const at = { clientX: box.left + box.width * share, clientY: box.top + 8, pointerId: 1,
                 pointerType: 'mouse', bubbles: true };
    const begun = performance.now(), from = video.currentTime;
    setTimeout(() => fail(new Error('no picture')), 8000);
    const shown = (now, frame) => Math.abs(frame.mediaTime - from) > 2
        ? done(performance.now() - begun) : video.requestVideoFrameCallback(shown);
    video.requestVideoFrameCallback(shown);
    line.dispatchEvent(new PointerEvent('pointerdown', at));
    line.dispatchEvent(new PointerEvent('pointerup', at));
})"""
_ADDRESSES = """id => fetch(`/api/v1/cctv/cameras/${id}/view`, { method: 'POST', headers: {
    'Content-Type': 'application/json',
    'X-CSRFToken': document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? '' },
    body: JSON.stringify({ what: 'live', purpose: 'bench.live_browser' }) }).then(r => r.json())"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--demo", default="", help="one that runs already: folder:address")
    chosen = parser.parse_args()
    with _demo(chosen.demo) as demo, _browser() as browser:
        page = browser.new_page(base_url=demo.address, viewport={"width": 1920, "height": 1080})
        page.set_default_timeout(PATIENCE_MS)
        log_in(page, OPERATOR, demo.passwords[OPERATOR], "/console")
        print_rows(measure(page, chosen.seconds), chosen.json)


def measure(page: Page, seconds: float) -> list[Row]:
    """All figures, one after the other in one page."""
    cameras = page.evaluate("() => fetch('/api/v1/cctv/cameras').then(r => r.json())")
    ids = [camera["id"] for camera in cameras if camera["state"] == "up"]
    hls_first, hls_behind = _hls(page, ids[0], seconds)
    rows: list[Row] = []
    for tiles in (1, TILES):
        firsts: list[float] = []
        nears: list[float] = []
        for _ in range(OPENINGS):
            _open_wall(page, ids, tiles)
            page.wait_for_function(_ALL_NEAR, arg=tiles)
            figures = page.evaluate(_FIGURES)
            firsts += [first for first, _, _ in figures]
            nears += [near for _, _, near in figures]
        behind = _behind(page, seconds)
        rows += timing_rows(BENCH, f"first picture, {tiles} tiles", firsts, baseline=hls_first)
        rows += timing_rows(BENCH, f"first picture < 700 ms old, {tiles} tiles", nears)
        rows += timing_rows(BENCH, f"behind the camera, {tiles} tiles", behind, baseline=hls_behind)
    return [*rows, *timing_rows(BENCH, "seek in a recording", _seeks(page, ids[0]))]


def _open_wall(page: Page, ids: list[int], tiles: int) -> None:
    wall = {"name": "bench", "layout": tiles, "cells": [ids[n % len(ids)] for n in range(tiles)]}
    page.goto("/console/window/cameras")
    page.evaluate(
        """wall => fetch('/api/v1/me').then(r => r.json()).then(me =>
            localStorage.setItem(`sigap.walls.${me.user_id}`, JSON.stringify([wall])))""",
        wall,
    )
    page.goto("/console/window/cameras")
    page.locator(".bar select").select_option("saved:bench")
    page.wait_for_function(_PLAYING, arg=tiles)


def _behind(page: Page, seconds: float) -> list[float]:
    """Milliseconds behind of all tiles, sampled once the buffers have settled."""
    time.sleep(SETTLE_S)
    samples: list[float] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        samples += [behind for _, behind, _ in page.evaluate(_FIGURES)]
        time.sleep(SAMPLE_S)
    return samples


def _seeks(page: Page, camera: int) -> list[float]:
    """Milliseconds from the click on the time-line to the picture of that moment."""
    page.goto(f"/console/playback?cameras={camera}")
    page.wait_for_function(_READY)
    # The recording of a young demo is short: closer, until it fills the right half of the line. A
    # click where nothing was recorded goes to where it begins, and twice there is no jump at all.
    for _ in range(4):
        page.keyboard.press("z")
    shares = [0.55 + 0.35 * ((n * 7) % SEEKS) / SEEKS for n in range(SEEKS)]
    return [float(page.evaluate(_SEEK, share)) for share in shares]


def _hls(page: Page, camera: int, seconds: float) -> tuple[list[float], list[float]]:
    """First picture and time behind, in milliseconds, of an HLS player without any buffer."""
    address = page.evaluate(_ADDRESSES, camera)["live_hls"]
    firsts, behind = [], []
    begun = time.monotonic()
    seen = ""
    while time.monotonic() - begun < seconds + SETTLE_S:
        playlist = page.request.get(address).text()
        newest = [line for line in playlist.splitlines() if line and not line.startswith("#")][-1]
        if newest != seen:
            segment = page.request.get(urljoin(address, newest)).body()
            if not seen:
                firsts.append((time.monotonic() - begun) * 1000)
            shown_from = _wall_s(segment)
            seen = newest
            whole_at = time.time()
        # Until the next one is there, the newest that can be shown is the end of this one.
        behind.append((whole_at - shown_from) * 1000)
        time.sleep(HLS_POLL_S)
    return firsts, behind


def _wall_s(segment: bytes) -> float:
    """The wall clock of a segment's first picture, from its `prft` box."""
    at = segment.index(b"prft") + 12
    (ntp,) = struct.unpack_from(">Q", segment, at)
    return float(ntp / (1 << 32)) - NTP_EPOCH_S


@contextmanager
def _demo(running: str) -> Iterator[Demo]:
    if running:
        folder, _, address = running.partition(":")
        yield known_demo(Path(folder), address)
        return
    with tempfile.TemporaryDirectory(prefix="sigap-live-") as folder:
        Path(folder).chmod(0o755)
        with running_demo(Path(folder) / "home", ROOT / "var") as demo:
            # A recording to seek in must have happened.
            time.sleep(60)
            yield demo


@contextmanager
def _browser() -> Iterator[Browser]:
    found = find_browser(Home.from_environment())
    if found is None:
        raise SystemExit("no Chromium was found: `make test` installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=BROWSER_FLAGS)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
