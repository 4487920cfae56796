"""Sending a report: what is kept, what is refused, and how clearly."""

import io
import struct
import uuid
import zlib
from typing import Any

import pytest
from django.http import HttpResponse
from PIL import Image
from pytest_django.fixtures import Settings

from sigap.core.photos import MAX_BYTES, photo_path
from sigap.core.tenancy import reading
from sigap.followup.testing_stories import photo
from sigap.intake.models import Report, Signal
from tests.cast import SUDIRMAN, Cast, data

FORM: dict[str, Any] = {
    "lat": str(SUDIRMAN.lat),
    "lon": str(SUDIRMAN.lon),
    "category": "road-damage",
    "text": "Jalan berlubang di depan sekolah",
    "place_text": "Jl. Sudirman",
    "name": "Eko",
    "phone": "+62 812 3456 7890",
}


def _send(cast: Cast, *photos: bytes, **changes: str) -> HttpResponse:
    files = {"photo": photos[0]} if photos else {}
    return cast.api().upload("public/kota/reports", FORM | changes, **files)


def _only_report(cast: Cast) -> Report:
    with reading(cast.kota.pk):
        return Report.objects.select_related("signal__category", "photo").get()


def test_a_report_is_kept_routed_and_given_a_code(cast: Cast) -> None:
    answer = data(_send(cast))
    assert len(answer["tracking_code"]) >= 12
    assert answer["emergency_hint"] is False
    assert answer["owner"]["name"] == "Dinas Pekerjaan Umum"
    assert answer["clock"]["legal_basis"] == "Permen PANRB 5/2025"
    report = _only_report(cast)
    assert report.signal.area_id is not None
    assert report.signal.priority == 4
    assert report.reporter_phone == FORM["phone"]


def test_a_photo_loses_its_exif(cast: Cast) -> None:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[2] = (6.0, 12.0, 0.0)
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 60)).save(buffer, "JPEG", exif=exif)
    assert b"PhoneMaker" in buffer.getvalue()
    code = data(_send(cast, buffer.getvalue()))["tracking_code"]
    stored = _only_report(cast).photo
    assert stored is not None
    kept = photo_path(stored).read_bytes()
    assert b"PhoneMaker" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()
    shown = cast.api().get(f"public/reports/{code}/photos/own")
    assert shown.content == kept
    assert cast.api().get(f"public/reports/{code}/photos/proof").status_code == 404


def test_words_of_an_emergency_raise_the_signal_and_say_so(cast: Cast) -> None:
    answer = data(_send(cast, text="Kebakaran sekarang di warung!"))
    assert answer["emergency_hint"] is True
    assert answer["emergency_number"] == "112"
    assert _only_report(cast).signal.priority == 1


def test_a_place_outside_the_city_is_refused_by_the_citys_name(cast: Cast) -> None:
    answer = data(_send(cast, lat="-7.0", lon="110.4"), 422)
    assert answer["code"] == "outside_city"
    assert "Kota" in answer["message"]
    with reading(cast.kota.pk):
        assert not Signal.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "fire"}, "unknown_category"),
        ({"category": "nonsense"}, "unknown_category"),
        ({"text": "", "name": ""}, "nothing_said"),
        ({"text": "x" * 4001}, "invalid"),
        ({"text": "x" * 1_000_000}, "invalid"),
        ({"text": "bell\x07"}, "invalid"),
        ({"lat": "nan"}, "invalid"),
        ({"lat": "91"}, "invalid"),
        ({"lon": "inf"}, "invalid"),
        ({"phone": "call me"}, "invalid"),
        ({"name": "x" * 81}, "invalid"),
    ],
)
def test_bad_fields_are_refused_clearly(cast: Cast, changes: dict[str, str], code: str) -> None:
    assert data(_send(cast, **changes), 422)["code"] == code


def _png(width_px: int, height_px: int) -> bytes:
    """A valid 1-bit PNG of zeros: a few kilobytes that unpack to width × height pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", width_px, height_px, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width_px // 8 + 1) * height_px), 9)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_of_200_megapixels_is_refused_before_it_is_decoded(cast: Cast) -> None:
    bomb = _png(20_000, 10_000)
    assert len(bomb) < 100_000
    assert data(_send(cast, bomb), 413)["code"] == "photo_too_many_pixels"


def test_a_picture_at_the_limit_is_taken(cast: Cast) -> None:
    data(_send(cast, _png(8_000, 4_000)))
    stored = _only_report(cast).photo
    assert stored is not None
    assert (stored.width_px, stored.height_px) == (2048, 1024)


@pytest.mark.parametrize(
    "rubbish", [b"no picture", b"\xff\xd8\xff\xe0" + b"\x00" * 200, photo(1)[:900]]
)
def test_rubbish_and_cut_off_photos_are_refused(cast: Cast, rubbish: bytes) -> None:
    assert data(_send(cast, rubbish), 422)["code"] == "photo_unreadable"


def test_a_photo_over_15_mb_is_refused(cast: Cast) -> None:
    answer = data(_send(cast, b"\xff\xd8" + b"x" * MAX_BYTES), 413)
    assert answer["code"] == "photo_too_large"


def test_a_repeated_request_makes_one_report(cast: Cast) -> None:
    client, headers = cast.api().client, {"Idempotency-Key": str(uuid.uuid4())}
    url = "/api/v1/public/kota/reports"
    first = client.post(url, FORM, headers=headers)
    again = client.post(url, FORM, headers=headers)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert _only_report(cast)
    other = client.post(url, FORM | {"text": "Lain"}, headers=headers)
    assert other.status_code == 409


def test_an_address_is_slowed_down(cast: Cast, settings: Settings) -> None:
    settings.PUBLIC_WRITES_PER_MINUTE = 3
    statuses = [_send(cast).status_code for _ in range(5)]
    # A minute may turn in between; then one more passes.
    assert statuses[:3] == [200, 200, 200]
    assert 429 in statuses
    refused = _send(cast)
    if refused.status_code == 429:
        assert int(refused["Retry-After"]) <= 60


def test_unknown_cities_are_not_found(cast: Cast) -> None:
    for path in ("info", "where?lat=0&lon=0", "nearby", "places?q=x"):
        assert cast.api().get(f"public/nirgends/{path}").status_code == 404
