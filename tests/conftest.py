"""The running demo, shared by the stories and the faults."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, known_demo, running_demo

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo city of its own, for the whole session.

    While writing stories, SIGAP_TEST_DEMO=folder:address takes one that runs already.
    """
    running_already = os.environ.get("SIGAP_TEST_DEMO")
    if running_already:
        folder, _, address = running_already.partition(":")
        yield known_demo(Path(folder), address)
        return
    with running_demo(tmp_path_factory.mktemp("demo"), ROOT / "var") as running:
        yield running
