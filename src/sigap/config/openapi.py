"""Prints the OpenAPI document; the web's types are generated from it."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigap.config.settings")
django.setup()

from sigap.config.api import api  # noqa: E402  (needs the applications to be loaded)


def main() -> None:
    """Write the document to standard output."""
    document = json.dumps(api.get_openapi_schema(), indent=1, sort_keys=False, default=str)
    sys.stdout.write(document + "\n")


if __name__ == "__main__":
    main()
