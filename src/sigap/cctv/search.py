"""Search over past alarms by words, place, rule, class, colour, verdict and time. For the API.

Words and places are small: they are turned into the rules they name first. What is left are plain
comparisons on the big table, each with an index that ends in the time of the alarm.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from sigap.cctv.alarms import AlarmRow, alarm_row, alarms_with_names
from sigap.cctv.models import Alarm, Camera, Colour, Rule, RuleKind, StreetClass, Verdict
from sigap.city.search import search_places
from sigap.city.search_text import plain, read_wanted
from sigap.core.geometry import Box, LatLon, box_around, distance_m
from sigap.core.refusals import Invalid

DEFAULT_LIMIT = 50
# A street is long, and its place is one point of it.
NEAR_PLACE_M = 300.0
# "mannerhaimintie" shares 0.62 with "mannerheimintie".
ALIKE = 0.5
_ACCENTS = ("áàâãäåāçéèêëēíìîïīñóòôõöøōúùûüūýÿ", "aaaaaaaceeeeeiiiiinooooooouuuuuyy")
_CURSOR = re.compile(r"(\d{1,17})\.(\d{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlarmQuery:
    """What is looked for; what is empty or None is not asked for. `end` is not included."""

    text: str = ""
    camera_ids: Sequence[int] = ()
    rule_ids: Sequence[int] = ()
    kinds: Sequence[RuleKind] = ()
    classes: Sequence[StreetClass] = ()
    colours: Sequence[Colour] = ()
    verdicts: Sequence[Verdict] = ()
    unjudged: bool = False
    quiet: bool | None = None
    start: datetime | None = None
    end: datetime | None = None
    area_id: int | None = None
    box: Box | None = None
    cursor: str = ""
    limit: int = DEFAULT_LIMIT


@dataclass(frozen=True, slots=True)
class FoundAlarms:
    """One page, newest first. `cursor` gives the next one, None at the end.

    `place`: the words named a place, and cameras around it were looked through; `alike`: no name
    held the words, these are the most similar.
    """

    rows: list[AlarmRow]
    cursor: str | None = None
    place: str | None = None
    alike: bool = False


@dataclass(slots=True)
class _Named:
    """The rules that the words mean."""

    rule_ids: list[int] = field(default_factory=list)
    place: str | None = None
    alike: bool = False


def search_alarms(city_id: int, query: AlarmQuery) -> FoundAlarms:
    """The alarms of the city that fit `query`. Raises Invalid for a cursor that is none."""
    named = _Named()
    rules: set[int] | None = None
    if query.text.strip():
        named = _named_rules(city_id, query.text)
        rules = set(named.rule_ids)
    if _narrows_rules(query):
        fitting = set(_fitting_rules(city_id, query).values_list("pk", flat=True))
        rules = fitting if rules is None else rules & fitting
    if rules is not None and not rules:
        return FoundAlarms([], place=named.place, alike=named.alike)
    ids = list(_matching(city_id, query, rules).values_list("pk", flat=True)[: query.limit + 1])
    alarms = alarms_with_names(city_id).filter(pk__in=ids[: query.limit])
    ordered = sorted(alarms, key=lambda alarm: (alarm.observed_at, alarm.pk), reverse=True)
    return FoundAlarms(
        rows=[alarm_row(alarm) for alarm in ordered],
        cursor=_cursor(ordered[-1]) if len(ids) > query.limit else None,
        place=named.place,
        alike=named.alike,
    )


def _matching(city_id: int, query: AlarmQuery, rules: set[int] | None) -> QuerySet[Alarm]:
    wanted = Q(city_id=city_id)
    if rules is not None:
        wanted &= Q(rule_id__in=rules)
    if query.camera_ids:
        wanted &= Q(camera_id__in=query.camera_ids)
    if query.classes:
        wanted &= Q(street_class__in=query.classes)
    if query.colours:
        wanted &= Q(colour__in=query.colours)
    if query.verdicts:
        wanted &= Q(verdict__in=query.verdicts) & ~Q(verdict="")
    elif query.unjudged:
        wanted &= Q(verdict="")
    if query.quiet is not None:
        wanted &= Q(signal_id__isnull=query.quiet)
    return Alarm.objects.filter(wanted & _in_period(query)).order_by("-observed_at", "-pk")


def _in_period(query: AlarmQuery) -> Q:
    period = Q()
    if query.start is not None:
        period &= Q(observed_at__gte=query.start)
    if query.end is not None:
        period &= Q(observed_at__lt=query.end)
    if query.cursor:
        moment, alarm_id = _read_cursor(query.cursor)
        period &= Q(observed_at__lte=moment) & ~Q(observed_at=moment, pk__gte=alarm_id)
    return period


def _narrows_rules(query: AlarmQuery) -> bool:
    return bool(query.rule_ids or query.kinds or query.area_id or query.box)


def _fitting_rules(city_id: int, query: AlarmQuery) -> QuerySet[Rule]:
    rules = Rule.objects.filter(city_id=city_id)
    if query.rule_ids:
        rules = rules.filter(pk__in=query.rule_ids)
    if query.kinds:
        rules = rules.filter(kind__in=query.kinds)
    if query.area_id is not None:
        rules = rules.filter(
            Q(camera__area_id=query.area_id) | Q(camera__area__parent_id=query.area_id)
        )
    if query.box is not None:
        rules = rules.filter(
            camera__lat__range=(query.box.south, query.box.north),
            camera__lon__range=(query.box.west, query.box.east),
        )
    return rules


_RULES = """
    SELECT id FROM (
        SELECT rule.id, translate(
            lower(camera.name || ' ' || coalesce(area.name, '') || ' ' || rule.name),
            %(from)s, %(to)s
        ) AS words
        FROM cctv_rule rule JOIN cctv_camera camera ON camera.id = rule.camera_id
        LEFT JOIN city_area area ON area.id = camera.area_id
        WHERE rule.city_id = %(city)s
    ) AS named WHERE """
_HOLDS_ALL = _RULES + "words LIKE ALL(%(patterns)s)"
_MOST_ALIKE = _RULES + "word_similarity(%(text)s, words) >= %(alike)s"


def _named_rules(city_id: int, text: str) -> _Named:
    """The rules whose camera, area or own name holds every word; else those around the place that
    is called so; else those with similar names."""
    words = [word for word in plain(text).split() if read_wanted(word).words]
    if not words:
        return _Named()
    found = _rules_by(_HOLDS_ALL, city_id, words)
    if found:
        return _Named(found)
    places = search_places(city_id, text, limit=1)
    if places:
        around = _rules_around(city_id, places[0].position)
        if around:
            return _Named(around, place=places[0].name)
    return _Named(_rules_by(_MOST_ALIKE, city_id, words), alike=True)


def _rules_by(sql: str, city_id: int, words: list[str]) -> list[int]:
    values: dict[str, int | float | str | list[str]] = {
        "city": city_id,
        "from": _ACCENTS[0],
        "to": _ACCENTS[1],
        "patterns": [f"%{word}%" for word in words],
        "text": " ".join(words),
        "alike": ALIKE,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def _rules_around(city_id: int, place: LatLon) -> list[int]:
    box = box_around(place, NEAR_PLACE_M)
    cameras = Camera.objects.filter(
        city_id=city_id,
        lat__range=(box.south, box.north),
        lon__range=(box.west, box.east),
    ).values_list("pk", "lat", "lon")
    near = [pk for pk, *at in cameras if distance_m(LatLon(*at), place) <= NEAR_PLACE_M]
    return list(Rule.objects.filter(camera_id__in=near).values_list("pk", flat=True))


def _cursor(alarm: Alarm) -> str:
    return f"{(alarm.observed_at - _EPOCH) // timedelta(microseconds=1)}.{alarm.pk}"


def _read_cursor(text: str) -> tuple[datetime, int]:
    match = _CURSOR.fullmatch(text)
    try:
        if match:
            return _EPOCH + timedelta(microseconds=int(match[1])), int(match[2])
    except OverflowError:
        pass
    raise Invalid("bad_cursor", "This is no place in the list.", field="cursor")
