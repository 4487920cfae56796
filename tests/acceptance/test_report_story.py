"""A citizen reports, an agency repairs with proof, the citizen has the last word."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import OpenPage
from tests.acceptance.console import SLOW_MS, make_incident, take

pytestmark = pytest.mark.browser

CITY = "Helsinki (demo)"


def photo(folder: Path, name: str, shade: int) -> Path:
    """A photo of its own, so that it is not taken for one that was used before."""
    picture = Image.effect_noise((640, 480), 40 + shade).convert("RGB")
    path = folder / f"{name}.jpg"
    picture.save(path)
    return path


def report(citizen: Page, picture: Path, words: str) -> str:
    """Report a damaged road near a street; returns the tracking code."""
    citizen.get_by_role("button", name=CITY).click()
    citizen.get_by_role("link", name=re.compile("^Lapor")).click()
    citizen.get_by_test_id("photo-file").set_input_files(picture)
    citizen.get_by_role("button", name="Lanjut", exact=True).click()
    citizen.get_by_role("combobox", name="Cari tempat").fill("unioninkatu")
    citizen.get_by_role("option").first.click()
    expect(citizen.get_by_test_id("area")).to_contain_text("Wilayah:", timeout=SLOW_MS)
    citizen.get_by_role("button", name="Lanjut", exact=True).click()
    citizen.get_by_role("button", name=re.compile("Jalan rusak")).click()
    citizen.get_by_label("Apa yang terjadi?").fill(words)
    citizen.get_by_role("button", name="Kirim laporan").click()
    code = citizen.get_by_test_id("tracking-code")
    expect(code).to_be_visible(timeout=SLOW_MS)
    return code.inner_text().replace(" ", "")


def repair(head: Page, picture: Path) -> None:
    """Take the first open task through to its proof."""
    head.goto("/tugas")
    head.get_by_test_id("task-row").first.click(timeout=SLOW_MS)
    for step in ("Terima", "Mulai kerjakan"):
        button = head.get_by_role("button", name=step, exact=True)
        expect(head.get_by_role("group").first).to_be_visible()
        if button.is_visible():
            button.click()
            expect(button).to_be_hidden()
    head.get_by_role("button", name="Selesai", exact=True).click()
    dialog = head.get_by_role("dialog")
    dialog.locator("input[type=file]").first.set_input_files(picture)
    dialog.get_by_label("Keterangan").fill("Lubang ditutup aspal.")
    dialog.get_by_role("button", name="Selesai", exact=True).click()
    expect(dialog).to_be_hidden()


def test_from_a_report_to_the_reporters_word(open_page: OpenPage, tmp_path: Path) -> None:
    citizen = open_page("/", phone=True)
    code = report(citizen, photo(tmp_path, "before", 0), "Lubang besar di jalan.")

    operator = open_page("/console", "operator")
    row = operator.locator(".signals li button.row", has_text="Jalan rusak").last
    expect(row).to_be_visible(timeout=SLOW_MS)
    take(operator, row)
    make_incident(operator)

    citizen.goto(f"/ikuti/{code}")
    expect(citizen.get_by_test_id("owner")).to_have_text("Dinas Pekerjaan Umum")
    forwarded = citizen.get_by_text("Diteruskan ke instansi").first
    expect(forwarded).to_be_visible(timeout=SLOW_MS)

    head = open_page("/tugas", "kepala-pupr")
    repair(head, photo(tmp_path, "after", 20))
    citizen.reload()
    expect(citizen.get_by_role("heading", name="Sudah diperbaiki?")).to_be_visible()
    citizen.get_by_role("button", name="Belum", exact=True).click()
    dialog = citizen.get_by_role("dialog")
    dialog.get_by_role("radio", name="Baru sebagian").check(force=True)
    dialog.get_by_role("button", name="Kirim").click()
    expect(citizen.get_by_text("Dibuka lagi").first).to_be_visible()

    repair(head, photo(tmp_path, "after-again", 40))
    citizen.reload()
    citizen.get_by_role("button", name="Ya", exact=True).click()
    expect(citizen.get_by_text("Terima kasih. Laporan ditutup.")).to_be_visible()


def test_words_of_an_emergency_lead_to_the_telephone(open_page: OpenPage, tmp_path: Path) -> None:
    citizen = open_page("/", phone=True)
    report(citizen, photo(tmp_path, "fire", 60), "Kebakaran sekarang di lantai dua!")
    hint = citizen.get_by_test_id("emergency")
    expect(hint).to_be_visible()
    expect(hint.get_by_role("link")).to_have_attribute("href", "tel:112")


def test_a_report_without_a_link_is_sent_later(open_page: OpenPage, tmp_path: Path) -> None:
    citizen = open_page("/", phone=True)
    citizen.get_by_role("button", name=CITY).click()
    citizen.get_by_role("link", name=re.compile("^Lapor")).click()
    citizen.get_by_role("button", name="Lanjut tanpa foto").click()
    citizen.get_by_role("combobox", name="Cari tempat").fill("kaivokatu")
    citizen.get_by_role("option").first.click()
    expect(citizen.get_by_test_id("area")).to_contain_text("Wilayah:", timeout=SLOW_MS)
    citizen.get_by_role("button", name="Lanjut", exact=True).click()
    citizen.get_by_role("button", name=re.compile("Sampah")).first.click()
    citizen.get_by_label("Apa yang terjadi?").fill("Sampah menumpuk.")
    citizen.context.set_offline(True)
    citizen.get_by_role("button", name="Kirim laporan").click()
    expect(citizen.get_by_text("Tersimpan di ponsel")).to_be_visible()
    citizen.context.set_offline(False)
    expect(citizen.get_by_test_id("tracking-code")).to_be_visible(timeout=SLOW_MS)
