"""Words that make an ordinary report sound like an emergency: the page says "call 112 now".

The report is accepted all the same, with priority 1. Edit the lists here; the test beside this
file says what must and what must not be taken for an emergency.
"""

import re

# Found anywhere in a sentence, as whole words.
URGENT = (
    # fire
    "kebakaran",
    "kobaran api",
    "rumah terbakar",
    "gedung terbakar",
    "sedang terbakar",
    "tabung gas meledak",
    "ledakan",
    "on fire",
    "explosion",
    # crime
    "perampokan",
    "dirampok",
    "dibegal",
    "begal",
    "penembakan",
    "penusukan",
    "tawuran",
    "penculikan",
    "diculik",
    "dianiaya",
    "pemerkosaan",
    "robbery",
    "being robbed",
    "stabbed",
    "gunshots",
    # life and health
    "minta tolong",
    "tolong tolong",
    "butuh ambulans",
    "butuh ambulance",
    "tidak sadarkan diri",
    "tidak bernapas",
    "tidak bernafas",
    "serangan jantung",
    "korban jiwa",
    "tenggelam",
    "bunuh diri",
    "tersengat listrik",
    "kesetrum",
    "terjebak banjir",
    "banjir bandang",
    "kecelakaan",
    "tabrakan",
    "unconscious",
    "not breathing",
    "heart attack",
    "drowning",
)

# Urgent only where they are all that a sentence says. "Tolong" is a cry for help, but also the
# "please" of every second ordinary report ("tolong jalannya diperbaiki").
URGENT_ALONE = ("tolong", "help", "darurat", "emergency", "112")

# In the same sentence they say that it is over, feared or asked about.
CALMING = (
    "bekas",
    "kemarin",
    "minggu lalu",
    "bulan lalu",
    "tahun lalu",
    "rawan",
    "sering",
    "agar tidak",
    "supaya tidak",
    "takut",
    "khawatir",
    "simulasi",
    "pencegahan",
    "mencegah",
    "yesterday",
    "last week",
    "prone",
)

_SENTENCE_END = re.compile(r"[.!?\n;]+")
_NOT_A_WORD = re.compile(r"\W+")


def sounds_urgent(text: str) -> bool:
    """Whether any sentence of `text` speaks of an emergency that goes on now."""
    return any(_is_urgent(sentence) for sentence in _SENTENCE_END.split(text.casefold()))


def _is_urgent(sentence: str) -> bool:
    words = f" {_NOT_A_WORD.sub(' ', sentence).strip()} "
    if words.strip() in URGENT_ALONE:
        return True
    if any(f" {calming} " in words for calming in CALMING):
        return False
    return any(f" {urgent} " in words for urgent in URGENT)
