"""Which words ask for 112, and which only sound so."""

import pytest

from sigap.citizen.emergency_words import sounds_urgent


@pytest.mark.parametrize(
    "text",
    [
        "Kebakaran sekarang di belakang pasar!",
        "TOLONG! ada perampokan",
        "tolong",
        "Tolong, tolong!",
        "Ada orang tenggelam di kali",
        "Lampu mati. Tadi ada tabrakan, korban tidak sadarkan diri",
        "Jalan rusak kemarin. Sekarang ada kecelakaan",
        "There is a man not breathing",
    ],
)
def test_emergencies_are_heard(text: str) -> None:
    assert sounds_urgent(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tolong jalannya diperbaiki, sudah lama berlubang",
        "Bekas kebakaran belum dibersihkan",
        "Lampu jalan mati, rawan kecelakaan",
        "Lubang ini sering bikin kecelakaan",
        "Mohon ditutup agar tidak ada kecelakaan",
        "Sampah menumpuk sejak kemarin",
        "help desk tidak menjawab",
    ],
)
def test_ordinary_reports_stay_ordinary(text: str) -> None:
    assert not sounds_urgent(text)
