"""Photos on arrival: EXIF gone, bombs and rubbish refused before they cost anything."""

import io
import struct
import zlib

import pytest
from PIL import Image

from sigap.core.actor import system_actor
from sigap.core.photos import hash_distance, photo_path, store_photo
from sigap.core.refusals import Invalid, TooLarge
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from tests.cast import Cast


def jpeg(size: tuple[int, int] = (320, 200), *, exif: bool = False, blue: int = 0) -> bytes:
    picture = Image.new("RGB", size)
    picture.putdata(
        [(x * 7 % 256, y * 5 % 256, blue) for y in range(size[1]) for x in range(size[0])]
    )
    buffer = io.BytesIO()
    tags = Image.Exif()
    if exif:
        tags[0x010F] = "PhoneMaker"
        tags.get_ifd(0x8825)[2] = (6.0, 12.0, 0.0)
    picture.save(buffer, "JPEG", exif=tags)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing: a bomb."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


def kept(cast: Cast, data: bytes) -> bytes:
    actor = system_actor("test", city_id=cast.kota.pk)
    with unit_of_work(actor):
        return photo_path(store_photo(cast.kota.pk, data)).read_bytes()


def test_exif_does_not_survive(cast: Cast) -> None:
    original = jpeg(exif=True)
    assert b"PhoneMaker" in original
    stored = kept(cast, original)
    assert b"PhoneMaker" not in stored
    assert not Image.open(io.BytesIO(stored)).getexif()


def test_large_photos_are_scaled(cast: Cast) -> None:
    assert max(Image.open(io.BytesIO(kept(cast, jpeg((3000, 100))))).size) == 2048


@pytest.mark.parametrize(("width", "height"), [(20_000, 10_000), (100_000, 100_000)])
def test_a_bomb_is_refused_by_its_header(cast: Cast, width: int, height: int) -> None:
    with pytest.raises(TooLarge) as refused:
        kept(cast, png_header(width, height))
    assert refused.value.code == "photo_too_many_pixels"


def test_too_many_bytes_are_refused(cast: Cast) -> None:
    with pytest.raises(TooLarge):
        kept(cast, bytes(15 * 1024 * 1024 + 1))


@pytest.mark.parametrize("data", [b"", b"not a photo", jpeg()[:200], png_header(300, 300)])
def test_rubbish_is_refused(cast: Cast, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        kept(cast, data)
    assert refused.value.code == "photo_unreadable"


def test_the_same_scene_has_a_near_hash(cast: Cast) -> None:
    with unit_of_work(system_actor("test", city_id=cast.kota.pk)):
        first = store_photo(cast.kota.pk, jpeg()).difference_hash
        again = store_photo(cast.kota.pk, jpeg((640, 400))).difference_hash
    assert first is not None
    assert again is not None
    assert hash_distance(first, first) == 0
    assert 0 <= hash_distance(first, again) <= 64


def test_photos_of_another_city_cannot_be_seen(cast: Cast) -> None:
    with unit_of_work(system_actor("test", city_id=cast.kota.pk)):
        stored = store_photo(cast.kota.pk, jpeg())
    assert cast.api("farah").get(f"photos/{stored.uuid}").status_code == 404
    assert cast.api().get(f"photos/{stored.uuid}").status_code == 401
    with reading(cast.lain.pk):
        assert not type(stored).objects.filter(pk=stored.pk).exists()
