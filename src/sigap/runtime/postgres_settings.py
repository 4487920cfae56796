"""The configuration files of the embedded PostgreSQL, as text. Called by `postgres`."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_SMALL_SHARED_MEMORY_BYTES = 256 * 1024 * 1024


class Durability(StrEnum):
    """FULL is for every real use; DISPOSABLE is for test databases, which may be lost."""

    FULL = "full"
    DISPOSABLE = "disposable"


@dataclass(frozen=True)
class ServerSettings:
    socket_folder: Path
    durability: Durability = Durability.FULL
    maximum_connections: int = 120
    shared_buffers_mb: int = 192

    def postgresql_conf(self) -> str:
        """Unix socket only, modest memory, and everything acknowledged is on the disk."""
        values = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{_escaped(self.socket_folder)}'",
            "unix_socket_permissions": "0777",
            "max_connections": str(self.maximum_connections),
            "shared_buffers": f"{self.shared_buffers_mb}MB",
            "effective_cache_size": "1GB",
            "work_mem": "8MB",
            "maintenance_work_mem": "128MB",
            "random_page_cost": "1.1",
            "jit": "off",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "wal_compression": "pglz",
            "dynamic_shared_memory_type": _dynamic_memory(),
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            "lc_messages": "'C'",
            "logging_collector": "on",
            "log_directory": "'log'",
            "log_filename": "'postgres-%a.log'",
            "log_rotation_age": "1d",
            "log_truncate_on_rotation": "on",
            "log_lock_waits": "on",
            "idle_in_transaction_session_timeout": "5min",
            **self._durability(),
        }
        return "".join(f"{key} = {value}\n" for key, value in values.items())

    def _durability(self) -> dict[str, str]:
        if self.durability is Durability.FULL:
            return {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        return {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def access_conf() -> str:
    """pg_hba.conf: the kernel tells who connects; only the accounts of `identity_conf` may."""
    return "local all all peer map=sigap\n"


def identity_conf(system_accounts: set[str], roles: tuple[str, ...]) -> str:
    """pg_ident.conf: these accounts of the machine may be any of these roles."""
    lines = [f'sigap "{account}" {role}\n' for account in sorted(system_accounts) for role in roles]
    return "".join(lines)


def _dynamic_memory() -> str:
    """Containers often have 64 MB of /dev/shm, too little for a parallel query."""
    try:
        shared = os.statvfs("/dev/shm")
    except OSError:
        return "mmap"
    enough = shared.f_frsize * shared.f_bavail >= _SMALL_SHARED_MEMORY_BYTES
    return "posix" if enough else "mmap"


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
