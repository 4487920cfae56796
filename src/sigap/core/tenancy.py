"""The second lock: PostgreSQL row-level security. Every transaction names the city it works for.

`sigap.city` is a transaction-local setting. Unset, the policies show no row at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

EVERY_CITY = "*"


def enter_city(city_id: int | None) -> None:
    """Name the city of the running transaction; None names none (no tenant row is visible)."""
    _set("" if city_id is None else str(city_id))


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sigap.city', %s, true)", [value])


@contextmanager
def reading(city_id: int | None) -> Iterator[None]:
    """A transaction that sees one city."""
    with transaction.atomic():
        enter_city(city_id)
        yield


@contextmanager
def reading_every_city() -> Iterator[None]:
    """A transaction that sees all cities: for workers, imports and national counts only."""
    with transaction.atomic():
        _set(EVERY_CITY)
        yield


def isolation_sql(table: str) -> str:
    """SQL that locks `table` (it has a `city_id` column) behind the city of the transaction."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        DROP POLICY IF EXISTS city_isolation ON {table};
        CREATE POLICY city_isolation ON {table}
            USING (current_setting('sigap.city', true) IN ('*', city_id::text));
    """


def release_sql(table: str) -> str:
    """The reverse of `isolation_sql`."""
    return f"""
        DROP POLICY IF EXISTS city_isolation ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """
