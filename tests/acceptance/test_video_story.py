"""An operator watches sixteen pictures, goes back in time, takes a clip, and loses the access."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, Route, WebSocket, expect

from tests.acceptance.conftest import OpenPage
from tests.acceptance.console import SLOW_MS

pytestmark = pytest.mark.browser

TILES = 16
LONGEST_BEHIND_MS = 2000  # On a machine that also analyses; the floor is measured by bench.
LARGEST_DRIFT_MS = 100
CLIP_S = 3.0
TILES_SCRIPT = """() => [...document.querySelectorAll('.cell figure')].map(f => ({
    phase: f.dataset.phase, behind: Number(f.dataset.behindMs ?? 1e9),
    at: f.querySelector('video').currentTime}))"""
STEADY_SCRIPT = """() => { const f = [...document.querySelectorAll('figure[data-state]')];
    return f.length > 1 && f.every(x => x.dataset.state === 'ready' && x.dataset.driftMs
        && Math.abs(x.dataset.driftMs) < %d) }"""

COUNT_RESTARTS = """() => { window.restarts = 0;
    document.querySelectorAll('.cell video').forEach(
        video => video.addEventListener('emptied', () => window.restarts++)) }"""
CLOCK_SCRIPT = "() => document.querySelector('figure[data-state] video').currentTime"


def camera_ids(page: Page) -> list[int]:
    """The cameras of the demo city, but for those that are switched off."""
    rows = page.evaluate("() => fetch('/api/v1/cctv/cameras').then(r => r.json())")
    return [row["id"] for row in rows if row["enabled"]]


def keep_wall(page: Page, name: str) -> None:
    """A wall of sixteen cells over the cameras there are, as `Simpan susunan` keeps it."""
    ids = camera_ids(page)
    wall = {"name": name, "layout": TILES, "cells": [ids[n % len(ids)] for n in range(TILES)]}
    page.evaluate(
        """wall => fetch('/api/v1/me').then(r => r.json()).then(me =>
            localStorage.setItem(`sigap.walls.${me.user_id}`, JSON.stringify([wall])))""",
        wall,
    )


def shorten_addresses(page: Page) -> Callable[[], None]:
    """Real addresses that end in half a minute; called: the core's refusal from then on."""
    withdrawn: list[bool] = []

    def answer(route: Route) -> None:
        if withdrawn:
            refusal = {"code": "not_permitted", "message": "not permitted", "detail": {}}
            return route.fulfill(status=403, content_type="application/json", json=refusal)
        answered = route.fetch()
        until = (datetime.now(UTC) + timedelta(seconds=28)).isoformat()
        views = answered.json()
        for view in views if isinstance(views, list) else [views]:
            view["expires_at"] = until
        return route.fulfill(response=answered, json=views)

    page.route("**/cctv/live-views", answer)
    page.route("**/cameras/*/view", answer)
    return lambda: withdrawn.append(True)


def listen_to_node(page: Page) -> tuple[list[WebSocket], list[str]]:
    """The sockets of the page to the camera node, and what it sends on them."""
    sockets: list[WebSocket] = []
    orders: list[str] = []

    def listen(socket: WebSocket) -> None:
        if "/media/" in socket.url:
            sockets.append(socket)
            socket.on("framesent", lambda sent: orders.append(str(sent)))

    page.on("websocket", listen)
    return sockets, orders


def test_sixteen_pictures_live_and_the_end_of_access(open_page: OpenPage) -> None:
    operator = open_page("/console", "operator")
    operator.set_viewport_size({"width": 1920, "height": 1080})
    keep_wall(operator, "Malam")
    withdraw = shorten_addresses(operator)
    sockets, orders = listen_to_node(operator)
    operator.goto("/console/window/cameras")
    operator.get_by_label("Dinding tersimpan").select_option(label="Malam")
    all_live = f"() => document.querySelectorAll('figure[data-phase=playing]').length === {TILES}"
    operator.wait_for_function(all_live, timeout=SLOW_MS)
    before = operator.evaluate(TILES_SCRIPT)
    operator.wait_for_function(
        """before => [...document.querySelectorAll('.cell figure video')]
            .every((video, n) => video.currentTime > before[n].at)""",
        arg=before,
    )
    operator.wait_for_function(
        f"() => ({TILES_SCRIPT})().every(tile => tile.behind < {LONGEST_BEHIND_MS})"
    )

    operator.evaluate(COUNT_RESTARTS)
    while sum('"open"' in order for order in orders) < 2 * TILES:
        operator.wait_for_timeout(200)
    operator.wait_for_function(all_live)
    assert len(sockets) == 1, "one socket carries all tiles"
    assert operator.evaluate("() => window.restarts") == 0, "a renewed address was seen"

    operator.keyboard.press("2")
    operator.keyboard.press("Enter")
    expect(operator.get_by_role("button", name="Kembali ke dinding")).to_be_visible()
    operator.keyboard.press("Escape")

    withdraw()
    ended = operator.get_by_text("Akses Anda ke kamera ini telah dicabut")
    expect(ended.first).to_be_visible(timeout=SLOW_MS)


def test_back_in_time_over_a_gap_and_a_clip(open_page: OpenPage, tmp_path: Path) -> None:
    operator = open_page("/console", "operator")
    cameras = ",".join(map(str, camera_ids(operator)[:4]))
    yesterday = (datetime.now(UTC) - timedelta(hours=20)).isoformat()
    operator.goto(f"/console/playback?cameras={cameras}&at={yesterday.replace('+00:00', 'Z')}")
    expect(operator.get_by_text("tanpa rekaman dilewati")).to_be_visible()
    steady = STEADY_SCRIPT % LARGEST_DRIFT_MS
    operator.wait_for_function(steady, timeout=SLOW_MS)

    operator.keyboard.press("[")
    begun = operator.evaluate(
        "() => document.querySelector('figure[data-state] video').currentTime"
    )
    operator.wait_for_function(
        f"end => ({CLOCK_SCRIPT})() > end",
        arg=begun + CLIP_S,
    )
    operator.keyboard.press("]")
    expect(operator.get_by_role("button", name="Unduh klip")).to_be_visible()
    with operator.expect_download() as taken:
        operator.keyboard.press("c")
    clip = tmp_path / "clip.mp4"
    taken.value.save_as(clip)
    assert taken.value.suggested_filename.endswith(".mp4")
    with av.open(str(clip)) as container:
        frames = [frame.time for frame in container.decode(video=0)]
    assert len(frames) > CLIP_S
    assert all(a < b for a, b in pairwise(frames))

    operator.keyboard.press("k")
    operator.mouse.move(0, 0)
    line = operator.get_by_role("slider", name="Garis waktu")
    line.focus()
    shown = line.get_attribute("aria-valuetext")
    operator.keyboard.press("ArrowRight")
    expect(line).not_to_have_attribute("aria-valuetext", shown or "")
    operator.wait_for_function(steady)
