"""One PostgreSQL data folder and the programs that serve it: initdb, pg_ctl, what a crash leaves.

Called by `postgres`, which holds the lock that keeps two launchers apart.
"""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sigap.runtime.faults import MachineFault
from sigap.runtime.postgres_account import Account
from sigap.runtime.postgres_binaries import Binaries

_RETRY_FOR_S = 20.0
_RETRY_EVERY_S = 0.25
_START_TIMEOUT_S = 600
_STOP_TIMEOUT_S = 60
_PASSING_TROUBLE = ("lock file", "pre-existing shared memory", "already in use")


@dataclass(frozen=True)
class Cluster:
    data: Path
    account: Account
    binaries: Binaries

    @property
    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def create(self) -> None:
        """initdb into a neighbour folder and rename: a half-made data folder is never seen."""
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        self.account.own(unfinished)
        command = [
            self.binaries.program("initdb"),
            f"--pgdata={unfinished}",
            "--username=postgres",
            "--encoding=UTF8",
            "--auth=peer",
            "--no-instructions",
            *self._locale_options(),
        ]
        done = self.account.run(command)
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise MachineFault(_explained("PostgreSQL could not make its data", done.stdout))
        with (unfinished / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'sigap.conf'\n")
        unfinished.rename(self.data)

    def write_file(self, name: str, text: str) -> bool:
        """Replace one configuration file where it differs; whether it did."""
        path = self.data / name
        if path.exists() and path.read_text() == text:
            return False
        fresh = path.with_name(f"{name}.new")
        fresh.write_text(text)
        fresh.chmod(0o600)
        self.account.own(fresh)
        fresh.replace(path)
        return True

    def reload(self) -> None:
        """Let the running server read its configuration again."""
        self.account.run(self._pg_ctl("reload"))

    def postmaster(self) -> int | None:
        """The process id of the living postmaster of this folder, if there is one."""
        pid = self._noted_pid()
        return pid if pid is not None and _is_living_postgres(pid) else None

    def socket_folder(self) -> Path | None:
        """Where the running server listens, as it noted itself."""
        lines = self._pid_lines()
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def launch(self, sockets: Path) -> None:
        """Start the server; retries while the one that was killed is not wholly gone.

        `sockets` is the folder that the configuration names for the socket.
        """
        deadline = time.monotonic() + _RETRY_FOR_S
        while True:
            said = self._try_launch()
            if said is None:
                return
            passing = any(word in said for word in _PASSING_TROUBLE)
            if not passing or time.monotonic() > deadline:
                raise MachineFault(_explained(f"PostgreSQL in {self.data} does not start", said))
            self._forget_dead_postmaster(sockets)
            time.sleep(_RETRY_EVERY_S)

    def halt(self) -> None:
        """Stop the server: fast, and if it does not answer, at once (it recovers at next start)."""
        for mode in ("fast", "immediate"):
            command = self._pg_ctl("stop", "-w", "-t", str(_STOP_TIMEOUT_S), "-m", mode)
            if self.account.run(command, timeout_s=_STOP_TIMEOUT_S + 30).returncode == 0:
                return
            if self.postmaster() is None:
                return

    def _try_launch(self) -> str | None:
        """None when the server is up, else what it said."""
        first_words = self.data / "start.log"
        first_words.unlink(missing_ok=True)
        began = time.time()
        command = self._pg_ctl("start", "-w", "-t", str(_START_TIMEOUT_S), "-l", str(first_words))
        try:
            done = self.account.run(command, timeout_s=_START_TIMEOUT_S + 30)
        except OSError as error:
            return f"{command[0]}: {error.strerror}"
        return None if done.returncode == 0 else done.stdout + self._logged_since(began)

    def _logged_since(self, began: float) -> str:
        """The ends of the log files written since then (seconds since 1970)."""
        logs = [self.data / "start.log", *(self.data / "log").glob("*.log")]
        fresh = [path for path in logs if path.exists() and path.stat().st_mtime >= began - 1]
        return "\n".join(path.read_text(errors="replace")[-2000:] for path in fresh)

    def _pg_ctl(self, action: str, *options: str) -> list[str]:
        return [self.binaries.program("pg_ctl"), action, "-D", str(self.data), *options]

    def _locale_options(self) -> list[str]:
        """The same letters on every machine: the server's own C.UTF-8 where it has one."""
        if self.binaries.major >= 17:
            return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        known = self.account.run(["locale", "-a"]) if shutil.which("locale") else None
        names = known.stdout.lower().split() if known else []
        return ["--locale=C.UTF-8"] if "c.utf8" in names or "c.utf-8" in names else ["--locale=C"]

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _noted_pid(self) -> int | None:
        lines = self._pid_lines()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def _forget_dead_postmaster(self, sockets: Path) -> None:
        """Remove the lock files of a killed server, once no process works in the data folder.

        PostgreSQL takes a zombie, or a stranger with a reused number, for its living predecessor.
        """
        if self.postmaster() is not None or self._has_processes():
            return
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left in sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _has_processes(self) -> bool:
        """Every PostgreSQL process has the data folder as its working folder.

        Asked as the server's account: root without extra rights may not read it of others.
        """
        listing = self.account.run(["/bin/sh", "-c", "readlink /proc/[0-9]*/cwd"])
        return str(self.data.resolve()) in listing.stdout.splitlines()


def _is_living_postgres(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    name, _, rest = status.partition("(")[2].rpartition(")")
    return name.startswith("postgres") and rest.split()[0] not in ("Z", "X")


def _explained(what: str, said: str) -> str:
    """One sentence from PostgreSQL's output, in plain words where we know them."""
    if "No space left on device" in said:
        return f"{what}: the disk is full. Free some space, or name another folder with SIGAP_HOME."
    if "could not create shared memory" in said or "Cannot allocate memory" in said:
        return f"{what}: this machine has too little memory left. End other programs and try again."
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line] or [
        line for line in lines if "error" in line.lower()
    ]
    return f"{what}: {(telling or lines or ['it said nothing'])[-1]}"
