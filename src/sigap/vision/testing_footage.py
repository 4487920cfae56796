"""Where tests find real footage and the detector's weights; both may be absent.

Footage lies beside the repository, never in it. Weights are made by set-up.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
FOOTAGE = REPOSITORY.parent / "shared" / "data" / "footage"
PEDESTRIANS = FOOTAGE / "vtest.avi"
PEDESTRIANS_TRUTH = FOOTAGE / "vtest-ground-truth.xml"
MODEL = Path(os.environ.get("SIGAP_HOME", REPOSITORY / "var")) / "models" / "nanodet-g.onnx"

needs_footage = pytest.mark.skipif(
    not PEDESTRIANS_TRUTH.exists(), reason=f"no footage at {FOOTAGE}"
)
needs_weights = pytest.mark.skipif(not MODEL.exists(), reason=f"no detector weights at {MODEL}")
