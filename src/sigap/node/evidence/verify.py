"""Checks an export with nothing but its own files: contents, signature, chain. For `sigap evidence
verify`; needs no database and no network.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sigap.node.evidence.package import MANIFEST, README, SIGNATURE, SUMS

FORMAT = "sigap-evidence/1"
CHUNK_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 64 << 20
_OURS = frozenset({MANIFEST, README, SIGNATURE, SUMS, "cut.json"})


class Fault(StrEnum):
    """What can be wrong."""

    UNREADABLE = "unreadable"
    MANIFEST_CHANGED = "manifest_changed"
    UNSIGNED = "unsigned"
    OTHER_KEY = "other_key"
    FILE_MISSING = "file_missing"
    FILE_CHANGED = "file_changed"
    FILES_SWAPPED = "files_swapped"
    FILE_ADDED = "file_added"
    CHAIN_BROKEN = "chain_broken"
    CHAIN_GAP = "chain_gap"


@dataclass(frozen=True, slots=True)
class Found:
    """One fault. `words`: a plain sentence for whoever has to judge it."""

    fault: Fault
    name: str
    words: str


@dataclass(slots=True)
class Verdict:
    """`notes`: what could not be checked, which is no fault."""

    number: int = 0
    city: str = ""
    manifest_sha256: str = ""
    signing_key: str = ""
    files: int = 0
    chain: list[int] = field(default_factory=list)
    faults: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults

    def add(self, fault: Fault, name: str, words: str) -> None:
        self.faults.append(Found(fault, name, words))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _File(_Strict):
    name: str
    size: int = Field(alias="bytes")
    sha256: str


class _Item(_Strict):
    files: list[_File]


class _City(_Strict):
    code: str


class _Manifest(_Strict):
    format: str
    number: int
    previous_sha256: str
    city: _City
    signing_key: str
    items: list[_Item]


class _Signature(_Strict):
    algorithm: str
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class _Link:
    """One manifest of the chain."""

    name: str
    manifest: _Manifest
    sha256: str


class _Place(Protocol):
    """A folder or a ZIP."""

    def names(self) -> list[str]: ...

    def open(self, name: str) -> BinaryIO: ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        return sorted(
            str(path.relative_to(self._path)) for path in self._path.rglob("*") if path.is_file()
        )

    def open(self, name: str) -> BinaryIO:
        return (self._path / name).open("rb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return sorted(info.filename for info in self._archive.infolist() if not info.is_dir())

    def open(self, name: str) -> BinaryIO:
        return self._archive.open(name)  # type: ignore[return-value]


def verify(path: Path, *, others: Sequence[Path] = (), key: str | None = None) -> Verdict:
    """`others`: more exports (folder, ZIP or manifest) of the same city, to check the chain with.
    `key`: the city's public key in hexadecimal, as the command centre publishes it.
    """
    verdict = Verdict()
    try:
        with _opened(path) as place:
            data = _read(place, MANIFEST)
            manifest = _Manifest.model_validate_json(data)
            if manifest.format != FORMAT:
                verdict.add(Fault.UNREADABLE, MANIFEST, f"Unknown format {manifest.format}.")
                return verdict
            verdict.number, verdict.city = manifest.number, manifest.city.code
            verdict.manifest_sha256 = hashlib.sha256(data).hexdigest()
            verdict.signing_key = manifest.signing_key
            _check_signature(place, data, manifest, verdict, key=key)
            _check_files(place, manifest, verdict)
    except (OSError, KeyError, zipfile.BadZipFile, ValidationError) as error:
        verdict.add(Fault.UNREADABLE, str(path), f"Cannot be read as an export: {_short(error)}.")
        return verdict
    _check_chain([(path.name, data), *_other_manifests(others, verdict)], manifest, verdict)
    return verdict


def _check_signature(
    place: _Place, data: bytes, manifest: _Manifest, verdict: Verdict, *, key: str | None
) -> None:
    if key is not None and key.lower() != manifest.signing_key:
        verdict.add(
            Fault.OTHER_KEY, MANIFEST, "The manifest was signed by somebody else than the city."
        )
    if key is None:
        verdict.notes.append(
            "Compare the signing key with the one that the command centre publishes, or give --key."
        )
    try:
        signed = _Signature.model_validate_json(_read(place, SIGNATURE))
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest.signing_key))
        public.verify(bytes.fromhex(signed.signature), data)
    except (OSError, KeyError, ValueError):
        verdict.add(Fault.UNSIGNED, SIGNATURE, "The signature is missing or cannot be read.")
    except InvalidSignature:
        verdict.add(
            Fault.MANIFEST_CHANGED, MANIFEST, "The manifest was changed after it was signed."
        )


def _check_files(place: _Place, manifest: _Manifest, verdict: Verdict) -> None:
    files = [file for item in manifest.items for file in item.files]
    by_digest = {file.sha256: file.name for file in files}
    present = set(place.names())
    for file in files:
        if file.name not in present:
            verdict.add(Fault.FILE_MISSING, file.name, "This film is missing.")
            continue
        size, digest = _measure(place, file.name)
        if digest == file.sha256:
            verdict.files += 1
        elif digest in by_digest:
            words = f"This film stands under another's name: it is {by_digest[digest]}."
            verdict.add(Fault.FILES_SWAPPED, file.name, words)
        else:
            grown = size - file.size
            how = "has other contents" if not grown else f"is {abs(grown)} bytes too "
            how += "" if not grown else ("long" if grown > 0 else "short")
            verdict.add(Fault.FILE_CHANGED, file.name, f"This film was changed: it {how}.")
    for name in sorted(present - {file.name for file in files} - _OURS):
        verdict.add(Fault.FILE_ADDED, name, "This file does not belong to the export.")


def _check_chain(manifests: list[tuple[str, bytes]], own: _Manifest, verdict: Verdict) -> None:
    """Each manifest names the digest of the one before; a number that is missing was left out."""
    links: dict[int, _Link] = {}
    for link in _links(manifests, own, verdict):
        if links.setdefault(link.manifest.number, link).sha256 != link.sha256:
            words = f"Another export has the number {link.manifest.number} too."
            verdict.add(Fault.CHAIN_BROKEN, link.name, words)
    verdict.chain = sorted(links)
    for number in verdict.chain:
        fault = _link_fault(links[number], links.get(number - 1))
        if fault:
            verdict.add(Fault.CHAIN_BROKEN, links[number].name, fault)
    if len(links) == 1:
        verdict.notes.append("The chain was not checked: give other exports with --chain.")
        return
    for number in range(verdict.chain[0] + 1, verdict.chain[-1]):
        if number not in links:
            verdict.add(Fault.CHAIN_GAP, str(number), f"Export {number} is missing from the chain.")


def _links(manifests: list[tuple[str, bytes]], own: _Manifest, verdict: Verdict) -> Iterator[_Link]:
    for name, data in manifests:
        try:
            manifest = _Manifest.model_validate_json(data)
        except ValidationError as error:
            verdict.add(Fault.UNREADABLE, name, f"No manifest: {_short(error)}.")
            continue
        if manifest.city.code == own.city.code:
            yield _Link(name, manifest, hashlib.sha256(data).hexdigest())
        else:
            verdict.notes.append(f"{name} is of another city and was left out of the chain.")


def _link_fault(link: _Link, before: _Link | None) -> str:
    """In words; empty when all is well, or the one before is not at hand."""
    number = link.manifest.number
    if before is not None and before.sha256 != link.manifest.previous_sha256:
        return f"Export {number} does not follow export {number - 1} as it is here."
    if number == 1 and link.manifest.previous_sha256.strip("0"):
        return "The first export names one before it."
    return ""


def _other_manifests(others: Sequence[Path], verdict: Verdict) -> Iterator[tuple[str, bytes]]:
    for path in others:
        try:
            if path.suffix == ".json":
                yield path.name, path.read_bytes()
                continue
            with _opened(path) as place:
                yield path.name, _read(place, MANIFEST)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            verdict.add(Fault.UNREADABLE, str(path), f"Cannot be read: {_short(error)}.")


@contextmanager
def _opened(path: Path) -> Iterator[_Place]:
    if path.is_dir():
        yield _Folder(path)
        return
    with zipfile.ZipFile(path) as archive:
        yield _Zip(archive)


def _read(place: _Place, name: str) -> bytes:
    with place.open(name) as file:
        return file.read(MAX_MANIFEST_BYTES)


def _measure(place: _Place, name: str) -> tuple[int, str]:
    """A ZIP whose stored checksum is wrong counts as changed, not as unreadable."""
    digest, size = hashlib.sha256(), 0
    try:
        with place.open(name) as file:
            while data := file.read(CHUNK_BYTES):
                digest.update(data)
                size += len(data)
    except zipfile.BadZipFile:
        return size, ""
    return size, digest.hexdigest()


def _short(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def as_json(verdict: Verdict) -> str:
    """For programs."""
    return json.dumps(
        {
            "good": verdict.is_good,
            "number": verdict.number,
            "city": verdict.city,
            "manifest_sha256": verdict.manifest_sha256,
            "signing_key": verdict.signing_key,
            "files": verdict.files,
            "chain": verdict.chain,
            "faults": [
                {"fault": one.fault, "name": one.name, "words": one.words} for one in verdict.faults
            ],
            "notes": verdict.notes,
        },
        indent=2,
    )
