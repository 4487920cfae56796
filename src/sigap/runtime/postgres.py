"""The embedded PostgreSQL: made, started, adopted and stopped here, reached by unix socket only.

Called by the supervisor, the CLI and the tests. Several processes may use one server: each holds a
shared lock, and the last one to stop it really stops it.
"""

import os
import shutil
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import psycopg

from sigap.runtime.database_address import DatabaseAddress
from sigap.runtime.faults import MachineFault
from sigap.runtime.file_lock import FileLock, exclusive
from sigap.runtime.home import Home
from sigap.runtime.postgres_account import account_name
from sigap.runtime.postgres_binaries import MINIMUM_MAJOR
from sigap.runtime.postgres_cluster import Cluster
from sigap.runtime.postgres_places import PORT, find_cluster, socket_folder
from sigap.runtime.postgres_roles import DATABASE, OWNER, SUPERUSER, prepare_database
from sigap.runtime.postgres_settings import Durability, ServerSettings, access_conf, identity_conf

DATABASE_URL_VARIABLE = "SIGAP_DATABASE_URL"
_ANSWER_TIMEOUT_S = 300.0
_POLL_S = 0.1


class DatabaseServer(Protocol):
    """What the supervisor needs of a PostgreSQL, embedded or not."""

    def start(self) -> DatabaseAddress: ...

    def stop(self) -> None: ...

    def is_running(self) -> bool: ...


class PostgresServer:
    """The server of one home folder. `start` is quick, and harmless where it runs already."""

    def __init__(self, home: Home, *, durability: Durability = Durability.FULL) -> None:
        self._home = home
        self._durability = durability
        self._cluster: Cluster | None = None
        self._users = FileLock(home.run / "postgres.users.lock")

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

    def start(self) -> DatabaseAddress:
        """Make, start or adopt the server; returns the address of the owner's database.

        Raises MachineFault with what to do about it.
        """
        self._home.prepare()
        with self._changing():
            cluster = self._cluster = find_cluster(self._home)
            if not cluster.exists:
                cluster.create()
            if cluster.postmaster() is None:
                cluster.launch(self._configure(cluster))
            elif cluster.write_file("pg_ident.conf", self._identities()):
                cluster.reload()
            self._await_answer()
            prepare_database(
                self._address("postgres", SUPERUSER),
                owner_makes_databases=self._durability is Durability.DISPOSABLE,
            )
            self._users.acquire(shared=True)
        return self._address(DATABASE, OWNER)

    def stop(self) -> None:
        """Stop the server, unless another process still uses it."""
        cluster = self._cluster
        if cluster is None:
            return
        with self._changing():
            if self._users.try_acquire() and cluster.postmaster() is not None:
                cluster.halt()
            self._users.release()
        self._cluster = None

    def is_running(self) -> bool:
        cluster = self._cluster or find_cluster(self._home)
        return cluster.postmaster() is not None

    def connection_url(self, dbname: str = DATABASE, *, superuser: bool = False) -> str:
        """Of the running server; raises MachineFault where it does not run."""
        return self._address(dbname, SUPERUSER if superuser else OWNER).url

    def erase(self) -> None:
        """Remove the data for good; raises MachineFault while anyone uses the server."""
        self._home.prepare()
        with self._changing():
            free = self._users.try_acquire()
            self._users.release()
            if not free:
                raise MachineFault("Sigap is running on this data: stop it first (Ctrl-C).")
            cluster = find_cluster(self._home)
            if cluster.postmaster() is not None:
                cluster.halt()
            if cluster.data.exists():
                shutil.rmtree(cluster.data)
            if cluster.data.parent != self._home.root:
                shutil.rmtree(cluster.data.parent, ignore_errors=True)
        self._cluster = None

    def _configure(self, cluster: Cluster) -> Path:
        """Write the configuration; returns the folder of the socket that it names."""
        sockets = socket_folder(self._home, cluster.account)
        settings = ServerSettings(socket_folder=sockets, durability=self._durability)
        cluster.write_file("sigap.conf", settings.postgresql_conf())
        cluster.write_file("pg_hba.conf", access_conf())
        cluster.write_file("pg_ident.conf", self._identities())
        return sockets

    def _identities(self) -> str:
        """We may connect, and so may root (a `sudo sigap doctor`); the bare `nobody` may not."""
        return identity_conf({account_name(), "root"}, (SUPERUSER, OWNER))

    def _address(self, name: str, user: str) -> DatabaseAddress:
        cluster = self._cluster or find_cluster(self._home)
        folder = cluster.socket_folder()
        if folder is None:
            raise MachineFault(f"PostgreSQL in {cluster.data} is not running: run `sigap up`.")
        return DatabaseAddress(name=name, user=user, host=str(folder), port=PORT)

    def _await_answer(self) -> None:
        """A server that recovers from a crash refuses connections for a while."""
        deadline = time.monotonic() + _ANSWER_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self._address("postgres", SUPERUSER).url).close()
                return
            except (psycopg.OperationalError, MachineFault) as error:
                if time.monotonic() > deadline or "Peer authentication" in str(error):
                    raise MachineFault(f"PostgreSQL does not answer: {error}".strip()) from error
            time.sleep(_POLL_S)

    def _changing(self) -> AbstractContextManager[None]:
        return exclusive(self._home.run / "postgres.lock")


class ExternalPostgres:
    """A PostgreSQL that others run, named by SIGAP_DATABASE_URL; we only check that it will do."""

    def __init__(self, url: str) -> None:
        self._address = DatabaseAddress.from_url(url)

    def start(self) -> DatabaseAddress:
        try:
            with psycopg.connect(self._address.url, connect_timeout=10) as connection:
                version = connection.info.server_version // 10_000
        except psycopg.OperationalError as error:
            raise MachineFault(
                f"The database of {DATABASE_URL_VARIABLE} does not answer: {str(error).strip()}"
            ) from error
        if version < MINIMUM_MAJOR:
            raise MachineFault(
                f"The database of {DATABASE_URL_VARIABLE} is PostgreSQL {version}:"
                f" Sigap needs {MINIMUM_MAJOR} or newer."
            )
        return self._address

    def stop(self) -> None:
        """Others run it: nothing to do."""

    def is_running(self) -> bool:
        """Always: whoever runs it starts it again, and the core reconnects by itself."""
        return True


def database_server(home: Home) -> DatabaseServer:
    """The one that SIGAP_DATABASE_URL names, else the embedded one of this home folder."""
    url = os.environ.get(DATABASE_URL_VARIABLE)
    return ExternalPostgres(url) if url else PostgresServer(home)


def current_database(home: Home) -> DatabaseAddress:
    """The address that settings use: SIGAP_DATABASE_URL, else the embedded server that runs now.

    Raises MachineFault where neither is there.
    """
    url = os.environ.get(DATABASE_URL_VARIABLE)
    return DatabaseAddress.from_url(url or PostgresServer(home).connection_url())
