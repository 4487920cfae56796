"""A 112 call, by keyboard alone and quickly; the dispatcher acts for a crew without a phone."""

import re
import time

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
from tests.demo import Demo

pytestmark = pytest.mark.browser

FORM_LIMIT_S = 15


def test_from_a_call_to_a_cleared_unit(demo: Demo, open_page: OpenPage) -> None:
    taker = open_page("/console", "penerima-112")
    expect(taker.get_by_role("button", name=re.compile("Panggilan 112"))).to_be_visible()
    began = time.monotonic()
    keys = taker.keyboard
    keys.press("c")
    expect(taker.get_by_role("form", name="Panggilan 112")).to_be_visible()
    keys.press("Tab")
    keys.type("kaivokatu")
    expect(taker.get_by_role("option").first).to_be_visible()
    keys.press("Enter")
    keys.press("Tab")
    keys.type("kebak")
    expect(taker.get_by_role("option", name=re.compile("Kebakaran"))).to_be_visible()
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("+62 812 555 0101")
    keys.press("Tab")
    keys.type("asap dari jendela lantai dua")
    keys.press("Control+Enter")
    expect(taker.get_by_text(re.compile("Panggilan tersimpan sebagai sinyal S"))).to_be_visible()
    assert time.monotonic() - began < FORM_LIMIT_S

    operator = open_page("/console", "operator")
    call = waiting_row(operator, "112 ·")
    expect(call).to_be_visible(timeout=SLOW_MS)
    expect(call).to_contain_text("Kebakaran")
    take(operator, call)
    make_incident(operator)
    unit = proposed_units(operator)[0]
    assert unit.startswith("DAMKAR")
    send(operator, unit)
    for step in ("Terima", "Berangkat", "Tiba", "Selesai"):
        operator.get_by_role("button", name=f"{step}: Catat untuk {unit}").click()
    close_incident(operator, "Ditangani", "Api padam, tidak ada korban.")


def test_a_unit_that_does_not_answer_raises_an_alert(demo: Demo, open_page: OpenPage) -> None:
    """The limit is the city's; the demo's is a minute."""
    operator = open_page("/console", "operator-2")
    operator.get_by_role("button", name=re.compile("Panggilan 112")).click()
    form = operator.get_by_role("form", name="Panggilan 112")
    form.get_by_role("combobox", name="Tempat").fill("unioninkatu")
    operator.get_by_role("option").first.click()
    form.get_by_role("combobox", name="Kejadian").fill("medis")
    operator.get_by_role("option").first.click()
    form.get_by_role("button", name="Simpan").click()
    take(operator, waiting_row(operator, "112 ·"))
    make_incident(operator)
    unit = proposed_units(operator)[0]
    send(operator, unit)
    alert = operator.get_by_text(f"{unit} tidak menjawab dalam batas waktu").first
    expect(alert).to_be_visible(timeout=120_000)
