"""The demo's footage as it is kept in `var/footage`; made by `footage_make` where it is not there.

Called by the demo. Light to import: what converts video is run as a process of its own.
"""

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.steps import run_step


class Origin(StrEnum):
    FOLDER = "folder"
    DEBIAN = "debian"
    REPOSITORY = "repository"
    RENDERED = "rendered"


@dataclass(frozen=True)
class Film:
    """One demo camera's footage; `name` fits a URL."""

    name: str
    path: str


@dataclass(frozen=True)
class Footage:
    """`wanted` is the folder that was asked for, or empty for the demo's own."""

    origin: Origin
    source: str
    films: tuple[Film, ...]
    wanted: str = ""

    def sentence(self) -> str:
        """What the cameras show, for the person at the keyboard."""
        if self.origin is Origin.RENDERED:
            return (
                "a RENDERED scene, as no real footage could be had here"
                " (give a folder of videos: make demo FOOTAGE=folder)"
            )
        return f"real footage: {self.source}"

    def save(self, home: Home) -> None:
        fresh = _index(home).with_suffix(".part")
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n")
        fresh.replace(_index(home))


def ensure_footage(home: Home, folder: Path | None) -> Footage:
    """The films, ready to play; a second call finds them. Raises MachineFault for a bad folder."""
    wanted = str(folder.absolute()) if folder else ""
    if folder and not folder.is_dir():
        raise MachineFault(f"FOOTAGE={folder} is no folder: name one that holds videos.")
    kept = _kept(home)
    if kept and kept.wanted == wanted and not folder:
        return kept
    environment = {**os.environ, "SIGAP_HOME": str(home.root)}
    log = home.logs / "footage.log"
    arguments = [wanted] if wanted else []
    run_step(
        "Preparing the footage",
        "sigap.runtime.footage_make",
        *arguments,
        environment=environment,
        log=log,
    )
    made = _kept(home)
    if made is None:
        raise MachineFault(f"The footage could not be prepared: look into {log}.")
    return made


def _kept(home: Home) -> Footage | None:
    try:
        told = json.loads(_index(home).read_text())
        films = tuple(Film(**film) for film in told.pop("films"))
        kept = Footage(Origin(told.pop("origin")), films=films, **told)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return kept if films and all(Path(film.path).exists() for film in films) else None


def _index(home: Home) -> Path:
    return home.footage / "footage.json"
