"""How the API reads requests: strict JSON, and only text that PostgreSQL can keep."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from sigap.core.refusals import Invalid


class StrictParser(Parser):
    """Refuses NaN and Infinity, which are no JSON, and text with NUL or half characters."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The JSON of the body. Raises ValueError, which ninja answers with 400."""
        value: dict[str, Any] = json.loads(request.body, parse_constant=_no_constant)
        # Raw control characters are no JSON: only an escape can bring them in.
        if b"\\u" in request.body:
            _require_text(value)
        return value

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The fields of a query or form. Raises Invalid("bad_text")."""
        values: dict[str, Any] = super().parse_querydict(data, list_fields, request)
        try:
            _require_text(values)
        except ValueError as error:
            raise Invalid("bad_text", "The text holds characters that cannot be kept.") from error
        return values


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _require_text(value: object) -> None:
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("NUL in text")
        value.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    elif isinstance(value, dict):
        for name, part in value.items():
            _require_text(name)
            _require_text(part)
    elif isinstance(value, list):
        for part in value:
            _require_text(part)
