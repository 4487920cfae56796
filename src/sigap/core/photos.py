"""Photos on arrival: checked, decoded under limits, stripped of EXIF, kept under their SHA-256."""

import hashlib
import io
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np
from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from sigap.core import clock
from sigap.core.models import StoredFile
from sigap.core.refusals import Invalid, TooLarge

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE_PX = 2048
FORMATS = ("JPEG", "PNG", "WEBP")
JPEG_QUALITY = 85


def store_photo(city_id: int, data: bytes) -> StoredFile:
    """Keep a photo of a citizen, officer or camera; runs inside the caller's unit of work.

    The picture is turned upright, scaled to at most 2048 px and encoded anew, so that no EXIF
    (place, device) survives. Raises TooLarge over 15 MB or 50 megapixels, judged from the header
    before any pixel is decoded; Invalid if it is not a whole JPEG, PNG or WebP.
    """
    picture = _decode(data)
    encoded = _encode(picture)
    digest = hashlib.sha256(encoded).hexdigest()
    _write_once(_path(city_id, digest), encoded)
    return StoredFile.objects.create(
        city_id=city_id,
        sha256=digest,
        media_type="image/jpeg",
        size_bytes=len(encoded),
        width_px=picture.width,
        height_px=picture.height,
        difference_hash=difference_hash(picture),
        created_at=clock.now(),
    )


def photo_path(stored: StoredFile) -> Path:
    """Where the bytes of `stored` lie."""
    return _path(stored.city_id, stored.sha256)


def difference_hash(picture: Image.Image) -> int:
    """64-bit difference hash (Krawetz, 2013): is each of 9×8 grey pixels brighter than its right
    neighbour? Signed, for PostgreSQL's bigint."""
    grey = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BILINEAR))
    bits = np.packbits(grey[:, :-1] > grey[:, 1:])
    return int.from_bytes(bits.tobytes(), "big", signed=True)


def hash_distance(a: int, b: int) -> int:
    """How many of the 64 bits differ; up to about 6 means the same photo."""
    return ((a ^ b) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def _decode(data: bytes) -> Image.Image:
    if len(data) > MAX_BYTES:
        raise TooLarge("photo_too_large", "The photo is larger than 15 MB.", limit_bytes=MAX_BYTES)
    try:
        with warnings.catch_warnings():
            # Our own limit below is stricter than Pillow's and is checked before decoding.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_many_pixels()
            upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
        return upright.convert("RGB")
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Invalid(
            "photo_unreadable",
            "The photo cannot be read. Send a whole JPEG, PNG or WebP picture.",
            field="photo",
        ) from error


def _too_many_pixels() -> TooLarge:
    return TooLarge(
        "photo_too_many_pixels", "The photo has more than 50 megapixels.", limit_pixels=MAX_PIXELS
    )


def _encode(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _path(city_id: int, digest: str) -> Path:
    return Path(settings.FILES) / str(city_id) / digest[:2] / f"{digest}.jpg"


def _write_once(path: Path, data: bytes) -> None:
    """Write beside, sync, then rename: a crash leaves no half file under a true name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
