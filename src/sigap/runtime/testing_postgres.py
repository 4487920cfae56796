"""The PostgreSQL of the tests: one for all test runs of this user, kept warm in a cache folder.

Called by `conftest.py`. Each run leases a slot, so that runs at the same time do not share a
database. Without fsync, hence never for real data.
"""

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from sigap.runtime.database_address import DatabaseAddress
from sigap.runtime.faults import MachineFault
from sigap.runtime.file_lock import FileLock
from sigap.runtime.home import Home
from sigap.runtime.postgres import PostgresServer
from sigap.runtime.postgres_settings import Durability

_SLOTS = 32


class TestingPostgres:
    """A started server and the name of a database that only this run uses.

    `address` is the owner's (no superuser, may create databases); the test database
    `test_database` is for the test framework to make, and may be there from an earlier run.
    """

    __test__ = False

    def __init__(self, home: Home | None = None) -> None:
        self._home = home or Home(_cache_folder())
        self._server = PostgresServer(self._home, durability=Durability.DISPOSABLE)
        self._slot: FileLock | None = None
        self.test_database = ""
        self._address: DatabaseAddress | None = None

    @property
    def address(self) -> DatabaseAddress:
        if self._address is None:
            raise MachineFault("The test database is not started.")
        return self._address

    @property
    def superuser_url(self) -> str:
        return self._server.connection_url("postgres", superuser=True)

    def start(self) -> DatabaseAddress:
        self._address = self._server.start()
        self._lease_slot()
        return self._address

    def stop(self) -> None:
        if self._slot:
            self._slot.release()
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _lease_slot(self) -> None:
        for number in range(_SLOTS):
            lock = FileLock(self._home.run / f"slot-{number}.lock")
            if lock.try_acquire():
                self._slot = lock
                self.test_database = f"test_sigap_{number}"
                return
            lock.release()
        raise MachineFault(f"{_SLOTS} test runs are using the test database: end some of them.")


def _cache_folder() -> Path:
    """SIGAP_TEST_HOME, else in the user's folder for temporary files (short, for the socket)."""
    named = os.environ.get("SIGAP_TEST_HOME")
    if named:
        return Path(named).absolute()
    return Path(tempfile.gettempdir()) / f"sigap-tests-{os.geteuid()}"
