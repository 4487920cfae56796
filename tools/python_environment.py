"""Makes `.venv` with exactly the locked packages and Sigap itself. Called by `bootstrap`."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.machine import (
    ROOT,
    VENV,
    SetupTrouble,
    digest,
    environment,
    is_stamped,
    run,
    say,
    stamp,
)

PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
LOCK = ROOT / "requirements.lock"
UV_LOCK = ROOT / "tools" / "locks" / "uv.lock"


def prepare_python() -> None:
    """A virtual environment with the locked packages; nothing to do where it is up to date."""
    _make_environment()
    _install_uv()
    _install_packages()
    _install_sigap()


def install_locked(lock_name: str, *, doing: str) -> None:
    """Install one more of the locked sets in tools/locks."""
    _install(["--require-hashes", "-r", str(ROOT / "tools" / "locks" / lock_name)], doing=doing)


def _make_environment() -> None:
    if _is_of_this_python():
        return
    if VENV.exists():
        say(f"{VENV} is of another Python or place: making it anew")
        shutil.rmtree(VENV)
    for command in _ways_to_make_environment():
        try:
            run(command, doing="making .venv")
        except SetupTrouble as trouble:
            say(str(trouble).splitlines()[0])
            shutil.rmtree(VENV, ignore_errors=True)
            continue
        return
    raise SetupTrouble(
        "Python's `venv` is not complete here (Debian and Ubuntu keep it in a package of its own):"
        " run `apt-get install python3-venv`, or `pip install --user virtualenv`, and try again."
    )


def _is_of_this_python() -> bool:
    """A clone that was moved, or a Python that was replaced, leaves an environment of no use."""
    try:
        told = subprocess.run(
            [str(PYTHON), "-c", "import sys; print(sys.prefix, sys.version)"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return told.stdout.split() == f"{VENV} {sys.version}".split()


def _ways_to_make_environment() -> list[list[str]]:
    """venv without pip where the pip outside of it will do (quick); else with one; else others."""
    without_pip = [sys.executable, "-m", "venv", "--without-pip", str(VENV)]
    ways = [without_pip] if _outer_pip_serves() and importlib.util.find_spec("venv") else []
    if importlib.util.find_spec("ensurepip"):
        ways.append([sys.executable, "-m", "venv", str(VENV)])
    if importlib.util.find_spec("virtualenv"):
        ways.append([sys.executable, "-m", "virtualenv", "-q", str(VENV)])
    if shutil.which("uv"):
        ways.append(["uv", "venv", "-q", "--seed", "--python", sys.executable, str(VENV)])
    return ways


def _outer_pip_serves() -> bool:
    """pip can install into another environment since 22.3."""
    if not importlib.util.find_spec("pip"):
        return False
    numbers = re.findall(r"\d+", importlib.metadata.version("pip"))
    return [int(number) for number in numbers[:2]] >= [22, 3]


def _install_uv() -> None:
    mark = digest([UV_LOCK])
    if is_stamped("uv", mark) and UV.exists():
        return
    wanted = ["install", "-q", "--require-hashes", "-r", str(UV_LOCK)]
    if _runs(str(PYTHON), "-m", "pip"):
        run([str(PYTHON), "-m", "pip", *wanted], doing="installing uv and pip")
    elif _outer_pip_serves():
        run(
            [sys.executable, "-m", "pip", "--python", str(PYTHON), *wanted],
            doing="installing uv and pip",
        )
    else:
        raise SetupTrouble(
            "This Python has no pip ≥ 22.3: run `apt-get install python3-pip python3-venv`,"
            " or install Python from python.org, and try again."
        )
    stamp("uv", mark)


def _install_packages() -> None:
    mark = digest([LOCK])
    if is_stamped("packages", mark):
        return
    # The lock is whole: what it leaves out on purpose (pyproject.toml, tool.uv) must not come back.
    _install(
        ["--no-deps", "--require-hashes", "-r", str(LOCK)], doing="installing the locked packages"
    )
    stamp("packages", mark)


def _install_sigap() -> None:
    """The clone itself, editable; its build backend is one of the locked packages."""
    mark = digest([ROOT / "pyproject.toml"])
    if is_stamped("sigap", mark) and (VENV / "bin" / "sigap").exists():
        return
    _install(
        ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)], doing="installing sigap"
    )
    stamp("sigap", mark)


def _install(wanted: list[str], *, doing: str) -> None:
    """With uv for speed; with pip itself where uv cannot use this machine's configuration."""
    try:
        run(
            [str(UV), "pip", "install", "-q", "--python", str(PYTHON), *wanted],
            doing=doing,
            extra=_uv_environment(),
        )
    except SetupTrouble as trouble:
        if "disk" in str(trouble) or not _runs(str(PYTHON), "-m", "pip"):
            raise
        say(f"uv could not do it; trying with pip ({str(trouble).splitlines()[-1][:200]})")
        run([str(PYTHON), "-m", "pip", "install", "-q", *wanted], doing=f"{doing} with pip")


def _uv_environment() -> dict[str, str]:
    """What the machine tells pip about registries and certificates, in uv's words."""
    told = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    words = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "cert": "SSL_CERT_FILE",
    }
    # Any registry will do for a package, as with pip: the hashes tell the right one.
    translated = {"UV_HTTP_TIMEOUT": "180", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    for line in told.stdout.splitlines() if told.returncode == 0 else ():
        key, _, value = line.partition("=")
        name = words.get(key.rpartition(".")[2])
        usable = " ".join(_usable_addresses(value.strip().strip("'\"")))
        if name and usable and name not in os.environ:
            translated[name] = usable
    return translated


def _usable_addresses(value: str) -> list[str]:
    """pip passes over a folder that is not there; uv would stop at it."""
    parts = value.replace("\\n", " ").split()
    return [
        part
        for part in parts
        if not part.startswith("file://") or Path(part[len("file://") :]).is_dir()
    ]


def _runs(*command: str) -> bool:
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
