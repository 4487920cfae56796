"""What every set-up step uses: telling, running a program, and remembering what is done already."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / ".sigap"


class SetupTrouble(Exception):
    """Set-up cannot go on; the text says what is wrong and what to do."""


def say(text: str) -> None:
    print(f"[set-up] {text}", file=sys.stderr, flush=True)


def run(
    command: list[str], *, doing: str, cwd: Path = ROOT, extra: dict[str, str] | None = None
) -> None:
    """Run a program quietly; on failure show the end of what it said. Raises SetupTrouble."""
    began = time.monotonic()
    say(f"{doing} …")
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**environment(), **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise SetupTrouble(f"{doing}: {command[0]} cannot be run ({error.strerror}).") from error
    if done.returncode != 0:
        told = "\n".join(done.stdout.strip().splitlines()[-25:])
        if "No space left" in told or "ENOSPC" in told:
            raise SetupTrouble(f"{doing}: the disk that holds {cwd} is full. Free some space.")
        raise SetupTrouble(f"{doing} failed:\n{told}")
    say(f"{doing}: done in {time.monotonic() - began:.0f} s")


def environment() -> dict[str, str]:
    """Ours, with the clone's programs first and caches in a place that this user can write."""
    kept = dict(os.environ)
    kept["PATH"] = f"{VENV / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
    kept.pop("PYTHONHOME", None)
    kept.pop("VIRTUAL_ENV", None)
    if not _may_write_home(kept.get("HOME", "")):
        spare = Path(tempfile.gettempdir()) / f"sigap-cache-{os.geteuid()}"
        spare.mkdir(mode=0o700, exist_ok=True)
        kept.setdefault("UV_CACHE_DIR", str(spare / "uv"))
        kept.setdefault("npm_config_cache", str(spare / "npm"))
        kept["HOME"] = str(spare)
    return kept


def _may_write_home(home: str) -> bool:
    return bool(home) and Path(home).is_dir() and os.access(home, os.W_OK | os.X_OK)


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over the names and contents of these files, and some words."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode())
        total.update(path.read_bytes())
    total.update("\0".join(words).encode())
    return total.hexdigest()


def is_stamped(name: str, mark: str) -> bool:
    try:
        return (STAMPS / name).read_text() == mark
    except OSError:
        return False


def stamp(name: str, mark: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(mark)


def require_free_space(gigabytes: float) -> None:
    room = os.statvfs(ROOT)
    free = room.f_bavail * room.f_frsize / 1e9
    if free < gigabytes:
        raise SetupTrouble(
            f"The disk that holds {ROOT} has {free:.1f} GB free; set-up needs {gigabytes:.0f} GB."
        )


def require_writable() -> None:
    if not os.access(ROOT, os.W_OK):
        raise SetupTrouble(
            f"{ROOT} is not writable for this user: clone Sigap where you may write."
        )
