"""The gazetteer as typed: what a 112 caller says → places, best first.

Called by the API at every key stroke, so it must answer in milliseconds at 10,000s of places.
Words match from their beginning; where none does, trigrams forgive slips of the pen.
"""

import math
from dataclasses import dataclass

from django.db import connection

from sigap.city.models import PlaceKind
from sigap.city.search_text import AREA_MARK, Wanted, read_wanted
from sigap.core.geometry import LatLon, distance_m
from sigap.core.tenancy import reading

DEFAULT_LIMIT = 10
_CANDIDATES = 60
# "sudriman" shares 0.38 with "sudirman".
_FORGIVING = 0.34
_KIND_WEIGHT = {
    PlaceKind.AREA: 0.30,
    PlaceKind.STREET: 0.25,
    PlaceKind.HOSPITAL: 0.30,
    PlaceKind.POLICE: 0.30,
    PlaceKind.FIRE_STATION: 0.30,
    PlaceKind.SQUARE: 0.20,
    PlaceKind.LANDMARK: 0.20,
    PlaceKind.TRANSPORT: 0.15,
    PlaceKind.SCHOOL: 0.15,
    PlaceKind.WORSHIP: 0.15,
    PlaceKind.SHOP: 0.10,
    PlaceKind.OTHER: 0.0,
}

# Both queries run on the trigram index. The first takes words by their beginnings; the second is
# asked only where the first finds too little.
_COLUMNS = """
    SELECT p.id, p.name, p.kind, p.lat, p.lon, p.search_text, coalesce(a.name, ''),
           similarity(%(full)s, split_part(p.search_text, '@', 1))
    FROM city_place p LEFT JOIN city_area a ON a.id = p.area_id
    WHERE p.city_id = %(city)s AND """
_BY_BEGINNINGS = (
    _COLUMNS
    + """p.search_text LIKE ALL(%(patterns)s)
    ORDER BY 8 DESC, p.id LIMIT %(candidates)s"""
)
_FORGIVINGLY = (
    _COLUMNS
    + """%(core)s <%% p.search_text
    ORDER BY word_similarity(%(core)s, p.search_text) DESC, p.id LIMIT %(candidates)s"""
)


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place with the name of its area; `score` only orders."""

    id: int
    name: str
    kind: PlaceKind
    position: LatLon
    area_name: str
    score: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    place: FoundPlace
    search_text: str


def search_places(
    city_id: int, text: str, *, limit: int = DEFAULT_LIMIT, near: LatLon | None = None
) -> list[FoundPlace]:
    """Best first; `near` (a camera, the map's middle) prefers the closer of equals."""
    wanted = read_wanted(text)
    if not wanted.words or limit < 1:
        return []
    with reading(city_id):
        found = _query(_BY_BEGINNINGS, city_id, wanted)
        if len(found) < min(limit, 3):
            known = {candidate.place.id for candidate in found}
            found += [c for c in _forgiving(city_id, wanted) if c.place.id not in known]
    ranked = sorted(
        (_scored(candidate, wanted, near) for candidate in found),
        key=lambda place: (-place.score, place.name, place.id),
    )
    return ranked[:limit]


def _forgiving(city_id: int, wanted: Wanted) -> list[_Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(_FORGIVING)]
        )
    return _query(_FORGIVINGLY, city_id, wanted)


def _query(sql: str, city_id: int, wanted: Wanted) -> list[_Candidate]:
    values: dict[str, int | str | list[str]] = {
        "city": city_id,
        "full": wanted.full,
        "core": wanted.core,
        "patterns": [f"% {_escaped(word)}%" for word in wanted.words],
        "candidates": _CANDIDATES,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_candidate(row) for row in cursor.fetchall()]


def _candidate(row: tuple[int, str, str, float, float, str, str, float]) -> _Candidate:
    place_id, name, kind, lat, lon, search_text, area_name, alike = row
    place = FoundPlace(place_id, name, PlaceKind(kind), LatLon(lat, lon), area_name, alike)
    return _Candidate(place, search_text)


def _scored(candidate: _Candidate, wanted: Wanted, near: LatLon | None) -> FoundPlace:
    """Likeness, plus what a person would weigh: the name begins so, is just so, lies close by."""
    place = candidate.place
    names = [name.strip() for name in candidate.search_text.split(AREA_MARK)[0].split("|")]
    score = place.score + _KIND_WEIGHT[place.kind]
    if wanted.full in names:
        score += 1.0
    elif any(name.startswith(wanted.core) for name in names):
        score += 0.6
    beginnings = [f" {word}" for word in wanted.words]
    named = sum(any(word in f" {name}" for name in names) for word in beginnings)
    anywhere = sum(word in candidate.search_text for word in beginnings)
    score += (0.4 * named + 0.6 * anywhere) / len(beginnings)
    if near is not None:
        score -= 0.1 * math.log10(1 + distance_m(near, place.position) / 100)
    return FoundPlace(place.id, place.name, place.kind, place.position, place.area_name, score)


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
