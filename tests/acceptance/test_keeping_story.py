"""The city's administrator decides how long recordings are kept, and takes a shorter time back."""

import pytest
from playwright.sync_api import expect

from tests.acceptance.conftest import OpenPage

pytestmark = pytest.mark.browser

BASIS = "Perwal 7/2026"


def test_a_shorter_time_is_foreseen_decided_and_taken_back(open_page: OpenPage) -> None:
    admin = open_page("/console", "administrator")
    admin.locator("summary", has_text="▾").click()
    admin.get_by_role("link", name="Masa simpan rekaman").click()
    card = admin.get_by_role("article", name="Bencana")
    expect(card).to_contain_text("7 hari")

    card.get_by_role("button", name="Ubah").click()
    dialog = admin.get_by_role("dialog")
    save = dialog.get_by_role("button", name="Simpan keputusan")
    days = dialog.get_by_label("Simpan semua rekaman (hari)")
    for nonsense in ("0", "seminggu", "4000"):
        days.fill(nonsense)
        expect(dialog.get_by_text("Tulis angka dari 1 jam")).to_be_visible()
        expect(save).to_be_disabled()
    days.fill("31")
    expect(dialog.get_by_text("Tidak boleh lebih singkat dari rekaman lain.")).to_be_visible()
    days.fill("1,5")
    dialog.get_by_label("Dasar hukum").fill(BASIS)
    expect(dialog.get_by_role("status")).to_contain_text("02:00")
    expect(dialog.get_by_role("status")).to_contain_text("lebih dari 1,5 hari")
    save.click()
    expect(dialog).to_be_hidden()

    expect(card).to_contain_text("02:00 hanya disimpan 1,5 hari. Sampai saat itu tetap 7 hari")
    expect(card).to_contain_text(BASIS)
    past = admin.get_by_role("listitem").filter(has_text="Bencana: 7 hari menjadi 1,5 hari")
    expect(past.first).to_contain_text("Administrator")

    # Whoever manages cameras sees it, and decides nothing.
    supervisor = open_page("/console/retention", "pengawas")
    expect(supervisor.get_by_text("hanya disimpan 1,5 hari")).to_be_visible()
    expect(supervisor.get_by_role("button", name="Ubah")).to_have_count(0)
    operator = open_page("/console/retention", "operator")
    expect(operator.get_by_text("Anda tidak berwenang melakukan ini.")).to_be_visible()

    card.get_by_role("button", name="Batalkan pemendekan").click()
    expect(card.get_by_text("hanya disimpan")).to_be_hidden()
    expect(card).to_contain_text("7 hari")


def test_two_who_decide_at_once(open_page: OpenPage) -> None:
    first = open_page("/console/retention", "administrator")
    first.get_by_role("article", name="Lalu lintas").get_by_role("button", name="Ubah").click()
    second = open_page("/console/retention", "administrator", phone=True)
    card = second.get_by_role("article", name="Lalu lintas")
    card.get_by_role("button", name="Ubah").click()
    for page, days in ((second, "8"), (first, "9")):
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Simpan semua rekaman (hari)").fill(days)
        dialog.get_by_role("button", name="Simpan keputusan").click()
    expect(second.get_by_role("dialog")).to_be_hidden()
    warned = first.get_by_role("dialog").get_by_role("alert")
    expect(warned).to_contain_text("Orang lain baru saja mengubahnya: sekarang 8 hari")
    first.get_by_role("dialog").get_by_role("button", name="Simpan keputusan").click()
    expect(first.get_by_role("article", name="Lalu lintas")).to_contain_text("9 hari")
