"""One browser for all stories; each person has a window of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.demo import Demo

BROWSER_FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1366, "height": 850}
PHONE = {"width": 360, "height": 740}
PATIENCE_MS = 30_000

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser(browser_path: Path) -> Iterator[Browser]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(demo: Demo, browser: Browser, tmp_path: Path) -> Iterator[OpenPage]:
    """Opens a window: `open_page("/console", account="operator")`, `phone=True` for a phone.

    A window that asked for anything outside the demo, or had a script fail, fails the test.
    """
    pages: list[Page] = []
    wrong: list[str] = []

    def opened(path: str, account: str | None = None, *, phone: bool = False) -> Page:
        context = browser.new_context(
            base_url=demo.address,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            is_mobile=phone,
            has_touch=phone,
            locale="id-ID",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{path}: {error}"))
        page.on(
            "request",
            lambda request: (
                wrong.append(f"left the machine: {request.url}")
                if request.url.startswith("http") and "//127.0.0.1:" not in request.url
                else None
            ),
        )
        pages.append(page)
        if account is not None:
            log_in(page, account, demo.passwords[account], path)
        else:
            page.goto(path)
        return page

    yield opened
    for number, page in enumerate(pages):
        page.screenshot(path=tmp_path / f"end-{number}.png")
        page.context.close()
    assert wrong == []


def log_in(page: Page, account: str, password: str, path: str) -> None:
    """Through the login page, as a person does."""
    page.goto(f"/login?next={path}")
    page.get_by_label("Nama pengguna").fill(account)
    page.get_by_label("Kata sandi", exact=True).fill(password)
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.wait_for_url(lambda address: urlsplit(address).path.startswith(path))
