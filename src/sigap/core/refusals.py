"""Refusals: the exceptions that state a decision.

Raised by actions and queries, rendered by the API.
"""

from typing import ClassVar


class Refusal(Exception):
    """A request that Sigap understood and declined.

    `code` is stable and machine-readable; `message` is a plain English sentence that says what to
    do next; `detail` holds JSON values for the client.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, message: str, /, **detail: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class NotFound(Refusal):
    """The thing does not exist, or lies out of scope (the two look alike on purpose)."""

    status = 404

    def __init__(self, what: str) -> None:
        super().__init__("not_found", f"No such {what}.", what=what)


class NotPermitted(Refusal):
    """The actor may see the thing but not do this to it."""

    status = 403

    def __init__(self, permission: str) -> None:
        super().__init__("not_permitted", "Your role does not allow this.", permission=permission)


class Unauthenticated(Refusal):
    """Nobody is logged in."""

    status = 401

    def __init__(self) -> None:
        super().__init__("unauthenticated", "Log in first.")


class Conflict(Refusal):
    """The state of the thing forbids it, or somebody else was first."""

    status = 409


class Invalid(Refusal):
    """The input is wrong."""

    status = 422


class TooLarge(Refusal):
    """The input is larger than the limit in `detail`."""

    status = 413


class TooMany(Refusal):
    """A rate limit was reached; `retry_after_s` says when to come back."""

    status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "too_many_requests",
            f"Too many requests; try again in {retry_after_s} s.",
            retry_after_s=retry_after_s,
        )
