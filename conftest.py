"""Fixtures that all tests share."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from sigap.city.queries import _area_index
from tests.cast import Cast, make_cast

SHARED = Path(__file__).resolve().parent.parent / "shared"


@pytest.fixture
def cast(db: None, settings: Settings, tmp_path: Path) -> Cast:
    """Two cities and their people, in a transaction that is rolled back."""
    settings.FILES = tmp_path / "files"
    _area_index.cache_clear()
    return make_cast()


@pytest.fixture
def live_cast(transactional_db: None, settings: Settings, tmp_path: Path) -> Cast:
    """The same with real commits, for tests of streams and of two at once."""
    settings.FILES = tmp_path / "files"
    _area_index.cache_clear()
    return make_cast()
