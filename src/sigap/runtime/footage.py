"""The demo's footage: found, converted once to plain H.264, kept in `var/footage`.

Called by the demo. Order: a folder that the user names; Debian's `opencv-doc` package; OpenCV's
public repository; a rendered scene that says in the picture that it is one.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from sigap.runtime.faults import MachineFault
from sigap.runtime.film import FilmError, Recipe, convert
from sigap.runtime.film_rendered import render_scene
from sigap.runtime.footage_sources import fetch_from_debian, fetch_from_repository
from sigap.runtime.home import Home

_MOST_FILMS = 8
_VIDEO_ENDINGS = {".avi", ".mp4", ".mkv", ".mov", ".webm", ".ts", ".mpg"}


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
    origin: Origin
    source: str
    films: tuple[Film, ...]

    def sentence(self) -> str:
        """What the cameras show, for the person at the keyboard."""
        if self.origin is Origin.RENDERED:
            return (
                "a RENDERED scene (no real footage could be had here: give a folder of videos"
                " with FOOTAGE=)"
            )
        return f"real footage: {self.source}"


# The PETS 2009 pedestrians: the whole picture, and two parts that begin elsewhere in the film.
_PEDESTRIANS = {
    "plaza": Recipe(),
    "plaza-east": Recipe(crop=(320, 96, 448, 336), first_frame=265),
    "plaza-west": Recipe(crop=(0, 200, 448, 336), first_frame=530),
}


def ensure_footage(home: Home, folder: Path | None, *, tell: Callable[[str], None]) -> Footage:
    """The films, ready to play; a second call finds them. Raises MachineFault for a bad folder."""
    if folder is not None:
        return _from_folder(home, folder, tell)
    kept = _kept(home)
    if kept is not None:
        return kept
    home.footage.mkdir(parents=True, exist_ok=True)
    made = _pedestrians(home, tell) or _rendered(home, tell)
    if made.origin is not Origin.RENDERED:
        _index(home).write_text(json.dumps(asdict(made), indent=2))
    return made


def _pedestrians(home: Home, tell: Callable[[str], None]) -> Footage | None:
    original = home.footage / "vtest.avi"
    origins = {
        Origin.DEBIAN: ("vtest.avi of Debian's opencv-doc", fetch_from_debian),
        Origin.REPOSITORY: ("vtest.avi of OpenCV's repository", fetch_from_repository),
    }
    for origin, (source, fetch) in origins.items():
        tell(f"footage: trying {source}")
        if not fetch(original):
            continue
        try:
            films = tuple(
                _film(home, name, original, recipe) for name, recipe in _PEDESTRIANS.items()
            )
        except FilmError as error:
            tell(f"footage: {source}: {error}")
            continue
        return Footage(origin, source, films)
    return None


def _rendered(home: Home, tell: Callable[[str], None]) -> Footage:
    tell("footage: none to be had; rendering a scene")
    target = home.footage / "rendered.mp4"
    if not target.exists():
        render_scene(target)
    return Footage(Origin.RENDERED, "rendered scene", (Film("rendered", str(target)),))


def _from_folder(home: Home, folder: Path, tell: Callable[[str], None]) -> Footage:
    if not folder.is_dir():
        raise MachineFault(f"FOOTAGE={folder} is no folder: name one that holds videos.")
    home.footage.mkdir(parents=True, exist_ok=True)
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _VIDEO_ENDINGS)
    films: list[Film] = []
    for path in found:
        recipes = _PEDESTRIANS if path.name == "vtest.avi" else {_slug(path.stem): Recipe()}
        try:
            films += [_film(home, name, path, recipe) for name, recipe in recipes.items()]
        except FilmError as error:
            tell(f"footage: {path.name} is passed over: {error}")
    if not films:
        raise MachineFault(f"FOOTAGE={folder} holds no video that can be read.")
    return Footage(Origin.FOLDER, f"the videos in {folder}", tuple(films[:_MOST_FILMS]))


def _film(home: Home, name: str, original: Path, recipe: Recipe) -> Film:
    size = original.stat().st_size
    target = home.footage / f"{name}-{size}.mp4"
    if not target.exists():
        convert(original, target, recipe)
    return Film(name, str(target))


def _kept(home: Home) -> Footage | None:
    try:
        told = json.loads(_index(home).read_text())
        films = tuple(Film(**film) for film in told["films"])
        kept = Footage(Origin(told["origin"]), told["source"], films)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return kept if all(Path(film.path).exists() for film in kept.films) else None


def _index(home: Home) -> Path:
    return home.footage / "footage.json"


def _slug(text: str) -> str:
    letters = [letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower()]
    return "".join(letters).strip("-") or "film"
