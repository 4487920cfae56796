"""Runs every check of the project, then the tests: `python -m tools.checks [--only NAME] [TESTS]`.

All checks run even where one fails; pytest comes last, so that its summary ends the output.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.machine import ROOT, VENV, environment
from tools.web_environment import WEB, npm

_PYTHON_SOURCES = ("src", "tests", "bench", "tools")


@dataclass(frozen=True)
class Check:
    """`kind` is what `--only` names."""

    kind: str
    title: str
    command: tuple[str, ...]
    folder: Path = ROOT


def checks() -> list[Check]:
    found = [
        Check("lint", "ruff", _program("ruff", "check", *_PYTHON_SOURCES)),
        Check("lint", "ruff format", _program("ruff", "format", "--check", *_PYTHON_SOURCES)),
        Check("types", "mypy", _program("mypy")),
        Check("arch", "import-linter", _program("lint-imports")),
    ]
    if (WEB / "package.json").exists():
        found += [
            Check("types", "svelte-check", (npm(), "run", "--silent", "check"), WEB),
            Check("web", "vitest", (npm(), "run", "--silent", "test"), WEB),
        ]
    return found


def tests(kind: str | None, wanted: Sequence[str]) -> Check | None:
    """pytest: all of it, or the part that belongs to a kind of check."""
    parts = {"arch": ("tests/architecture",), "docs": ("tests/docs",), None: tuple(wanted)}
    if kind not in parts:
        return None
    there = [part for part in parts[kind] if kind is None or (ROOT / part).exists()]
    if kind is not None and not there:
        return None
    return Check("test", "pytest", _program("python", "-m", "pytest", *there))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("lint", "types", "arch", "web", "docs"))
    parser.add_argument("tests", nargs="*", help="what pytest runs; default: everything")
    chosen = parser.parse_args(arguments)
    wanted = [check for check in checks() if chosen.only in (None, check.kind)]
    last = tests(chosen.only, chosen.tests)
    failed = [check.title for check in wanted if not _passes(check)]
    if failed:
        print(f"FAILED before the tests: {', '.join(failed)}", file=sys.stderr, flush=True)
    if last is not None and not _passes(last):
        return 1
    return 1 if failed else 0


def _passes(check: Check) -> bool:
    print(f"── {check.title}", flush=True)
    began = time.monotonic()
    done = subprocess.run(check.command, cwd=check.folder, env=environment(), check=False)
    if check.title != "pytest":
        told = "ok" if done.returncode == 0 else "FAILED"
        print(f"── {check.title}: {told} in {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def _program(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(VENV / "bin" / name), *arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
