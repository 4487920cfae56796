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


class ConfigurationChanged(Event):
    """An administrator changed what the city consists of; `fields` names what, never its values."""

    kind: ClassVar[str] = "city.config_changed"

    model: str
    object_id: int
    change: str
    fields: list[str]


register(AccountCreated, AccountChanged, ConfigurationChanged)
