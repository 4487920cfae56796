"""The roles, the database and the extensions that Sigap needs in its own PostgreSQL.

The owner role is no superuser and does not bypass row-level security: the second lock must bite.
"""

import psycopg
from psycopg import sql

from sigap.runtime.database_address import DatabaseAddress

SUPERUSER = "postgres"
OWNER = "sigap"
DATABASE = "sigap"
EXTENSIONS = ("pg_trgm", "btree_gist", "unaccent")


def prepare_database(maintenance: DatabaseAddress, *, owner_makes_databases: bool) -> None:
    """Make what is missing; harmless to repeat. `maintenance` is the superuser's address."""
    with psycopg.connect(maintenance.url, autocommit=True) as connection:
        _ensure_owner(connection, owner_makes_databases)
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
        ).fetchone()
    if found:
        return
    with psycopg.connect(maintenance.for_database("template1").url, autocommit=True) as template:
        for name in EXTENSIONS:
            template.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name))
            )
    with psycopg.connect(maintenance.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(DATABASE), sql.Identifier(OWNER)
            )
        )


def _ensure_owner(connection: psycopg.Connection, owner_makes_databases: bool) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone()
    if found:
        return
    makes = sql.SQL("CREATEDB" if owner_makes_databases else "NOCREATEDB")
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {}").format(
            sql.Identifier(OWNER), makes
        )
    )
