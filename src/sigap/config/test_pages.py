"""What lies around Django: pages, tiles with Range, limits on bodies, errors as JSON."""

from pathlib import Path

import httpx
import pytest
from pytest_django.fixtures import Settings

from tests.cast import Cast
from tests.live_core import serve_core

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(tmp_path: Path, settings: Settings) -> Path:
    web, tiles = tmp_path / "dist", tmp_path / "city" / "kota"
    (web / "assets").mkdir(parents=True)
    tiles.mkdir(parents=True)
    (web / "index.html").write_text("<p>warga</p>")
    (web / "console.html").write_text("<p>konsol</p>")
    (web / "routes.json").write_text('[{"prefix": "/console", "html": "console.html"}]')
    (web / "assets" / "a.js").write_text("1")
    (tiles / "basemap.pmtiles").write_bytes(bytes(range(100)))
    (tmp_path / "secret.txt").write_text("no")
    settings.WEB_DIST, settings.TILES = web, tmp_path / "city"
    return tmp_path


def test_pages_tiles_and_nothing_else(live_cast: Cast, site: Path) -> None:
    with serve_core() as base, httpx.Client(base_url=base) as http:
        assert "warga" in http.get("/").text
        assert "konsol" in http.get("/console/anything").text
        assert "default-src 'self'" in http.get("/").headers["content-security-policy"]
        assert "immutable" in http.get("/assets/a.js").headers["cache-control"]
        part = http.get("/tiles/kota.pmtiles", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
        assert http.get("/tiles/lain.pmtiles").status_code == 404
        assert http.get("/%2e%2e/secret.txt").text != "no"
        assert http.get("/assets/%2e%2e/%2e%2e/secret.txt").status_code == 404


def test_pages_travel_compressed(live_cast: Cast, site: Path) -> None:
    (site / "dist" / "assets" / "big.js").write_text("a = 1;\n" * 1000)
    with serve_core() as base, httpx.Client(base_url=base) as http:
        answer = http.get("/assets/big.js")
        assert answer.headers["content-encoding"] == "gzip"
        assert len(answer.text) == 7000


def test_bodies_have_a_limit(live_cast: Cast) -> None:
    def endless() -> object:
        for _ in range(30):
            yield bytes(1024 * 1024)

    with serve_core() as base, httpx.Client(base_url=base, timeout=30) as http:
        told = http.post("/api/v1/calls", content=bytes(21 * 1024 * 1024))
        assert (told.status_code, told.json()["code"]) == (413, "body_too_large")
        with pytest.raises(httpx.HTTPError):
            http.post("/api/v1/calls", content=endless()).raise_for_status()  # type: ignore[arg-type]
        assert http.get("/api/v1/healthz").status_code == 200


def test_errors_of_the_api_are_json(live_cast: Cast) -> None:
    with serve_core() as base, httpx.Client(base_url=base) as http:
        missing = http.get("/api/v1/no-such-thing")
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
