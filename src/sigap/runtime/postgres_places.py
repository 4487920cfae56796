"""Where the embedded PostgreSQL's data and socket lie. Called by `postgres`.

Both normally lie in the home folder; root's own folders are closed to the account that runs the
server, and a socket's path may be no longer than 107 bytes.
"""

import os
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.postgres_account import Account, choose_account
from sigap.runtime.postgres_binaries import find_binaries, readable_by
from sigap.runtime.postgres_cluster import Cluster

PORT = 5432
"""Names the socket file only: nothing listens on a network port."""

_LONGEST_SOCKET_PATH = 107
_FALLBACK_DATA = Path("/var/lib/sigap")


def find_cluster(home: Home) -> Cluster:
    """The data folder of this home (perhaps not made yet), its account and fitting programs."""
    data, account = _data_folder(home)
    version = data / "PG_VERSION"
    major = int(version.read_text().strip()) if version.exists() else None
    return Cluster(data, account, readable_by(account, find_binaries(major)))


def socket_folder(home: Home, account: Account) -> Path:
    """A private folder for the socket: in the home folder, else a short one for temporary files."""
    wished = home.run / "pg"
    if _fits(wished):
        try:
            wished.mkdir(mode=0o700, exist_ok=True)
            account.own(wished)
            if account.may_enter(wished):
                return wished
        except OSError:
            pass
    name = f"sigap-{account.uid}-{_mark(home)}"
    for base in (Path(tempfile.gettempdir()), Path("/tmp")):
        folder = base / name
        if _fits(folder) and _make_private(folder, account):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="sigap-", dir="/tmp"))
    account.own(folder)
    return folder


def _data_folder(home: Home) -> tuple[Path, Account]:
    wished = home.postgres_data
    account = choose_account(wished)
    if account.is_ours or account.may_enter(home.root):
        return wished, account
    base = _FALLBACK_DATA / _mark(home)
    account = choose_account(base / "pg")
    try:
        base.mkdir(parents=True, exist_ok=True)
        for folder in (_FALLBACK_DATA, base):
            folder.chmod(0o755)
    except OSError as error:
        raise MachineFault(
            f"PostgreSQL runs as {account.name}, which may not enter {home.root}, and {base} cannot"
            f" be made ({error.strerror}): name another folder with SIGAP_HOME."
        ) from error
    return base / "pg", account


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) <= _LONGEST_SOCKET_PATH


def _make_private(folder: Path, account: Account) -> bool:
    """Whether the folder is there, is the account's and is closed to others."""
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        pass
    except OSError:
        return False
    found = folder.lstat()
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == account.uid
        and stat.S_IMODE(found.st_mode) == 0o700
    )


def _mark(home: Home) -> str:
    return sha256(os.fsencode(home.root)).hexdigest()[:12]
