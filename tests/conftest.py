"""The running demo, shared by the stories and the faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, running_demo

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo city of its own, for the whole session."""
    with running_demo(tmp_path_factory.mktemp("demo"), ROOT / "var") as running:
        yield running
