"""A supervisor draws a rule, an operator judges an alarm, and the search finds it again."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import OpenPage
from tests.acceptance.console import SLOW_MS, waiting_row

pytestmark = pytest.mark.browser

# The footage loops every 80 s; a zone is entered at least once in each loop.
ALARM_MS = 240_000
RULE = "Mondar-mandir di pagar"
# A corner of the picture where nobody stays so long: the rule must not fill the queue of others.
CORNER = [(0.02, 0.02), (0.12, 0.02), (0.12, 0.12), (0.02, 0.12)]
DWELL_S = "600"
PURPOSE = "Mencari saksi"


def draw(page: Page) -> None:
    """Put the corners on the camera's picture."""
    stage = page.get_by_role("application").first
    expect(stage.locator("img")).to_be_visible(timeout=SLOW_MS)
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    for x, y in CORNER:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_rule_is_drawn_and_taken_away(open_page: OpenPage) -> None:
    supervisor = open_page("/console", "pengawas")
    cameras = supervisor.evaluate("() => fetch('/api/v1/cctv/cameras').then(r => r.json())")
    supervisor.goto(f"/console/cameras/{cameras[0]['id']}")
    supervisor.get_by_role("button", name="Aturan baru").click()
    supervisor.get_by_label("Jenis aturan").select_option("loitering")
    supervisor.get_by_label("Nama aturan").fill(RULE)
    supervisor.get_by_label("Batas waktu (detik)").fill(DWELL_S)
    draw(supervisor)
    supervisor.get_by_role("button", name="Simpan", exact=True).first.click()
    kept = supervisor.locator("li", has_text=RULE)
    expect(kept).to_contain_text("Belum ada penilaian", timeout=SLOW_MS)

    kept.get_by_role("button").click()
    supervisor.get_by_role("button", name="Hapus aturan").click()
    expect(kept).to_be_hidden(timeout=SLOW_MS)


def open_rule(page: Page, camera_id: int, name: str) -> None:
    page.goto(f"/console/cameras/{camera_id}")
    row = page.locator("li", has_text=name)
    expect(row).to_be_visible(timeout=SLOW_MS)
    row.get_by_role("button").click()
    expect(page.get_by_label("Nama aturan")).to_have_value(name)


def save(page: Page) -> None:
    page.get_by_role("button", name="Simpan", exact=True).first.click()


def test_two_who_change_the_same_rule(open_page: OpenPage) -> None:
    first, second = open_page("/console", "pengawas"), open_page("/console", "administrator")
    cameras = first.evaluate("() => fetch('/api/v1/cctv/cameras').then(r => r.json())")
    camera_id = next(row["id"] for row in cameras if row["state"] == "up")
    first.goto(f"/console/cameras/{camera_id}")
    row = first.locator("li", has=first.get_by_role("button", name="Ubah")).first
    before = row.locator("b").inner_text()
    for page in (first, second):
        open_rule(page, camera_id, before)

    second.get_by_label("Nama aturan").fill(f"{before} (baru)")
    save(second)
    expect(second.locator("li", has_text=f"{before} (baru)")).to_be_visible(timeout=SLOW_MS)
    first.get_by_label("Nama aturan").fill("Yang terlambat")
    save(first)
    expect(first.get_by_role("alert")).to_contain_text("Orang lain baru saja mengubah ini")
    expect(first.get_by_label("Nama aturan")).to_have_value("Yang terlambat")
    first.get_by_role("button", name="Muat keadaan terbaru").click()
    expect(first.locator("li", has_text=f"{before} (baru)")).to_be_visible(timeout=SLOW_MS)

    open_rule(first, camera_id, f"{before} (baru)")
    first.get_by_label("Nama aturan").fill(before)
    save(first)
    expect(first.locator("li", has_text=f"{before} (baru)")).to_be_hidden(timeout=SLOW_MS)


def test_an_alarm_is_judged_and_found_again(open_page: OpenPage) -> None:
    operator = open_page("/console", "operator")
    alarm = waiting_row(operator, "Kamera ·")
    expect(alarm).to_be_visible(timeout=ALARM_MS)
    alarm.click()
    expect(operator.get_by_role("group", name="Apakah alarm ini benar?")).to_be_visible()
    operator.keyboard.press("y")
    right = operator.get_by_role("button", name=re.compile("^Benar"))
    expect(right).to_have_attribute("aria-pressed", "true")

    operator.goto("/console/search")
    operator.get_by_label("Untuk apa pencarian ini").fill(PURPOSE)
    operator.get_by_label("Apa, di mana, kapan").fill("orang hari ini")
    expect(operator.get_by_role("button", name="Hapus hari ini")).to_be_visible()
    operator.get_by_text("Saringan", exact=True).click()
    operator.get_by_label("Penilaian").select_option("true")
    operator.get_by_role("button", name="Cari", exact=True).click()
    found = operator.get_by_role("article").first
    expect(found.locator("img")).to_be_visible(timeout=SLOW_MS)
    expect(found.get_by_role("button", name="Benar")).to_have_attribute("aria-pressed", "true")

    operator.locator("h1").click()
    operator.keyboard.press("j")
    operator.keyboard.press("Enter")
    operator.wait_for_url(lambda address: urlsplit(address).path == "/console/playback")
    assert {"cameras", "at"} <= set(parse_qs(urlsplit(operator.url).query))
