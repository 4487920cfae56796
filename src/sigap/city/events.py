"""What can happen to the city's own data."""

from typing import ClassVar

from sigap.core.events import Event, register


class CityCreated(Event):
    """A city joined the deployment."""

    kind: ClassVar[str] = "city.created"

    code: str
    name: str


class CityImported(Event):
    """An OpenStreetMap extract was read into the city."""

    kind: ClassVar[str] = "city.imported"

    areas: int
    places: int
    road_edges: int
    source_sha256: str


register(CityCreated, CityImported)
