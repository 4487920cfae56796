"""The verifier against every kind of forgery, on folders and ZIPs, as the command runs it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from sigap.node.evidence.command import evidence_app
from sigap.node.evidence.package import finish_folder, zip_chunks
from sigap.node.evidence.verify import Fault, verify

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw().hex()
FIRST = "0" * 64


def make_export(
    folder: Path, number: int, previous: str, *, names: tuple[str, ...] = ("a.mp4", "b.mp4")
) -> str:
    """A finished export as a node and a core make it; returns the manifest's digest."""
    folder.mkdir()
    files = []
    for name in names:
        data = f"{name} of export {number}".encode() * 5000
        (folder / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        files.append({"name": name, "bytes": len(data), "sha256": digest})
    manifest: dict[str, Any] = {"format": "sigap-evidence/1", "number": number}
    manifest |= {"previous_sha256": previous, "signing_key": PUBLIC, "items": [{"files": files}]}
    manifest["city"] = {"code": "kota", "name": "Kota"}
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    finish_folder(folder, text, KEY.sign(text.encode()).hex())
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "first"
    make_export(folder, 1, FIRST)
    return folder


def faults(path: Path, *others: Path, key: str | None = None) -> list[tuple[Fault, str]]:
    return [(one.fault, one.name) for one in verify(path, others=others, key=key).faults]


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    path.write_bytes(b"".join(zip_chunks(folder)))
    return path


def test_an_untouched_export_is_good_as_folder_and_as_zip(export: Path) -> None:
    for path in (export, zipped(export)):
        verdict = verify(path, key=PUBLIC)
        assert verdict.is_good, verdict.faults
        assert (verdict.files, verdict.number, verdict.city) == (2, 1, "kota")
    sums = [line.split("  ") for line in (export / "SHA256SUMS").read_text().splitlines()]
    assert {name for _, name in sums} == {"a.mp4", "b.mp4", "manifest.json"}
    for digest, name in sums:
        assert hashlib.sha256((export / name).read_bytes()).hexdigest() == digest
    assert verify(export).manifest_sha256 in (export / "VERIFY.txt").read_text()


@pytest.mark.parametrize("at", [0, 20_000, -1])
def test_one_flipped_bit_is_found(export: Path, at: int) -> None:
    data = bytearray((export / "a.mp4").read_bytes())
    data[at] ^= 1
    (export / "a.mp4").write_bytes(data)
    assert faults(export) == [(Fault.FILE_CHANGED, "a.mp4")]


def test_one_flipped_bit_within_a_zip_is_found(export: Path) -> None:
    path = zipped(export)
    data = bytearray(path.read_bytes())
    data[data.index(b"a.mp4 of export 1" * 2) + 40_000] ^= 1
    path.write_bytes(data)
    assert faults(path) == [(Fault.FILE_CHANGED, "a.mp4")]


def test_missing_added_swapped_and_shortened_films(export: Path) -> None:
    shutil.copy(export / "a.mp4", export / "c.mp4")
    assert faults(export) == [(Fault.FILE_ADDED, "c.mp4")]
    (export / "c.mp4").replace(export / "a.mp4.old")
    (export / "a.mp4.old").unlink()
    (export / "a.mp4").replace(export / "x")
    (export / "b.mp4").replace(export / "a.mp4")
    (export / "x").replace(export / "b.mp4")
    assert faults(export) == [(Fault.FILES_SWAPPED, "a.mp4"), (Fault.FILES_SWAPPED, "b.mp4")]
    (export / "a.mp4").write_bytes((export / "b.mp4").read_bytes()[:-3])
    (export / "b.mp4").unlink()
    assert faults(export) == [(Fault.FILE_CHANGED, "a.mp4"), (Fault.FILE_MISSING, "b.mp4")]
    assert "3 bytes too short" in verify(export).faults[0].words


def test_an_edited_manifest_and_another_signer(export: Path) -> None:
    manifest = export / "manifest.json"
    whole = manifest.read_text()
    manifest.write_text(whole.replace('"Kota"', '"Desa"'))
    assert faults(export) == [(Fault.MANIFEST_CHANGED, "manifest.json")]
    manifest.write_text(whole)
    assert faults(export, key="00" * 32) == [(Fault.OTHER_KEY, "manifest.json")]
    (export / "manifest.sig").unlink()
    assert faults(export) == [(Fault.UNSIGNED, "manifest.sig")]
    # A forger who signs anew with a key of his own is found by the published key.
    forger = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
    forged = whole.replace('"Kota"', '"Desa"').replace(
        PUBLIC, forger.public_key().public_bytes_raw().hex()
    )
    finish_folder(export, forged, forger.sign(forged.encode()).hex())
    assert faults(export) == []
    assert faults(export, key=PUBLIC) == [(Fault.OTHER_KEY, "manifest.json")]
    manifest.write_text("{}")
    assert faults(export)[0][0] is Fault.UNREADABLE


def test_the_chain_shows_what_was_left_out(tmp_path: Path) -> None:
    paths, previous = [], FIRST
    for number in (1, 2, 3):
        paths.append(tmp_path / f"export-{number}")
        previous = make_export(paths[-1], number, previous)
    first, second, third = paths
    assert faults(third, first, second) == []
    assert verify(third, others=[first, zipped(second)]).chain == [1, 2, 3]
    assert faults(third, first / "manifest.json") == [(Fault.CHAIN_GAP, "2")]
    assert faults(third, third, second, first) == []
    make_export(tmp_path / "other", 3, FIRST, names=("z.mp4",))
    assert faults(third, tmp_path / "other", second) == [(Fault.CHAIN_BROKEN, "other")]
    shutil.rmtree(second)
    make_export(second, 2, FIRST)
    assert faults(third, first, second) == [
        (Fault.CHAIN_BROKEN, "export-2"),
        (Fault.CHAIN_BROKEN, "export-3"),
    ]


def test_the_command_says_it_in_words_and_by_its_status(export: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    good = run(evidence_app, ["verify", str(export), "--key", PUBLIC])
    assert (good.exit_code, "GOOD" in good.output) == (0, True)
    (export / "a.mp4").write_bytes(b"other")
    bad = run(evidence_app, ["verify", str(export), "--json"])
    assert bad.exit_code == 1
    assert json.loads(bad.output)["faults"][0]["fault"] == "file_changed"
    absent = run(evidence_app, ["verify", str(tmp_path / "nothing")])
    assert (absent.exit_code, "Cannot be read" in absent.output) == (1, True)
