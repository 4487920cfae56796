"""Finds the demo's footage and converts it once: `python -m sigap.runtime.footage_make [FOLDER]`.

Order: a folder that the user names; Debian's `opencv-doc` package; OpenCV's public repository; a
rendered scene that says in the picture that it is one.
"""

import sys
from pathlib import Path

from sigap.runtime.faults import MachineFault
from sigap.runtime.film import FilmError, Recipe, convert
from sigap.runtime.film_rendered import render_scene
from sigap.runtime.footage import Film, Footage, Origin
from sigap.runtime.footage_sources import fetch_from_debian, fetch_from_repository
from sigap.runtime.home import Home

_MOST_FILMS = 8
_VIDEO_ENDINGS = {".avi", ".mp4", ".mkv", ".mov", ".webm", ".ts", ".mpg"}

# The PETS 2009 pedestrians: the whole picture, and two parts that begin elsewhere in the film.
_PEDESTRIANS = {
    "plaza": Recipe(),
    "plaza-east": Recipe(crop=(320, 96, 448, 336), first_frame=265),
    "plaza-west": Recipe(crop=(0, 200, 448, 336), first_frame=530),
}


def make_footage(home: Home, folder: Path | None) -> Footage:
    """Raises MachineFault where a named folder holds no video."""
    home.footage.mkdir(parents=True, exist_ok=True)
    if folder is not None:
        return _from_folder(home, folder)
    return _pedestrians(home) or _rendered(home)


def _pedestrians(home: Home) -> Footage | None:
    original = home.footage / "vtest.avi"
    origins = {
        Origin.DEBIAN: ("vtest.avi of Debian's opencv-doc", fetch_from_debian),
        Origin.REPOSITORY: ("vtest.avi of OpenCV's repository", fetch_from_repository),
    }
    for origin, (source, fetch) in origins.items():
        print(f"trying {source}", flush=True)
        if not fetch(original):
            continue
        try:
            films = [_film(home, name, original, recipe) for name, recipe in _PEDESTRIANS.items()]
        except FilmError as error:
            print(f"{source}: {error}", flush=True)
            continue
        return Footage(origin, source, tuple(films))
    return None


def _rendered(home: Home) -> Footage:
    print("no footage to be had; rendering a scene", flush=True)
    target = home.footage / "rendered.mp4"
    if not target.exists():
        render_scene(target)
    return Footage(Origin.RENDERED, "rendered scene", (Film("rendered", str(target)),))


def _from_folder(home: Home, folder: Path) -> Footage:
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _VIDEO_ENDINGS)
    films: list[Film] = []
    for path in found:
        recipes = _PEDESTRIANS if path.name == "vtest.avi" else {_slug(path.stem): Recipe()}
        try:
            films += [_film(home, name, path, recipe) for name, recipe in recipes.items()]
        except FilmError as error:
            print(f"{path.name} is passed over: {error}", flush=True)
    if not films:
        raise MachineFault(f"FOOTAGE={folder} holds no video that can be read.")
    named = tuple(films[:_MOST_FILMS])
    return Footage(Origin.FOLDER, f"the videos in {folder}", named, str(folder.absolute()))


def _film(home: Home, name: str, original: Path, recipe: Recipe) -> Film:
    """Converted once per content: size and time of change stand for it."""
    told = original.stat()
    target = home.footage / f"{name}-{told.st_size}-{told.st_mtime_ns % 10**9}.mp4"
    if not target.exists():
        convert(original, target, recipe)
    return Film(name, str(target))


def _slug(text: str) -> str:
    letters = [letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower()]
    return "".join(letters).strip("-") or "film"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    home = Home.from_environment()
    try:
        make_footage(home, folder).save(home)
    except MachineFault as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
