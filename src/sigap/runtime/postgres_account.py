"""Which operating-system account runs PostgreSQL, and running commands as that account.

PostgreSQL refuses to run as root: root drops to the account that owns the data, else `nobody`.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sigap.runtime.faults import MachineFault

_UNPRIVILEGED_NAMES = ("nobody", "postgres", "daemon")


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def own(self, path: Path) -> None:
        """Give one file or folder to this account (root only; otherwise it is ours already)."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)

    def own_tree(self, root: Path) -> None:
        if self.is_ours:
            return
        self.own(root)
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                os.chown(Path(folder) / name, self.uid, self.gid, follow_symlinks=False)

    def run(
        self, command: list[str], *, timeout_s: float = 120.0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account; raises OSError where it may not even execute it."""
        return subprocess.run(
            command,
            cwd="/",
            env=_clean_environment(self),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
            user=None if self.is_ours else self.uid,
            group=None if self.is_ours else self.gid,
            extra_groups=None if self.is_ours else [],
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether this account can reach and search the folder."""
        try:
            return self.run(["/bin/sh", "-c", 'cd "$0"', str(folder)]).returncode == 0
        except OSError:
            return False


def choose_account(data: Path) -> Account:
    """The account for a data folder: its owner, ourselves, or (as root) an unprivileged one."""
    me = os.geteuid()
    if me != 0:
        return _own_account(me, data)
    for folder in (data, *data.parents):
        if folder.exists() and folder.stat().st_uid != 0:
            owner = _by_uid(folder.stat().st_uid)
            if owner is not None:
                return owner
    for name in _UNPRIVILEGED_NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise MachineFault(
        "PostgreSQL does not run as root and this machine has no unprivileged account:"
        " add one called 'nobody', or run Sigap as an ordinary user."
    )


def account_name() -> str:
    """The name of the account that this process runs as."""
    account = _by_uid(os.geteuid())
    return account.name if account else str(os.geteuid())


def _own_account(uid: int, data: Path) -> Account:
    if data.exists() and data.stat().st_uid != uid:
        owner = _by_uid(data.stat().st_uid)
        raise MachineFault(
            f"The database in {data} belongs to {owner.name if owner else data.stat().st_uid}:"
            " start Sigap as root as it was first started, or name another folder with SIGAP_HOME."
        )
    account = _by_uid(uid)
    if account is None:
        raise MachineFault(
            f"The user number {uid} has no name on this machine, which PostgreSQL needs:"
            " add it to /etc/passwd, or set SIGAP_DATABASE_URL to a PostgreSQL elsewhere."
        )
    return account


def _by_uid(uid: int) -> Account | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _clean_environment(account: Account) -> dict[str, str]:
    """Ours without anything that steers PostgreSQL's tools, and with messages that we can read."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    kept |= {"LC_ALL": "C", "LANG": "C", "TZ": "UTC"}
    if not account.is_ours:
        kept |= {"HOME": "/", "USER": account.name, "LOGNAME": account.name, "TMPDIR": "/tmp"}
    return kept
