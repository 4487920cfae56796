"""The routes of camera nodes under schemathesis, with a true token: nothing may answer 5xx."""

import os
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from sigap.cctv.models import RuleKind
from sigap.cctv.testing_cameras import make_camera, make_node, make_rule
from tests.cast import SUDIRMAN, Cast
from tests.test_fuzz import one_transaction

EXAMPLES = int(os.environ.get("SIGAP_FUZZ_EXAMPLES", "25"))

pytestmark = pytest.mark.slow


def test_no_message_of_a_node_makes_the_core_fail(cast: Cast) -> None:
    node = make_node(cast.kota)
    camera = make_camera(cast.kota, "Gerbang", SUDIRMAN)
    rules = [make_rule(camera, kind) for kind in (RuleKind.ZONE, RuleKind.LINE)]
    # True ids among the invented ones, so that the messages reach the tables.
    ids = {"camera_id": [camera.pk], "rule_id": [rule.pk for rule in rules]}
    headers = {"Authorization": f"Node {node.token}"}
    failures: list[str] = []
    with one_transaction():
        schema = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())
        for result in schema.include(path_regex="^/api/v1/node/").get_all_operations():
            assert isinstance(result, Ok)
            _fuzz(result.ok(), headers, ids, failures)
    assert failures == []


def _fuzz(
    operation: Any, headers: dict[str, str], ids: dict[str, list[int]], failures: list[str]
) -> None:
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
        _put_true_ids(case.body, ids)
        response = case.call(headers=headers)
        try:
            case.validate_response(response, checks=[not_a_server_error])
        except Exception as failure:  # noqa: BLE001  (collected, so that one run names them all)
            failures.append(f"{operation.label}: {failure} {case.as_curl_command()[:300]}")

    run()


def _put_true_ids(body: Any, ids: dict[str, list[int]]) -> None:
    if isinstance(body, list):
        for part in body:
            _put_true_ids(part, ids)
    if isinstance(body, dict):
        for name, value in body.items():
            if name in ids and isinstance(value, int):
                body[name] = ids[name][value % len(ids[name])]
            else:
                _put_true_ids(value, ids)
