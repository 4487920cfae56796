"""Loading road networks: lazily, again after an import, straight lines where there is none."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from sigap.dispatch import networks as module
from sigap.dispatch.networks import RoadNetworks
from sigap.dispatch.road import RoadNetwork, StraightLine, TravelEstimator


@pytest.fixture
def road_file(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.TILES = tmp_path
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    path = tmp_path / "kota" / "roads.npz"
    path.parent.mkdir()
    return path


def test_straight_lines_without_a_file(road_file: Path) -> None:
    assert isinstance(RoadNetworks().of("kota"), StraightLine)


def test_a_damaged_file_is_no_outage(road_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    road_file.write_bytes(b"PK\x03\x04 rubbish")
    assert isinstance(RoadNetworks().of("kota"), StraightLine)
    assert "straight lines instead" in caplog.text


def test_loaded_once_and_again_after_an_import(
    road_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Path] = []

    def load(path: Path) -> TravelEstimator:
        loads.append(path)
        return StraightLine(detour_factor=1.0 + len(loads))

    monkeypatch.setattr(RoadNetwork, "load", load)
    shelf = RoadNetworks()
    road_file.write_bytes(b"first")
    first = shelf.of("kota")
    assert shelf.of("kota") is first
    beside = road_file.with_suffix(".part")
    beside.write_bytes(b"second import")
    beside.replace(road_file)
    assert shelf.of("kota") is not first
    assert loads == [road_file, road_file]
