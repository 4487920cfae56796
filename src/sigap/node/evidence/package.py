"""What lies beside the films, and all of it as one ZIP. Called by `room` and `routes`."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sigap.node.durable import write_durably

MANIFEST, SIGNATURE, SUMS, README = "manifest.json", "manifest.sig", "SHA256SUMS", "VERIFY.txt"
CHUNK_BYTES = 1 << 20
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)

_WORDS = """\
CARA MEMERIKSA BUKTI INI
========================
1. Buka terminal di folder ini dan jalankan:   sha256sum -c SHA256SUMS
   Setiap baris harus berakhir dengan OK. (Windows: certutil -hashfile NAMA SHA256)
2. Bandingkan angka SHA-256 manifest.json dengan angka yang dicatat pusat komando:
   {digest}
3. Pemeriksaan lengkap (isi, tanda tangan, rantai):   sigap evidence verify FOLDER
manifest.json menyebut siapa yang meminta, untuk apa, kamera mana, jam berapa, dan apa yang
tidak terekam. "clock" menyebut detik film mana adalah jam berapa (UTC).

HOW TO CHECK THIS EVIDENCE
==========================
1. Open a terminal in this folder and run:   sha256sum -c SHA256SUMS
   Every line must end in OK. (Windows: certutil -hashfile NAME SHA256)
2. Compare the SHA-256 of manifest.json with the one that the command centre keeps:
   {digest}
3. The whole check (contents, signature, chain):   sigap evidence verify FOLDER
manifest.json says who asked, what for, which camera, what time, and what was not recorded.
"clock" says which moment of the film is which time of day (UTC).
"""


def finish_folder(folder: Path, manifest: str, signature: str) -> None:
    """Put the core's manifest beside the films; `manifest.json` comes last and means done."""
    data = manifest.encode()
    content = json.loads(manifest)
    digest = hashlib.sha256(data).hexdigest()
    signed = {
        "algorithm": "ed25519",
        "public_key": content.get("signing_key", ""),
        "signature": signature,
    }
    sums = [f"{file['sha256']}  {file['name']}" for i in content["items"] for file in i["files"]]
    write_durably(folder / SIGNATURE, json.dumps(signed, indent=2).encode() + b"\n", mode=0o640)
    write_durably(folder / SUMS, ("\n".join([*sums, f"{digest}  {MANIFEST}"]) + "\n").encode())
    write_durably(folder / README, _WORDS.format(digest=digest).encode())
    write_durably(folder / MANIFEST, data, mode=0o640)


def packed_names(folder: Path) -> list[str]:
    """The files of a finished export. Raises FileNotFoundError when it is not finished."""
    content = json.loads((folder / MANIFEST).read_bytes())
    films = [str(file["name"]) for item in content["items"] for file in item["files"]]
    return [README, MANIFEST, SIGNATURE, SUMS, *films]


def zip_name(folder: Path) -> str:
    content = json.loads((folder / MANIFEST).read_bytes())
    return f"sigap-{content['city']['code']}-{content['number']:05d}.zip"


class _Sink(io.RawIOBase):
    """Collects what a ZIP writer writes; cannot be sought, so nothing is rewritten later."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def zip_chunks(folder: Path) -> Iterator[bytes]:
    """The ZIP piece by piece, stored and not compressed: film does not shrink. Blocks."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name in packed_names(folder):
            path = folder / name
            info = zipfile.ZipInfo(name, _FIRST_DATE)
            info.file_size, info.external_attr = path.stat().st_size, 0o644 << 16
            with archive.open(info, "w") as entry, path.open("rb") as file:
                while data := file.read(CHUNK_BYTES):
                    entry.write(data)
                    yield sink.take()
    yield sink.take()
