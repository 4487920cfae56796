"""The address of a PostgreSQL database, as a URL and in parts.

Made by `postgres`, read by the settings.
"""

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from sigap.runtime.faults import MachineFault


@dataclass(frozen=True)
class DatabaseAddress:
    """`host` is a folder for a unix socket, else a name; an empty `options` means none."""

    name: str
    user: str
    host: str
    port: int = 5432
    password: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_url(cls, url: str) -> "DatabaseAddress":
        try:
            parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
        except ProgrammingError as error:
            raise MachineFault(
                f"SIGAP_DATABASE_URL is not a PostgreSQL address ({str(error).strip()}):"
                " write it as postgresql://user:password@host:5432/database."
            ) from error
        known = {"dbname", "user", "host", "port", "password"}
        return cls(
            name=parts.get("dbname", "sigap"),
            user=parts.get("user", "sigap"),
            host=parts.get("host", ""),
            port=int(parts.get("port") or 5432),
            password=parts.get("password", ""),
            options=tuple((key, value) for key, value in parts.items() if key not in known),
        )

    @property
    def url(self) -> str:
        secret = f":{quote(self.password, safe='')}" if self.password else ""
        query = {"host": self.host, "port": str(self.port), **dict(self.options)}
        return (
            f"postgresql://{quote(self.user, safe='')}{secret}@/{quote(self.name, safe='')}"
            f"?{urlencode(query)}"
        )

    def for_database(self, name: str) -> "DatabaseAddress":
        return replace(self, name=name)

    def for_user(self, user: str) -> "DatabaseAddress":
        return replace(self, user=user)
