"""What callers say and what is stored meet."""

import pytest

from sigap.city.search_text import SEARCH_TEXT_LIMIT, name_words, plain, read_wanted, stored_text


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Jl. Jend. Sudirman No. 12", "jenderal sudirman"),
        ("jalan jenderal sudirman", "jenderal sudirman"),
        ("JLN SUDIRMAN RT 03/RW 05", "sudirman"),
        ("sudirman rt03/05", "sudirman"),
        ("gg mawar RT/RW 003/005 no.7a", "gang mawar"),
        ("Gang Mawar", "gang mawar"),
        ("Mawar Blok C12", "mawar"),
        ("Blok M", "blok m"),
        ("depan Masjid Agung", "masjid agung"),
        ("RSUD Kabupaten", "rumah sakit umum daerah kabupaten"),
        ("Kelurahan Sukasari", "sukasari"),
        ("Café Señorita", "cafe senorita"),
        ("  Erottaja,  1 ", "erottaja"),
        ("  ", ""),
        ("jalan", ""),
        ("!!!", ""),
    ],
)
def test_words_that_are_looked_for(said: str, meant: str) -> None:
    assert read_wanted(said).core == meant


def test_a_trailing_number_may_belong_to_the_name() -> None:
    wanted = read_wanted("gang mawar 3")
    assert (wanted.core, wanted.full) == ("gang mawar", "gang mawar 3")
    assert read_wanted("17").core == "17"


def test_names_are_stored_once_with_their_area() -> None:
    text = stored_text(["Aleksanterinkatu", "Alexandersgatan", "ALEKSANTERINKATU"], "Kluuvi")
    assert text == " aleksanterinkatu | alexandersgatan @ kluuvi"


def test_stored_text_keeps_its_limit_and_its_area() -> None:
    text = stored_text([f"{number} " + "nama " * 20 for number in range(20)], "Sukasari")
    assert len(text) <= SEARCH_TEXT_LIMIT
    assert text.endswith("@ sukasari")


def test_a_name_of_noise_alone_is_kept() -> None:
    assert name_words("Jalan Kota") == "jalan kota"


def test_megabytes_are_cut() -> None:
    assert len(read_wanted("a" * 1_000_000).full) <= SEARCH_TEXT_LIMIT


def test_plain() -> None:
    assert plain("Pátio São-João_2 (İst)") == "patio sao joao 2 ist"
