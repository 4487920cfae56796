"""Who acts: every action, event and query takes an `Actor`.

Built by `accounts.identity` and the workers.
"""

from dataclasses import dataclass
from enum import StrEnum

from sigap.core.refusals import NotPermitted


class ActorKind(StrEnum):
    USER = "user"
    SYSTEM = "system"
    NODE = "node"
    CITIZEN = "citizen"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that reads or changes a city's data.

    `role` is a value of `accounts.permissions.Role`; `city_id` is None only for national roles
    and for the system before it enters a city.
    """

    kind: ActorKind
    label: str
    city_id: int | None = None
    user_id: int | None = None
    role: str | None = None
    agency_id: int | None = None
    unit_id: int | None = None
    area_id: int | None = None
    node_id: int | None = None

    @property
    def city(self) -> int:
        """The city that the actor stands in. Raises NotPermitted for actors of no city."""
        if self.city_id is None:
            raise NotPermitted("city")
        return self.city_id

    def in_city(self, city_id: int) -> "Actor":
        """The same actor, standing in `city_id`."""
        return Actor(
            kind=self.kind,
            label=self.label,
            city_id=city_id,
            user_id=self.user_id,
            role=self.role,
            agency_id=self.agency_id,
            unit_id=self.unit_id,
            area_id=self.area_id,
            node_id=self.node_id,
        )


def system_actor(label: str, *, city_id: int | None = None) -> Actor:
    """The actor of background work; `label` names the job ("clock", "import")."""
    return Actor(kind=ActorKind.SYSTEM, label=label, city_id=city_id)


def citizen_actor(city_id: int) -> Actor:
    """An anonymous citizen of the public pages."""
    return Actor(kind=ActorKind.CITIZEN, label="citizen", city_id=city_id)
