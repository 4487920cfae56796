"""The whole API under schemathesis, as people of different roles: nothing may answer 5xx."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from tests.cast import Cast

# Raise it for a long night: SIGAP_FUZZ_EXAMPLES=200.
EXAMPLES = int(os.environ.get("SIGAP_FUZZ_EXAMPLES", "4"))
ROLES = ["sari", "citra", None]

pytestmark = pytest.mark.slow


@contextmanager
def one_transaction() -> Iterator[None]:
    """Requests share the test's transaction: their end must not close its connection.

    Enter it after the last use of Django's own test client, which connects the signals anew.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _headers(cast: Cast, who: str | None) -> dict[str, str]:
    client = cast.api(who).client
    token = client.get("/api/v1/csrf").json()["csrf_token"]
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return {"Cookie": cookies, "X-CSRFToken": token}


@pytest.mark.parametrize("who", ROLES, ids=lambda who: who or "nobody")
def test_no_input_makes_the_core_fail(cast: Cast, settings: Any, who: str | None) -> None:
    settings.PUBLIC_WRITES_PER_MINUTE = 0
    headers = _headers(cast, who)
    failures: list[str] = []
    with one_transaction():
        schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            _fuzz(result.ok(), headers, failures)
    assert failures == []


def _fuzz(operation: Any, headers: dict[str, str], failures: list[str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any) -> None:
        response = case.call(headers=headers)
        try:
            case.validate_response(response, checks=[not_a_server_error])
        except Exception as failure:  # noqa: BLE001  (collected, so that one run names them all)
            failures.append(f"{operation.label}: {failure} {case.as_curl_command()[:300]}")

    run()
