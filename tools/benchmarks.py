"""Runs every benchmark, one after another: `python -m tools.benchmarks [--json]`."""

from __future__ import annotations

import subprocess
import sys

from tools.machine import ROOT, VENV, environment

_NAMES = (
    "startup",
    "alarm",
    "dispatch",
    "dispatch_api",
    "intake",
    "events",
    "map",
    "video",
    "video_day",
    "alarm_search",
    "live_browser",
)


def main(arguments: list[str]) -> int:
    failed = []
    for name in _NAMES:
        if not (ROOT / "bench" / f"{name}.py").exists():
            continue
        print(f"── bench.{name}", file=sys.stderr, flush=True)
        command = [str(VENV / "bin" / "python"), "-m", f"bench.{name}", *arguments]
        if subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
