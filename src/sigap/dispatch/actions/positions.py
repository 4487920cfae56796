"""Positions from officers' phones: a batch checked row by row, written in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from sigap.accounts.permissions import Permission
from sigap.city.queries import bounds
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.geometry import Box, LatLon, box_around, distance_m
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.actions.locking import lock_unit
from sigap.dispatch.device_time import OLDEST, TOLERANCE, DeviceMoment, by_our_clock
from sigap.dispatch.models import Unit

# An ambulance leaves the city for a hospital, a fire engine helps the neighbours.
OUTSIDE_LIMIT_M = 100_000.0
ACCURACY_LIMIT_M = 1_000.0
SPEED_LIMIT_MPS = 85.0
# How far it must have moved, and how long ago the consoles last heard, to be told again.
ANNOUNCE_AFTER_M = 10.0
ANNOUNCE_AFTER = timedelta(seconds=3)
ANNOUNCE_ANYWAY = timedelta(seconds=60)
_ANNOUNCED = ("announced_at", "announced_lat", "announced_lon")

_INSERT = """
    INSERT INTO dispatch_position (city_id, unit_id, device_at, observed_at, received_at,
                                   lat, lon, accuracy_m, speed_mps, heading_deg)
    SELECT %s, %s, d, o, %s, la, lo, ac, sp, he
    FROM unnest(%s::timestamptz[], %s::timestamptz[], %s::float8[], %s::float8[],
                %s::float8[], %s::float8[], %s::float8[]) AS t(d, o, la, lo, ac, sp, he)
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Fix:
    """One position by the phone's clock. Metres, metres per second, degrees from north."""

    device_at: datetime
    place: LatLon
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None


class FixOutcome(StrEnum):
    KEPT = "kept"
    NOT_A_PLACE = "not_a_place"
    FAR_OUTSIDE = "far_outside"
    TOO_VAGUE = "too_vague"
    TOO_OLD = "too_old"
    IN_THE_FUTURE = "in_the_future"
    IMPOSSIBLE_SPEED = "impossible_speed"


@dataclass(frozen=True, slots=True)
class _Placed:
    fix: Fix
    observed_at: datetime


def record_positions(
    actor: Actor, unit_id: int, fixes: Sequence[Fix], *, sent_at: datetime | None = None
) -> list[FixOutcome]:
    """Keep the sound fixes of a unit; says for each what became of it, in the order given.

    One bad fix does not hold up the rest of a queue. Sent twice, nothing is doubled.
    """
    received_at = clock.now()
    with unit_of_work(actor):
        unit = lock_unit(actor, unit_id, Permission.RESPOND)
        box = _reach(unit)
        placed = [_Placed(f, _observed_at(f, sent_at, received_at)) for f in fixes]
        outcomes = [_judge(p, box, received_at) for p in placed]
        sound = _without_jumps(unit, placed, outcomes)
        if sound:
            _insert(unit, sound, received_at)
            _advance(unit, sound[-1])
        return outcomes


def _observed_at(fix: Fix, sent_at: datetime | None, received_at: datetime) -> datetime:
    return by_our_clock(DeviceMoment(fix.device_at, sent_at), received_at)


def _reach(unit: Unit) -> Box:
    inner = bounds(unit.city)
    low = box_around(LatLon(inner.south, inner.west), OUTSIDE_LIMIT_M)
    high = box_around(LatLon(inner.north, inner.east), OUTSIDE_LIMIT_M)
    return Box(low.south, low.west, high.north, high.east)


def _judge(placed: _Placed, box: Box, received_at: datetime) -> FixOutcome:
    fix, at = placed.fix, placed.observed_at
    checks = (
        (FixOutcome.NOT_A_PLACE, not fix.place.is_valid() or fix.place == LatLon(0.0, 0.0)),
        (FixOutcome.FAR_OUTSIDE, not box.contains(fix.place)),
        (FixOutcome.TOO_VAGUE, not 0 <= (fix.accuracy_m or 0.0) <= ACCURACY_LIMIT_M),
        (FixOutcome.TOO_OLD, at < received_at - OLDEST),
        (FixOutcome.IN_THE_FUTURE, at > received_at + TOLERANCE),
        (FixOutcome.IMPOSSIBLE_SPEED, not 0 <= (fix.speed_mps or 0.0) <= SPEED_LIMIT_MPS),
    )
    return next((outcome for outcome, fails in checks if fails), FixOutcome.KEPT)


def _without_jumps(unit: Unit, placed: list[_Placed], outcomes: list[FixOutcome]) -> list[_Placed]:
    """The kept fixes in order of time, less those that no vehicle can have reached."""
    kept = sorted(
        (i for i, outcome in enumerate(outcomes) if outcome is FixOutcome.KEPT),
        key=lambda i: placed[i].observed_at,
    )
    sound: list[_Placed] = []
    last = _newest(unit)
    for i in kept:
        if last is not None and _is_jump(last, placed[i]):
            outcomes[i] = FixOutcome.IMPOSSIBLE_SPEED
            continue
        sound.append(placed[i])
        last = placed[i]
    return sound


def _newest(unit: Unit) -> _Placed | None:
    if unit.lat is None or unit.lon is None or unit.position_at is None:
        return None
    return _Placed(Fix(unit.position_at, LatLon(unit.lat, unit.lon)), unit.position_at)


def _is_jump(a: _Placed, b: _Placed) -> bool:
    """Faster than any unit drives, inaccuracy of both fixes granted."""
    seconds = abs((b.observed_at - a.observed_at).total_seconds())
    slack_m = 100.0 + (a.fix.accuracy_m or 0.0) + (b.fix.accuracy_m or 0.0)
    return distance_m(a.fix.place, b.fix.place) > SPEED_LIMIT_MPS * seconds + slack_m


def _insert(unit: Unit, sound: list[_Placed], received_at: datetime) -> None:
    columns: list[list[Any]] = [
        [p.fix.device_at for p in sound],
        [p.observed_at for p in sound],
        [p.fix.place.lat for p in sound],
        [p.fix.place.lon for p in sound],
        [p.fix.accuracy_m for p in sound],
        [p.fix.speed_mps for p in sound],
        [_heading(p.fix) for p in sound],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [unit.city_id, unit.pk, received_at, *columns])


def _heading(fix: Fix) -> float | None:
    """Phones that stand still give rubbish here; the place is good nevertheless."""
    known = fix.heading_deg is not None and 0 <= fix.heading_deg <= 360
    return fix.heading_deg if known else None


def _advance(unit: Unit, newest: _Placed) -> None:
    """Bring the unit's own position forward, never back."""
    if unit.position_at is not None and newest.observed_at <= unit.position_at:
        return
    place = newest.fix.place
    unit.lat, unit.lon, unit.position_at = place.lat, place.lon, newest.observed_at
    if _is_news(unit, place):
        unit.announced_at = clock.now()
        unit.announced_lat, unit.announced_lon = place.lat, place.lon
        _tell_consoles(unit)
    unit.save(update_fields=["lat", "lon", "position_at", *_ANNOUNCED])


def _tell_consoles(unit: Unit) -> None:
    """Wake the consoles for the unit's row. No event: the log keeps no track of people."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('sigap_rows', %s)", [f"{unit.city_id}:units:{unit.pk}"])


def _is_news(unit: Unit, place: LatLon) -> bool:
    """Whether the console should hear of it: far enough and not too often, or once a minute."""
    if unit.announced_at is None or unit.announced_lat is None or unit.announced_lon is None:
        return True
    quiet = clock.now() - unit.announced_at
    moved_m = distance_m(LatLon(unit.announced_lat, unit.announced_lon), place)
    return quiet >= ANNOUNCE_ANYWAY or (quiet >= ANNOUNCE_AFTER and moved_m >= ANNOUNCE_AFTER_M)
