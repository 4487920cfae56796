"""From a PostgreSQL address to Django's database settings. Used by `settings`."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

POOL_MAX = 12


def database_settings(url: str) -> dict[str, Any]:
    """Django settings for `url` ("postgresql://user@/name?host=/run/dir" and the like).

    An empty address gives settings that fail on first use with a sentence, so that commands which
    need no database (OpenAPI, checks) still run. Raises ImproperlyConfigured for other engines.
    """
    if not url:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "sigap_database_url_is_not_set"}
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured("SIGAP_DATABASE_URL must start with postgresql://")
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "sigap"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # A thread lives as long as its request, so connections are kept in a pool, not by threads.
        "OPTIONS": {
            "pool": {"min_size": 2, "max_size": POOL_MAX, "timeout": 10},
            **parts,
        },
    }
