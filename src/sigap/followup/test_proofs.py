"""What the checks on a proof notice: old photos, other places. They flag, they never refuse."""

import io

import pytest
from PIL import Image

from sigap.core.geometry import LatLon
from sigap.core.photos import store_photo
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.actions import GivenProof, resolve_task
from sigap.followup.models import Proof
from sigap.followup.testing_stories import forwarded, photo
from tests.cast import SUDIRMAN, Cast

NEAR = LatLon(SUDIRMAN.lat + 0.0005, SUDIRMAN.lon)
FAR = LatLon(SUDIRMAN.lat + 0.02, SUDIRMAN.lon)


def _proof(cast: Cast, given: GivenProof) -> Proof:
    _, task = forwarded(cast)
    resolve_task(cast.actor("dewi"), task.pk, task.version, given)
    with reading(cast.kota.pk):
        return Proof.objects.select_related("similar_to").get(task=task)


def _store(cast: Cast, data: bytes) -> int:
    with unit_of_work(cast.actor("dewi")):
        return store_photo(cast.kota.pk, data).pk


def test_a_fresh_photo_taken_nearby_has_no_flags(cast: Cast) -> None:
    for seed in range(10, 30):
        _store(cast, photo(seed))
    proof = _proof(cast, GivenProof(photo=photo(1), taken=NEAR))
    assert proof.flags == []
    assert proof.distance_m == pytest.approx(55.6, abs=0.5)


def test_an_earlier_photo_scaled_and_compressed_again_is_noticed(cast: Cast) -> None:
    earlier = _store(cast, photo(7))
    proof = _proof(cast, GivenProof(photo=photo(7, side_px=211, quality=40), taken=NEAR))
    assert proof.flags == ["reused_photo"]
    assert proof.similar_to is not None
    assert proof.similar_to.pk == earlier


def test_a_photo_of_another_city_is_not_compared(cast: Cast) -> None:
    with unit_of_work(cast.actor("farah")):
        store_photo(cast.lain.pk, photo(7))
    assert _proof(cast, GivenProof(photo=photo(7), taken=NEAR)).flags == []


def test_a_place_far_away_and_a_missing_photo_are_noticed(cast: Cast) -> None:
    proof = _proof(cast, GivenProof(reason="Sudah diperbaiki petugas", taken=FAR))
    assert set(proof.flags) == {"no_photo", "taken_far_away"}
    assert proof.distance_m == pytest.approx(2224, abs=2)


@pytest.mark.parametrize("grey", [0, 12])
def test_two_dark_pictures_are_not_called_the_same(cast: Cast, grey: int) -> None:
    def flat(level: int) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", (200, 200), (level, level, level)).save(buffer, "JPEG")
        return buffer.getvalue()

    _store(cast, flat(grey))
    assert _proof(cast, GivenProof(photo=flat(grey + 3), taken=NEAR)).flags == []
