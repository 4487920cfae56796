"""Input that is no text or no JSON is refused before it reaches a table, on every route."""

import pytest
from django.test import Client

from sigap.cctv.testing_cameras import make_node
from tests.cast import Cast, data

CAMERA = '{"name": %s, "source_url": "rtsp://10.0.0.9/a", "lat": -6.2, "lon": 106.6}'


def post(client: Client, body: str) -> int:
    token = client.get("/api/v1/csrf").json()["csrf_token"]
    answer = client.post(
        "/api/v1/cctv/cameras",
        body,
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    return answer.status_code


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (CAMERA % '"nul\\u0000"', 400),
        (CAMERA % '"half \\ud800"', 400),
        (CAMERA % '"nul\x00"', 400),
        (CAMERA % '"backslash \\\\u0000"', 201),
        (CAMERA % '"whole \\ud83d\\ude00"', 201),
        ('{"name": NaN}', 400),
        ("[" * 100_000, 400),
        ('{"name": ' + "9" * 10_000 + "}", 400),
    ],
)
def test_bodies(cast: Cast, body: str, status: int) -> None:
    make_node(cast.kota)
    assert post(cast.api("sari").client, body) == status


def test_queries(cast: Cast) -> None:
    answer = cast.api("sari").get("audit", kind="nul\x00")
    assert data(answer, 422)["code"] == "bad_text"
