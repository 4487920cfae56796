"""How a camera node proves itself: `Authorization: Node <token>`, compared by its SHA-256."""

import hashlib
import hmac
import secrets

from django.http import HttpRequest

from sigap.accounts.routing import ACCESS_PROOFS, Access
from sigap.cctv.models import Node
from sigap.core.actor import Actor, ActorKind
from sigap.core.refusals import Unauthenticated
from sigap.core.tenancy import reading_every_city

SCHEME = "Node "
TOKEN_MAX_CHARS = 200


def new_token() -> str:
    """A token that cannot be guessed: 256 bits."""
    return secrets.token_urlsafe(32)


def new_media_key() -> bytes:
    """The HMAC key of a node's media addresses: 256 bits."""
    return secrets.token_bytes(32)


def token_digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def node_actor(node: Node) -> Actor:
    """The actor that `node` is."""
    return Actor(
        kind=ActorKind.NODE, label=f"node {node.name}", city_id=node.city_id, node_id=node.pk
    )


def prove_node(request: HttpRequest) -> Actor | None:
    """The node that sent `request`, also put on the request; None refuses with 401."""
    header = request.headers.get("Authorization", "")
    token = header.removeprefix(SCHEME)
    if token == header or not 0 < len(token) <= TOKEN_MAX_CHARS:
        return None
    digest = token_digest(token)
    # Nobody can aim at a SHA-256, so the look-up by index gives no timing away; the comparison
    # in constant time is the second lock.
    with reading_every_city():
        node = Node.objects.filter(token_sha256=digest, enabled=True).first()
    if node is None or not hmac.compare_digest(node.token_sha256, digest):
        return None
    actor = node_actor(node)
    request.node = node  # type: ignore[attr-defined]
    request.actor = actor  # type: ignore[attr-defined]
    return actor


def node_of(request: HttpRequest) -> Node:
    """The node that proved itself for `request`. Raises Unauthenticated."""
    node = getattr(request, "node", None)
    if not isinstance(node, Node):
        raise Unauthenticated
    return node


ACCESS_PROOFS[Access.NODE] = prove_node
