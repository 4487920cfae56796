"""Files that are no extract: each is refused with a sentence that says what to do."""

from pathlib import Path

import pytest

from sigap.city.osm.areas import AreaWishes
from sigap.city.osm.errors import CityImportError, ImportFault
from sigap.city.osm.extract import read_extract
from sigap.city.osm.source import check_source
from sigap.city.osm.testing import TinyWorld

WISHES = AreaWishes("kecil", "Kota Kecil")


def good(folder: Path) -> Path:
    world = TinyWorld()
    for index in range(200):
        world.node(f"n{index}", index * 10, index % 7, name=f"Place {index}", amenity="cafe")
    world.road("r", " ".join(f"n{index}" for index in range(200)), name="Jalan Panjang")
    return world.write(folder / "good.osm.pbf")


def refused(path: Path, folder: Path, limit_bytes: int = 1 << 30) -> CityImportError:
    with (
        pytest.raises(CityImportError) as caught,
        read_extract(path, folder / "city" / "kecil", WISHES, limit_bytes=limit_bytes),
    ):
        pass
    assert [file for file in (folder / "city").rglob("*") if file.is_file()] == []
    assert caught.value.message.endswith((".", "osm.pbf"))
    return caught.value


def test_missing_file(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.osm.pbf", tmp_path).fault is ImportFault.MISSING_FILE


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    assert refused(tmp_path, tmp_path).fault is ImportFault.MISSING_FILE


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.osm.pbf"
    path.touch()
    assert refused(path, tmp_path).fault is ImportFault.EMPTY


@pytest.mark.parametrize("body", [b"<osm version='0.6'/>", b"PK\x03\x04zip", b"\x00" * 5000])
def test_not_a_pbf(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "other.osm.pbf"
    path.write_bytes(body)
    assert refused(path, tmp_path).fault is ImportFault.NOT_A_PBF


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_truncated(tmp_path: Path, share: float) -> None:
    whole = good(tmp_path).read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert refused(path, tmp_path).fault in {ImportFault.DAMAGED, ImportFault.NOT_A_PBF}


def test_rubbish_in_the_middle(tmp_path: Path) -> None:
    whole = bytearray(good(tmp_path).read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 200] = b"\xff" * 200
    path = tmp_path / "rubbish.osm.pbf"
    path.write_bytes(bytes(whole))
    assert refused(path, tmp_path).fault is ImportFault.DAMAGED


def test_header_without_data(tmp_path: Path) -> None:
    path = TinyWorld().write(tmp_path / "void.osm.pbf")
    assert refused(path, tmp_path).fault is ImportFault.EMPTY


def test_no_road_in_it(tmp_path: Path) -> None:
    world = TinyWorld()
    world.node("a", 0, 0, name="Tugu", historic="monument")
    world.node("b", 50, 0)
    world.way("path", "a b", highway="steps")
    error = refused(world.write(tmp_path / "steps.osm.pbf"), tmp_path)
    assert error.fault is ImportFault.EMPTY
    assert "road" in error.message


def test_too_large(tmp_path: Path) -> None:
    error = refused(good(tmp_path), tmp_path, limit_bytes=100)
    assert error.fault is ImportFault.TOO_LARGE
    assert "osmium extract" in error.message


def test_checksum_is_that_of_the_file(tmp_path: Path) -> None:
    source = check_source(good(tmp_path))
    assert len(source.sha256) == 64
    assert source.size_bytes == source.path.stat().st_size
    assert source.declared_bbox is None
