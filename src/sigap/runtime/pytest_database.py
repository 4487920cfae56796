"""A pytest plugin (`-p sigap.runtime.pytest_database`): a real PostgreSQL before Django's settings.

Sets SIGAP_DATABASE_URL and SIGAP_TEST_DB for this run, unless SIGAP_DATABASE_URL is given.
"""

import os
from collections.abc import Generator

import pytest

from sigap.runtime.faults import MachineFault
from sigap.runtime.postgres import DATABASE_URL_VARIABLE
from sigap.runtime.testing_postgres import TestingPostgres

_SERVER = TestingPostgres()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """A wrapper, so that it comes before pytest-django reads the settings."""
    if not os.environ.get(DATABASE_URL_VARIABLE):
        try:
            os.environ[DATABASE_URL_VARIABLE] = _SERVER.start().url
        except MachineFault as fault:
            raise pytest.UsageError(str(fault)) from fault
        os.environ["SIGAP_TEST_DB"] = _SERVER.test_database
    return (yield)


def pytest_unconfigure() -> None:
    _SERVER.stop()
