"""The console as its operators use it."""

import re

from playwright.sync_api import Locator, Page, expect

SLOW_MS = 90_000


def waiting_row(page: Page, text: str) -> Locator:
    """The first row of the queue that holds `text` and nobody has taken yet."""
    return page.locator("li button.row", has_text=text).first


def take(page: Page, row: Locator) -> None:
    """Select a row and acknowledge it by key."""
    row.click()
    page.keyboard.press("a")
    expect(page.locator("li.selected", has_text="oleh ")).to_be_visible()


def make_incident(page: Page) -> int:
    """Make an incident of the selected signal by key; returns its number."""
    page.keyboard.press("i")
    title = page.get_by_text(re.compile(r"^Kejadian #\d+$")).first
    expect(title).to_be_visible(timeout=SLOW_MS)
    found = re.search(r"#(\d+)", title.inner_text())
    assert found is not None
    return int(found.group(1))


def send(page: Page, call_sign: str) -> None:
    """Send a ranked unit: by its key if it is the first, else by its button."""
    button = page.get_by_role("button", name=f"Kirim {call_sign}", exact=True)
    expect(button).to_be_visible(timeout=SLOW_MS)
    first = page.get_by_role("button", name=re.compile("^Kirim ")).first
    if first.get_attribute("aria-label") == f"Kirim {call_sign}":
        page.keyboard.press("1")
    else:
        button.click()
    expect(page.get_by_text(f"{call_sign} dikirim")).to_be_visible()


def proposed_units(page: Page) -> list[str]:
    """The call signs of the proposed units, quickest first."""
    buttons = page.get_by_role("button", name=re.compile("^Kirim "))
    expect(buttons.first).to_be_visible(timeout=SLOW_MS)
    labels = [b.get_attribute("aria-label") or "" for b in buttons.all()]
    return [label.removeprefix("Kirim ") for label in labels]


def close_incident(page: Page, how: str, why: str) -> None:
    """Close the incident that is shown, with a disposition and a written reason."""
    page.get_by_role("button", name=re.compile("^Tutup kejadian")).first.click()
    dialog = page.get_by_role("dialog")
    # The radio itself is drawn by its label.
    dialog.get_by_role("radio", name=how).check(force=True)
    dialog.get_by_label("Alasan tertulis").fill(why)
    dialog.get_by_role("button", name=re.compile("^Tutup kejadian")).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(f"Kejadian ditutup: {how}").first).to_be_visible(timeout=SLOW_MS)
