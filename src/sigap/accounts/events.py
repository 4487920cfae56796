"""What can happen to staff accounts. Holds no names: the log outlives personal data."""

from typing import ClassVar

from sigap.core.events import Event, register


class AccountCreated(Event):
    """An account was made."""

    kind: ClassVar[str] = "account.created"

    user_id: int
    role: str


class AccountChanged(Event):
    """An account was changed; `fields` names what, never its values."""

    kind: ClassVar[str] = "account.changed"

    user_id: int
    fields: list[str]


register(AccountCreated, AccountChanged)
