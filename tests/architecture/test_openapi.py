"""What the web's types are generated from is what the core offers."""

import json
from pathlib import Path

from sigap.config.api import api

DOCUMENT = Path(__file__).resolve().parents[2] / "web" / "openapi.json"


def test_the_committed_document_is_current() -> None:
    """If not: `python -m sigap.config.openapi > web/openapi.json`, then `npm run api` in web/."""
    offered = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    assert json.loads(DOCUMENT.read_text()) == offered
