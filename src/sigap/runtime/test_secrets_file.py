"""Secrets are made once, kept private, and the environment goes before them."""

import stat
from pathlib import Path

import pytest

from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home
from sigap.runtime.secrets_file import load_secrets


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    for name in ("SIGAP_SECRET_KEY", "SIGAP_NODE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Home(tmp_path)


def test_secrets_are_random_kept_and_private(home: Home, tmp_path: Path) -> None:
    first = load_secrets(home)
    assert load_secrets(home) == first
    assert stat.S_IMODE(home.secrets.stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    assert load_secrets(Home(tmp_path / "other")).secret_key != first.secret_key


def test_the_environment_goes_before(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGAP_NODE_TOKEN", "given")
    assert load_secrets(home).node_token == "given"
    assert "given" not in home.secrets.read_text()


def test_a_spoilt_file_is_a_clear_sentence(home: Home) -> None:
    home.secrets.write_text("{")
    with pytest.raises(MachineFault, match="restore it"):
        load_secrets(home)
