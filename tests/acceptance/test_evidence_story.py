"""A supervisor holds a recording, has it copied, and checks the files without the core."""

import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from sigap.node.evidence.command import evidence_app
from tests.acceptance.conftest import OpenPage
from tests.acceptance.console import SLOW_MS

pytestmark = pytest.mark.browser

REASON = "LP/12/XI/2026, permintaan penyidik"
# The first camera that has been up long enough to be asked about.
RECORDED = """async () => { for (;;) {
    const rows = await fetch('/api/v1/cctv/cameras').then(answer => answer.json());
    const row = rows.find(r => r.state === 'up' && Date.now() - Date.parse(r.state_since) > 15000);
    if (row) return { id: row.id, from: row.state_since };
    await new Promise(done => setTimeout(done, 500)) } }"""
KEYS = "() => fetch('/api/v1/public/evidence-keys').then(answer => answer.json())"


def form_address(page: Page) -> str:
    """As the player makes it: four seconds of one camera."""
    found = page.wait_for_function(RECORDED, timeout=SLOW_MS).json_value()
    begin = datetime.fromisoformat(found["from"]) + timedelta(seconds=3)
    end = begin + timedelta(seconds=4)
    stamps = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (begin, end)]
    return f"/console/evidence/new?camera={found['id']}&from={stamps[0]}&to={stamps[1]}"


def fill(page: Page, address: str, button: str) -> None:
    page.goto(address)
    page.get_by_label("Alasan").fill(REASON)
    page.get_by_role("button", name=button).click()


def test_a_copy_that_anybody_can_check(open_page: OpenPage, tmp_path: Path) -> None:
    supervisor = open_page("/console", "pengawas")
    address = form_address(supervisor)
    fill(supervisor, f"{address}&act=hold", "Tahan rekaman")
    expect(supervisor.get_by_text("Ditahan", exact=True).first).to_be_visible()

    fill(supervisor, address, "Minta salinan")
    card = supervisor.locator("article", has_text=REASON).first
    expect(card.get_by_text("Siap", exact=True)).to_be_visible(timeout=SLOW_MS)
    card.get_by_role("button", name="Unduh ZIP").click()
    supervisor.get_by_label("Untuk apa diunduh?").fill("Diserahkan kepada penyidik")
    with supervisor.expect_download() as taken:
        supervisor.get_by_role("dialog").get_by_role("button", name="Unduh ZIP").click()
    path = tmp_path / "bukti.zip"
    taken.value.save_as(path)

    [key] = [key for key in supervisor.evaluate(KEYS) if key["last_number"]]
    check = ["verify", str(path), "--key", key["public_key"]]
    good = CliRunner().invoke(evidence_app, check)
    assert good.exit_code == 0, good.output
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "out")
    [film] = (tmp_path / "out").glob("*.mp4")
    film.write_bytes(film.read_bytes()[:-1])
    bad = CliRunner().invoke(evidence_app, ["verify", str(tmp_path / "out")])
    assert bad.exit_code == 1
    assert "1 bytes too short" in bad.output

    supervisor.goto("/console/evidence?show=holds")
    supervisor.get_by_role("button", name="Lepas").first.click()
    supervisor.get_by_label("Mengapa dilepas?").fill("Salinan sudah diserahkan")
    supervisor.get_by_role("dialog").get_by_role("button", name="Lepas").click()
    supervisor.get_by_label("Juga yang sudah dilepas").check()
    ended = supervisor.get_by_text(": Salinan sudah diserahkan")
    expect(ended.first).to_be_visible()
