"""The secrets of one home folder: made at random at first use, kept in `secrets.json` (0600)."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from sigap.runtime.faults import MachineFault
from sigap.runtime.home import Home


@dataclass(frozen=True)
class Secrets:
    """`secret_key` signs sessions; `node_token` is how the camera node shows who it is."""

    secret_key: str
    node_token: str


def load_secrets(home: Home) -> Secrets:
    """What is kept, completed at random; the environment (SIGAP_SECRET_KEY …) goes before."""
    kept = _read(home.secrets)
    names = [field.name for field in fields(Secrets)]
    whole = {name: kept.get(name) or secrets.token_urlsafe(48) for name in names}
    if whole != kept:
        write_private(home.secrets, json.dumps(whole, indent=2) + "\n")
    given = {name: os.environ.get(f"SIGAP_{name.upper()}") or whole[name] for name in names}
    return Secrets(**given)


def environment_of(kept: Secrets) -> dict[str, str]:
    return {f"SIGAP_{name.upper()}": value for name, value in asdict(kept).items()}


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text())
    except ValueError as error:
        raise MachineFault(f"{path} cannot be read: restore it from a backup.") from error
    return {str(key): str(value) for key, value in kept.items()}
