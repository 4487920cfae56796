"""Numbers that people say aloud (incident 2411), counted per city without locking anybody out."""

from enum import StrEnum

from django.db import connection


class Numbered(StrEnum):
    SIGNAL = "signal"
    INCIDENT = "incident"


def create_numbering(city_id: int) -> None:
    """Make the sequences of a new city; harmless if they exist."""
    with connection.cursor() as cursor:
        for what in Numbered:
            cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {_sequence(city_id, what)}")


def next_number(city_id: int, what: Numbered) -> int:
    """The next number of `what`. A transaction that fails leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass)", [_sequence(city_id, what)])
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _sequence(city_id: int, what: Numbered) -> str:
    return f"sigap_number_{what.value}_{int(city_id)}"
