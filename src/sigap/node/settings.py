"""The node's settings: from the environment, once, at start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sigap.node.errors import NodeError

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """`allowed_origins`: pages that may read media across origins."""

    home: Path
    host: str
    port: int
    core_url: str
    token: str
    allowed_origins: frozenset[str]
    min_free_bytes: int = 512 * MIB
    max_recording_bytes: int | None = None
    segment_s: float = 60.0
    default_retention_h: float = 24.0
    analysis_processes: int = 1

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def state(self) -> Path:
        """What the node must remember: outbox, counts, last configuration."""
        return self.home / "node"

    @property
    def kept(self) -> Path:
        """What was promised to be kept: retention, holds, clips of alarms."""
        return self.state / "kept"

    @property
    def motion(self) -> Path:
        """The motion log."""
        return self.state / "motion"

    @property
    def evidence(self) -> Path:
        """Exports, a folder each. Nothing here is ever deleted by itself."""
        return self.home / "evidence"

    @property
    def certificates(self) -> Path:
        """The cameras' certificates that this node trusts."""
        return self.state / "certificates.json"

    @property
    def cache(self) -> Path:
        return self.home / "cache" / "clips"

    @property
    def model(self) -> Path:
        return self.home / "models" / "nanodet-g.onnx"

    @staticmethod
    def recordings_home() -> Path:
        """Where recordings lie, for tools that need nothing else."""
        return Path(os.environ.get("SIGAP_HOME", "var")).resolve() / "recordings"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> NodeSettings:
        """Raises NodeError with a sentence for the administrator."""
        token = environment.get("SIGAP_NODE_TOKEN", "")
        if not token:
            raise NodeError("SIGAP_NODE_TOKEN is not set: the core would refuse this node")
        port = environment.get("SIGAP_PORT", "8000")
        core = environment.get("SIGAP_CORE_URL", f"http://127.0.0.1:{port}").rstrip("/")
        origins = environment.get("SIGAP_ALLOWED_ORIGINS", "").split(",")
        local = {core, f"http://127.0.0.1:{port}", f"http://localhost:{port}"}
        try:
            limit = environment.get("SIGAP_NODE_MAX_MB")
            return cls(
                home=Path(environment.get("SIGAP_HOME", "var")).resolve(),
                host=environment.get("SIGAP_NODE_HOST", "127.0.0.1"),
                port=int(environment.get("SIGAP_NODE_PORT", "8090")),
                core_url=core,
                token=token,
                allowed_origins=frozenset({o.strip() for o in origins if o.strip()} | local),
                min_free_bytes=int(environment.get("SIGAP_NODE_MIN_FREE_MB", "512")) * MIB,
                max_recording_bytes=int(float(limit) * MIB) if limit else None,
                segment_s=float(environment.get("SIGAP_NODE_SEGMENT_S", "60")),
                default_retention_h=float(environment.get("SIGAP_NODE_RETENTION_H", "24")),
                analysis_processes=int(environment.get("SIGAP_NODE_ANALYSIS_PROCESSES", "1")),
            )
        except ValueError as error:
            raise NodeError(f"a setting is no number: {error}") from error
