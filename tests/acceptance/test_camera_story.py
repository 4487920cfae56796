"""A walker enters a forbidden zone: alarm, incident, unit, officer, proof, figure."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.acceptance.conftest import OpenPage
from tests.acceptance.console import (
    SLOW_MS,
    close_incident,
    make_incident,
    proposed_units,
    send,
    take,
    waiting_row,
)
from tests.acceptance.officer import STEPS, swipe
from tests.demo import Demo

pytestmark = pytest.mark.browser

# The footage loops every 80 s; a zone is entered at least once in each loop.
ALARM_MS = 240_000


def test_from_a_real_camera_to_a_figure(demo: Demo, open_page: OpenPage) -> None:
    operator = open_page("/console", "operator")
    alarm = waiting_row(operator, "Kamera ·")
    expect(alarm).to_be_visible(timeout=ALARM_MS)
    expect(alarm.locator("img")).to_be_visible()
    take(operator, alarm)
    number = make_incident(operator)
    incident = parse_qs(urlsplit(operator.url).query)["incident"][0]

    crewed = [sign for sign in proposed_units(operator) if demo.officer_of(sign) in demo.passwords]
    assert crewed, "no proposed unit has a crew with an account"
    send(operator, crewed[0])

    officer = open_page("/petugas", demo.officer_of(crewed[0]), phone=True)
    expect(officer.get_by_test_id("task")).to_contain_text(f"#{number}")
    for step, status in zip(STEPS, ("menerima", "menuju lokasi", "di lokasi", None), strict=True):
        swipe(officer, step)
        if status is not None:
            shown = operator.locator("section", has_text=crewed[0]).get_by_text(status).first
            expect(shown).to_be_visible(timeout=SLOW_MS)
    expect(officer.get_by_test_id("task")).to_be_hidden(timeout=SLOW_MS)

    close_incident(operator, "Ditangani", "Orang diminta keluar dari taman.")

    supervisor = open_page("/evaluasi", "pengawas")
    heading = supervisor.get_by_role("heading", name="Berapa lama sampai ada yang tiba?")
    expect(heading).to_be_visible(timeout=SLOW_MS)
    behind = supervisor.locator(f'a[href="/console?incident={incident}"]')
    expect(behind.first).to_have_text(f"Kejadian #{number}", timeout=SLOW_MS)


def test_the_operator_watches_and_plays_back(open_page: OpenPage) -> None:
    operator = open_page("/console", "operator")
    picture = operator.locator("video").first
    expect(picture).to_be_visible()
    moving = "v => v.readyState >= 2 && v.videoWidth > 0 && v.currentTime > 0"
    operator.wait_for_function(f"() => [...document.querySelectorAll('video')].some({moving})")
