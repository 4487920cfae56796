"""The demo's request and accounts, and the mark that spares a second preparation."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from sigap.runtime.demo_request import (
    DemoAccount,
    DemoCamera,
    DemoRequest,
    load_accounts,
    save_accounts,
)
from sigap.runtime.home import Home
from sigap.runtime.prepared import PreparedMark

_NODE = "http://127.0.0.1:8090"


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DemoRequest:
    monkeypatch.delenv("SIGAP_DATABASE_URL", raising=False)
    (tmp_path / "city.osm.pbf").write_bytes(b"map")
    return DemoRequest(
        extract=str(tmp_path / "city.osm.pbf"),
        areas="",
        city_code="kota",
        city_name="Kota",
        time_zone="Asia/Jakarta",
        cameras=(DemoCamera("plaza", "rtsp://127.0.0.1:8554/plaza"),),
        node_token="secret",
        accounts_file=str(tmp_path / "accounts.json"),
    )


def test_a_request_comes_back_as_it_was_and_is_private(
    request_: DemoRequest, tmp_path: Path
) -> None:
    request_.save(tmp_path / "request.json")
    assert DemoRequest.load(tmp_path / "request.json") == request_
    assert stat.S_IMODE((tmp_path / "request.json").stat().st_mode) == 0o600


def test_accounts_are_kept_private(tmp_path: Path) -> None:
    accounts = [DemoAccount("operator", "p4ss", "operator", "/console")]
    assert load_accounts(tmp_path / "accounts.json") == []
    save_accounts(tmp_path / "accounts.json", accounts)
    assert load_accounts(tmp_path / "accounts.json") == accounts
    assert stat.S_IMODE((tmp_path / "accounts.json").stat().st_mode) == 0o600


def test_a_second_start_prepares_nothing_anew(request_: DemoRequest, tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert not PreparedMark(home, request_, node_address=_NODE).is_set()
    PreparedMark(home, request_, node_address=_NODE).set()
    assert PreparedMark(home, request_, node_address=_NODE).is_set()


def test_anything_else_is_prepared_anew(
    request_: DemoRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    PreparedMark(home, request_, node_address=_NODE).set()
    other = replace(request_, city_code="lain")
    assert not PreparedMark(home, other, node_address=_NODE).is_set()
    assert not PreparedMark(home, request_, node_address="http://10.0.0.1:8090").is_set()
    home.postgres_data.mkdir()
    (home.postgres_data / "PG_VERSION").write_text("18")
    assert not PreparedMark(home, request_, node_address=_NODE).is_set()
    monkeypatch.setenv("SIGAP_DATABASE_URL", "postgresql://other@db/sigap")
    assert not PreparedMark(home, request_, node_address=_NODE).is_set()
