"""The extract as a file: is it a PBF, is it whole, how large; translates osmium's errors.

Called first by `extract.read_extract`, so that a bad file is refused before anything is written.
"""

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import osmium
from osmium.geom import GeoJSONFactory, WKBFactory
from osmium.osm import Area

from sigap.city.osm.errors import CityImportError, ImportFault
from sigap.core.geometry import Box

DEFAULT_LIMIT_BYTES = 1 << 30
_HEADER_TYPE = b"OSMHeader"


@dataclass(frozen=True, slots=True)
class ExtractSource:
    """A file that passed the checks."""

    path: Path
    sha256: str
    size_bytes: int
    declared_bbox: Box | None


def check_source(path: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> ExtractSource:
    """Refuse what is not an OSM PBF of reasonable size. Reads the file once, for its checksum."""
    size = _size_of(path)
    if size > limit_bytes:
        raise CityImportError(
            ImportFault.TOO_LARGE,
            f"{path.name} holds {size / 2**20:,.0f} MiB; the limit is "
            f"{limit_bytes / 2**20:,.0f} MiB. Cut the city out of it (osmium extract --bbox …) "
            "and import that file.",
        )
    _check_magic(path)
    with reading(path):
        box = _declared_bbox(path)
    return ExtractSource(path, _sha256(path), size, box)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what osmium raises while reading `path` into a CityImportError."""
    try:
        yield
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise CityImportError(
            ImportFault.DAMAGED,
            f"{path.name} is damaged or cut short ({error}). Download it again and compare its "
            "checksum with the one published beside it.",
        ) from error


def outline_of(area: Area, factory: WKBFactory | GeoJSONFactory) -> str | None:
    """The area's polygons as the factory writes them; None for the broken multipolygons that every
    extract holds (open rings, members beyond its edge), which are no damage to the file."""
    try:
        return factory.create_multipolygon(area)
    except (RuntimeError, osmium.InvalidLocationError):
        return None


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a full disk into a CityImportError; other I/O errors pass through."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise CityImportError(
            ImportFault.NO_SPACE, f"The disk of {folder} is full. Free some space and import again."
        ) from error


def _size_of(path: Path) -> int:
    if not path.is_file():
        raise CityImportError(
            ImportFault.MISSING_FILE, f"There is no file {path}. Give the path of an .osm.pbf file."
        )
    size = path.stat().st_size
    if size == 0:
        raise CityImportError(
            ImportFault.EMPTY, f"{path.name} is empty (0 bytes). Download the extract again."
        )
    return size


def _check_magic(path: Path) -> None:
    """A PBF opens with a 4-byte length and a BlobHeader naming the type OSMHeader."""
    with path.open("rb") as file:
        head = file.read(64)
    if _HEADER_TYPE not in head:
        raise CityImportError(
            ImportFault.NOT_A_PBF,
            f"{path.name} is not an OpenStreetMap PBF file. Give an .osm.pbf extract; convert "
            "other formats with: osmium cat FILE -o city.osm.pbf",
        )


def _declared_bbox(path: Path) -> Box | None:
    reader = osmium.io.Reader(str(path))
    try:
        box = reader.header().box()
    finally:
        reader.close()
    if not box.valid():
        return None
    low, high = box.bottom_left, box.top_right
    return Box(south=low.lat, west=low.lon, north=high.lat, east=high.lon)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
