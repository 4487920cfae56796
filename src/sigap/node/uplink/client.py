"""HTTP to the core. Every error becomes one of two decisions: try later, or never."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

import aiohttp
from pydantic import BaseModel

from sigap.node.errors import CoreRefused, CoreUnavailable

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
NOT_MODIFIED = 304
LATER = frozenset({401, 403, 408, 425, 429})
"""Refusals that an administrator may lift, so that what is waiting must be kept."""


class CoreClient:
    def __init__(self, core_url: str, token: str) -> None:
        self._base = f"{core_url}/api/v1/node"
        self._headers = {"Authorization": f"Node {token}"}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, headers=self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def fetch_config(self, since: int | None) -> Any | None:
        """The configuration as parsed JSON; None when nothing changed since that version."""
        params = {} if since is None else {"since": str(since)}
        status, text = await self._call("GET", "config", params=params)
        if status == NOT_MODIFIED:
            return None
        try:
            return json.loads(text)
        except ValueError as error:
            raise CoreUnavailable("the core's configuration is no JSON") from error

    async def post(self, what: str, body: BaseModel | dict[str, Any]) -> str:
        """What the core answers. Raises CoreUnavailable or CoreRefused."""
        if isinstance(body, BaseModel):
            text = body.model_dump_json(by_alias=True)
        else:
            text = json.dumps(body)
        _, answer = await self._call("POST", what, body=text)
        return answer

    async def _call(
        self, method: str, what: str, *, params: dict[str, str] | None = None, body: str = ""
    ) -> tuple[int, str]:
        assert self._session is not None
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            async with self._session.request(
                method,
                f"{self._base}/{what}",
                params=params,
                data=body or None,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                raw = await answer.read()
                text = raw.decode("utf-8", "replace")
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise CoreUnavailable(f"core unreachable: {reason}") from error
        if status == NOT_MODIFIED or 200 <= status < 300:
            return status, text
        if 400 <= status < 500 and status not in LATER:
            raise CoreRefused(status, text[:200])
        raise CoreUnavailable(f"core answers HTTP {status}", answered=True)
