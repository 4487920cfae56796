"""A pytest plugin (`-p sigap.runtime.pytest_browser`): the browser that stories are played in.

Where no browser can be had, tests that ask for one skip visibly; SIGAP_BROWSER_REQUIRED=1 (as in
.ci/run) turns that skip into a failure of the run.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from sigap.runtime.browser import find_browser
from sigap.runtime.home import Home

_REQUIRED = "SIGAP_BROWSER_REQUIRED"
_SKIPPED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """The Chromium to launch; `make test` has found or installed it before."""
    found = find_browser(Home.from_environment())
    if found is None:
        pytest.skip("no Chromium was found and none can be installed here")
    return found


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SKIPPED] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    plays = item.get_closest_marker("browser") or "browser_path" in getattr(
        item, "fixturenames", ()
    )
    if report.skipped and plays:
        item.config.stash[_SKIPPED].append(item.nodeid)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.config.stash[_SKIPPED]
    if skipped and os.environ.get(_REQUIRED) == "1":
        terminalreporter.write_line(
            f"FAILED: {len(skipped)} browser tests were skipped and {_REQUIRED}=1", red=True
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash[_SKIPPED] and os.environ.get(_REQUIRED) == "1":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
