"""Whether the demo's database is as this code would make it, so that a second start is quick.

A mark in the home folder stands for: this code, this request, this data folder. Called by `demo`.
"""

import os
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from sigap.runtime.demo_request import DemoRequest
from sigap.runtime.home import Home
from sigap.runtime.postgres import DATABASE_URL_VARIABLE

_PACKAGE = Path(__file__).resolve().parents[1]


class PreparedMark:
    """`is_set` is false for any PostgreSQL but our own: others may have changed that."""

    def __init__(self, home: Home, request: DemoRequest, *, node_address: str) -> None:
        self._path = home.root / "demo-prepared"
        self._mark = sha256()
        self._mark.update(repr((asdict(request), node_address)).encode())
        self._add_files([home.postgres_data / "PG_VERSION", Path(request.extract)])
        self._add_files(sorted(_PACKAGE.rglob("*.py")))
        self._add_files([Path(request.accounts_file)])

    def is_set(self) -> bool:
        if os.environ.get(DATABASE_URL_VARIABLE):
            return False
        return self._path.exists() and self._path.read_text() == self._mark.hexdigest()

    def set(self) -> None:
        self._path.write_text(self._mark.hexdigest())

    def _add_files(self, paths: list[Path]) -> None:
        """Name, size and time of change stand for the content."""
        for path in paths:
            told = path.stat() if path.exists() else None
            facts = (told.st_size, told.st_mtime_ns) if told else None
            self._mark.update(f"{path}{facts}".encode())
