"""Makes a fresh clone ready: `python3 -m tools.bootstrap demo|test|habits`. Standard library only.

A second run takes a second: every step remembers the content of what it was made from.
"""

from __future__ import annotations

import os
import shutil
import sys

MINIMUM = (3, 11)


def _require_python() -> None:
    """Go on with a newer Python of this machine where `python3` is too old."""
    if sys.version_info >= MINIMUM:
        return
    for minor in range(16, MINIMUM[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, "-m", "tools.bootstrap", *sys.argv[1:]])
    sys.exit(
        f"Sigap needs Python 3.11 or newer; this is {sys.version.split()[0]}."
        " Install python3.11 or newer (Debian 12, Ubuntu 24.04 and later have one)."
    )


_require_python()

import fcntl  # noqa: E402  (after the check of the version)
import subprocess  # noqa: E402

from tools.machine import (  # noqa: E402
    ROOT,
    VENV,
    SetupTrouble,
    environment,
    require_free_space,
    require_writable,
)
from tools.python_environment import PYTHON, prepare_python  # noqa: E402
from tools.web_environment import prepare_node, prepare_web  # noqa: E402

PURPOSES = ("demo", "test", "habits")


def main(arguments: list[str]) -> int:
    purpose = arguments[0] if arguments else "demo"
    if purpose not in PURPOSES:
        print(f"usage: python3 -m tools.bootstrap {'|'.join(PURPOSES)}", file=sys.stderr)
        return 2
    try:
        require_writable()
        with (ROOT / "tools" / ".bootstrap.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _prepare(purpose)
    except SetupTrouble as trouble:
        print(f"Sigap cannot be set up: {trouble}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Sigap cannot be set up: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _prepare(purpose: str) -> None:
    if not VENV.exists():
        require_free_space(4.0)
    prepare_python()
    prepare_node()
    if purpose == "habits":
        prepare_web(build=False)
        return
    # Weights, footage and map are downloads: they come while the web is built.
    command = [str(PYTHON), "-m", "sigap.runtime.preparation", purpose]
    with subprocess.Popen(command, cwd=ROOT, env=environment()) as downloads:
        try:
            prepare_web(build=True)
        except SetupTrouble:
            downloads.terminate()
            raise
        if downloads.wait() != 0:
            raise SetupTrouble("the step above failed.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
