"""What `make demo` asks of the Django side, as one JSON file; and the accounts that it tells back.

`sigap.config.demo` is run as a module with the path of the request as its one argument, after the
migrations and before the programs start, at every start of the demo: it must be idempotent.
It makes the city from `extract`, presets, cameras and accounts, and writes `accounts_file`.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sigap.runtime.secrets_file import write_private


@dataclass(frozen=True)
class DemoCamera:
    """`name` is the film's ("plaza", "plaza-east", "plaza-west", "rendered", a file's stem)."""

    name: str
    source_url: str


@dataclass(frozen=True)
class DemoAccount:
    """One line of what is printed; `password` was made at random when the account was."""

    username: str
    password: str
    role: str
    page: str


@dataclass(frozen=True)
class DemoRequest:
    """`extract` is an .osm.pbf; `areas` a GeoJSON or empty; `node_token` the camera node's secret.

    `accounts_file` holds the accounts of an earlier start, if there was one: their passwords stay.
    """

    extract: str
    areas: str
    city_code: str
    city_name: str
    time_zone: str
    cameras: tuple[DemoCamera, ...]
    node_token: str
    accounts_file: str

    def save(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> "DemoRequest":
        told = json.loads(path.read_text())
        cameras = tuple(DemoCamera(**camera) for camera in told.pop("cameras"))
        return cls(cameras=cameras, **told)


def save_accounts(path: Path, accounts: list[DemoAccount]) -> None:
    """For `sigap.config.demo`: keep the accounts where only their owner reads them."""
    write_private(path, json.dumps([asdict(account) for account in accounts], indent=2) + "\n")


def load_accounts(path: Path) -> list[DemoAccount]:
    """Those of an earlier start; none where there was none."""
    if not path.exists():
        return []
    return [DemoAccount(**account) for account in json.loads(path.read_text())]
