"""No request may be larger than the largest thing we take: a photo with its form."""

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 20 * 1024 * 1024

_REFUSAL = json.dumps(
    {
        "code": "body_too_large",
        "message": "The request is larger than 20 MB.",
        "detail": {"limit_bytes": MAX_BODY_BYTES},
    }
).encode()


def limit_body(app: ASGIApp) -> ASGIApp:
    """`app`, refusing larger bodies: by their declared length at once, else while they arrive."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if _declared(scope) > MAX_BODY_BYTES:
            await _discard(receive)
            await _refuse(send)
            return
        await app(scope, _counting(receive), send)

    return limited


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _discard(receive: Receive) -> None:
    """Read on for a while: a sender whose body nobody reads never sees the answer."""
    left = 5 * MAX_BODY_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b"")) + 1
        if not message.get("more_body", False):
            return


def _counting(receive: Receive) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        # Ending the connection is all that is left to say to a sender who hides the length.
        return {"type": "http.disconnect"} if seen > MAX_BODY_BYTES else message

    return counted


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_REFUSAL)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSAL})
