"""The folder that holds everything Sigap keeps (`SIGAP_HOME`, default `./var`) and its parts."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sigap.runtime.faults import MachineFault

MINIMUM_FREE_BYTES = 300 * 1024 * 1024
"""Below this we refuse to start: PostgreSQL stops in mid-flight on a full disk."""


@dataclass(frozen=True)
class Home:
    """Names every place under the home folder, so that no other module spells a path."""

    root: Path

    @classmethod
    def from_environment(cls) -> "Home":
        return cls(Path(os.environ.get("SIGAP_HOME") or "var").absolute())

    @property
    def postgres_data(self) -> Path:
        return self.root / "pg"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def footage(self) -> Path:
        return self.root / "footage"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    def prepare(self) -> None:
        """Make the folders; raises MachineFault where disk or permissions do not allow it."""
        try:
            for folder in (self.root, self.run, self.logs, self.cache):
                folder.mkdir(parents=True, exist_ok=True)
            # A name of its own: several threads and processes may ask at once.
            with tempfile.NamedTemporaryFile(dir=self.root, prefix=".writable-") as probe:
                probe.write(b"x")
        except OSError as error:
            raise MachineFault(
                f"Sigap cannot write in {self.root} ({error.strerror}): make it writable for this"
                " user, or name another folder with SIGAP_HOME."
            ) from error
        self.require_free_space()

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.root).free

    def require_free_space(self, minimum_bytes: int = MINIMUM_FREE_BYTES) -> None:
        free = self.free_bytes()
        if free < minimum_bytes:
            raise MachineFault(
                f"The disk that holds {self.root} is nearly full: {free // 2**20} MB free,"
                f" {minimum_bytes // 2**20} MB needed. Free some space,"
                " or name a folder on another disk with SIGAP_HOME."
            )
