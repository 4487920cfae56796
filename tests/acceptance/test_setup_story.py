"""A supervisor adds cameras, by hand and from a table, and covers a window in the picture."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import OpenPage
from tests.acceptance.console import SLOW_MS

pytestmark = pytest.mark.browser

HEAD = "name;source_url;lat;lon;enabled"
NEW = "Kamera uji pasar"
# A corner of the picture: an alarm of another story must not be hidden.
CORNER = [(0.02, 0.02), (0.1, 0.02), (0.1, 0.1), (0.02, 0.1)]
CAMERAS = "() => fetch('/api/v1/cctv/cameras').then(answer => answer.json())"
DETAIL = "id => fetch(`/api/v1/cctv/cameras/${id}`).then(answer => answer.json())"


def first_up(page: Page) -> int:
    """A camera that gives pictures."""
    [row, *_] = [row for row in page.evaluate(CAMERAS) if row["state"] == "up"]
    return int(row["id"])


def take_out_of_use(page: Page) -> None:
    page.get_by_role("button", name="Berhenti memakai kamera").click()
    page.get_by_role("dialog").get_by_role("button", name="Berhenti memakai kamera").click()
    expect(page.get_by_role("button", name="Pakai lagi")).to_be_visible()


def test_a_camera_is_seen_named_and_placed(open_page: OpenPage) -> None:
    page = open_page("/console", "pengawas")
    source = page.evaluate(DETAIL, first_up(page))["source"]
    page.goto("/console/cameras/new")
    page.get_by_label("Alamat kamera").fill(f"{source}-tidak-ada")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_text("aliran ini tidak ada")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Kembali").click()

    page.get_by_label("Alamat kamera").fill(source)
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_alt_text("Gambar kamera")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Sumber ini sudah dipakai")).to_be_visible()
    page.get_by_role("button", name="Pakai gambar ini").click()

    name = f"{NEW} {page.evaluate('() => Date.now()')}"
    page.get_by_label("Nama", exact=True).fill(name)
    chart = page.locator("canvas").first
    expect(chart).to_be_visible(timeout=SLOW_MS)
    chart.click()
    expect(page.get_by_text("Melihat ke utara, selebar 70°")).to_be_visible()
    page.get_by_label("Arah pandang (derajat dari utara)").fill("90")
    expect(page.get_by_text("Melihat ke timur, selebar 70°")).to_be_visible()
    page.get_by_role("button", name="Simpan", exact=True).click()
    page.wait_for_url(re.compile(r"/console/cameras/\d+$"))
    title = page.get_by_role("heading", name=name)
    expect(title).to_contain_text("hidup", timeout=SLOW_MS)
    take_out_of_use(page)
    expect(title).to_contain_text("dimatikan")


def test_a_table_is_checked_and_then_taken(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("/console/cameras/import", "pengawas")
    stamp = page.evaluate("() => Date.now()")
    [row, *_] = page.evaluate(CAMERAS)
    place = f"{row['lat']:.5f};{row['lon']:.5f}".replace(".", ",")
    table = tmp_path / "kamera.csv"

    bad = f"Tanpa tempat;rtsp://10.0.0.1/1;abc;1\n;http://10.0.0.1;{place};ya\n"
    table.write_text(f"{HEAD}\n{bad}")
    page.get_by_label("Berkas CSV").set_input_files(table)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("tidak ada yang ditulis")
    for mistake in ("Bukan angka.", "Harus diisi.", "Tulis rtsp://"):
        expect(page.get_by_role("row", name=mistake)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Impor [0-9]"))).to_be_hidden()

    # As a spreadsheet of this country writes it: a mark, semicolons, decimal commas.
    rows = [f"Pasar {n} {stamp};rtsp://10.0.0.{n}/main;{place};tidak" for n in (1, 2)]
    table.write_text("\r\n".join([HEAD, *rows, ""]), encoding="utf-8-sig")
    page.get_by_label("Berkas CSV").set_input_files(table)
    expect(alert).to_be_hidden()
    page.get_by_role("button", name="Impor 2 kamera").click()
    page.wait_for_url(lambda address: urlsplit(address).path == "/console/cameras")
    page.get_by_label("Cari nama kamera").fill(f"pasar {stamp}")
    expect(page.get_by_role("row", name="dimatikan")).to_have_count(2, timeout=SLOW_MS)


def test_a_mask_is_drawn_by_finger_and_taken_away(open_page: OpenPage) -> None:
    page = open_page("/console", "pengawas", phone=True)
    page.goto(f"/console/cameras/{first_up(page)}")
    new = page.get_by_role("button", name="Topeng baru")
    expect(new).to_be_visible(timeout=SLOW_MS)
    masks = page.get_by_role("listitem").filter(has_text=re.compile(r"Topeng \d"))
    before = masks.count()
    new.click()
    stage = page.get_by_role("application").first
    expect(stage.locator("img")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Simpan", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("paling sedikit tiga titik")

    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    for x, y in CORNER:
        page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.get_by_role("button", name="Simpan", exact=True).first.click()
    expect(masks).to_have_count(before + 1, timeout=SLOW_MS)

    masks.last.get_by_role("button", name="Hapus").click()
    expect(masks).to_have_count(before, timeout=SLOW_MS)
