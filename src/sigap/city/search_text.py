"""How names and what callers say become comparable. Used by `importing` and `search` alike.

"Jl. Jend. Sudirman No. 12 RT 03/RW 05" and "jalan jenderal sudirman" meet in the middle: accents
and case fall away, abbreviations are written out, and words that help nobody find it are dropped.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SEARCH_TEXT_LIMIT = 400
# Between the names of a place and that of its area.
AREA_MARK = "@"

_WRITTEN_OUT = {
    "jln": "jalan", "jl": "jalan", "jlan": "jalan", "gg": "gang", "jend": "jenderal",
    "jendral": "jenderal", "jen": "jenderal", "kapt": "kapten", "moh": "mohammad",
    "muh": "muhammad", "rs": "rumah sakit", "rsu": "rumah sakit umum",
    "rsud": "rumah sakit umum daerah", "rsia": "rumah sakit ibu anak", "pkm": "puskesmas",
    "psr": "pasar", "st": "stasiun", "sta": "stasiun", "ters": "terusan",
    "komp": "kompleks", "komplek": "kompleks", "perum": "perumahan", "kel": "kelurahan",
    "kec": "kecamatan", "mesjid": "masjid", "mall": "mal", "sdn": "sd negeri",
    "smpn": "smp negeri", "sman": "sma negeri",
}  # fmt: skip
# Said to describe, not to name: "depan Masjid Agung", "jalan", "kelurahan".
_NOISE = frozenset(
    {
        "jalan", "jalanan", "kelurahan", "kecamatan", "kota", "dekat", "depan", "seberang",
        "samping", "belakang", "sebelah", "di", "ke", "dari", "arah", "dan", "the", "rua", "near",
    }
)  # fmt: skip
# "RT 03/RW 05", "RT03/05", "rt.3 rw.5", "RT/RW 003/005".
_RT_RW = re.compile(
    r"\brt\s*/\s*rw[\s.:]*\d{1,3}\s*/\s*\d{1,3}|\br[tw][\s.:]*\d{1,3}(?:\s*/\s*\d{1,3})?\b",
    re.IGNORECASE,
)
# "No. 12A", "nomor 5/7", "Blok C12"; but "Blok M" is a name.
_HOUSE_NUMBER = re.compile(
    r"\b(?:no|nomor|nomer)\b[\s.:]*\d+\w*(?:[/-]\w+)?|\bblok\s+[a-z]{0,2}\s?\d+\w*",
    re.IGNORECASE,
)
_TRAILING_NUMBER = re.compile(r"(?:\s+\d+[a-z]?)+$")
_NOT_WORDS = re.compile(r"[^\w]+|_+")
_UNDECOMPOSED = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `words` must be found; `full` keeps a trailing number, which may be part
    of the name ("Gang Mawar 3") or the house."""

    words: tuple[str, ...]
    full: str

    @property
    def core(self) -> str:
        return " ".join(self.words)


def plain(text: str) -> str:
    """Lower case without accents or punctuation, words apart by one space."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_UNDECOMPOSED))
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return _NOT_WORDS.sub(" ", bare).strip()


def name_words(name: str) -> str:
    """A name as it is stored: plain, written out, without noise (unless nothing else is left)."""
    words = " ".join(_WRITTEN_OUT.get(word, word) for word in plain(name).split())
    kept = [word for word in words.split() if word not in _NOISE]
    return " ".join(kept) or words


def stored_text(names: Iterable[str], area_name: str) -> str:
    """The text that is indexed: each name once, then the area, at most SEARCH_TEXT_LIMIT letters.
    Begins with a space, so that the start of a name is the start of a word."""
    area = f" {AREA_MARK} {name_words(area_name)}" if area_name else ""
    text = ""
    for words in dict.fromkeys(name_words(name) for name in names):
        longer = f"{text} | {words}" if text else f" {words}"
        if words and len(longer) + len(area) <= SEARCH_TEXT_LIMIT:
            text = longer
    return (text + area)[:SEARCH_TEXT_LIMIT]


def read_wanted(text: str) -> Wanted:
    """What a caller said, as words to look for; empty where it holds nothing but noise."""
    said = text[:SEARCH_TEXT_LIMIT]
    for pattern in (_RT_RW, _HOUSE_NUMBER):
        said = pattern.sub(" ", said)
    full = name_words(said)
    if full in _NOISE:
        return Wanted((), "")
    core = _TRAILING_NUMBER.sub("", f" {full}").strip() or full
    return Wanted(tuple(core.split()), full)
