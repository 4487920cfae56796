"""A supervisor draws a privacy mask; the operator sees it burnt in, live, enlarged and recorded."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from tests.acceptance.conftest import OpenPage
from tests.acceptance.console import SLOW_MS

pytestmark = pytest.mark.browser

MASK = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.8], [0.3, 0.8]]
BLACK, SEEN = 30, 40
PLAYED_S = 4.0
SAVE = """([id, masks]) => fetch(`/api/v1/cctv/cameras/${id}/masks`, { method: 'PUT', headers: {
    'Content-Type': 'application/json',
    'X-CSRFToken': document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? '' },
    body: JSON.stringify({ masks }) }).then(r => r.status)"""
SHADES = """selector => {
    const video = document.querySelector(selector), canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [100, 100];
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0, 100, 100);
    const mean = (x, y, w, h) => {
        const { data } = pen.getImageData(x, y, w, h);
        return data.reduce((sum, v, n) => n % 4 === 1 ? sum + v : sum, 0) / (data.length / 4);
    };
    return [mean(34, 34, 32, 42), mean(0, 0, 100, 25)];
}"""
PLAYS_ON = """([selector, seconds]) => {
    const video = document.querySelector(selector);
    window.began ??= {};
    window.began[selector] ??= video.currentTime;
    return video.currentTime > window.began[selector] + seconds;
}"""


def assert_masked(page: Page, selector: str) -> None:
    """The picture moves, is black where drawn, and is a picture elsewhere."""
    page.wait_for_function(PLAYS_ON, arg=[selector, PLAYED_S], timeout=SLOW_MS)
    inside, outside = page.evaluate(SHADES, selector)
    assert inside < BLACK, f"{selector}: the masked part has a brightness of {inside:.0f}"
    assert outside > SEEN, f"{selector}: the rest has a brightness of {outside:.0f}"


@contextmanager
def mask_of(page: Page, camera: int) -> Iterator[None]:
    """Other stories see the whole picture again."""
    assert page.evaluate(SAVE, [camera, [MASK]]) == 200
    try:
        yield
    finally:
        page.evaluate(SAVE, [camera, []])


def test_masks_are_burnt_in_live_enlarged_and_recorded(open_page: OpenPage) -> None:
    supervisor, operator = open_page("/console", "pengawas"), open_page("/console", "operator")
    rows = operator.evaluate("() => fetch('/api/v1/cctv/cameras').then(r => r.json())")
    camera = next(row["id"] for row in rows if row["state"] == "up")
    with mask_of(supervisor, camera):
        wall = {"name": "Masker", "layout": 1, "cells": [camera]}
        operator.evaluate(
            """wall => fetch('/api/v1/me').then(r => r.json()).then(me =>
                localStorage.setItem(`sigap.walls.${me.user_id}`, JSON.stringify([wall])))""",
            wall,
        )
        operator.goto("/console/window/cameras")
        operator.get_by_label("Dinding tersimpan").select_option(label="Masker")
        live = "figure[data-phase=playing]"
        operator.wait_for_selector(f"{live}[data-quality=sub]", timeout=SLOW_MS)
        assert_masked(operator, ".cell figure video")

        operator.keyboard.press("1")
        operator.keyboard.press("Enter")
        operator.wait_for_selector(f".cell.enlarged {live}[data-quality=main]", timeout=SLOW_MS)
        operator.evaluate("() => { window.began = {} }")
        assert_masked(operator, ".cell.enlarged figure video")

        operator.goto(f"/console/playback?cameras={camera}")
        operator.wait_for_selector("figure[data-state=ready]", timeout=SLOW_MS)
        assert_masked(operator, "figure[data-state] video")
