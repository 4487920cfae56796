"""Finding a place of the gazetteer by words, for citizens: the caller's search, fewer facts."""

from pydantic import BaseModel

from sigap.city.models import City, PlaceKind
from sigap.city.search import search_places


class FoundPlace(BaseModel):
    """A place of the gazetteer."""

    name: str
    kind: PlaceKind
    lat: float
    lon: float
    area_name: str


def find_places(city: City, words: str, *, limit: int) -> list[FoundPlace]:
    """Places that match the words, best first."""
    return [
        FoundPlace(
            name=place.name,
            kind=place.kind,
            lat=place.position.lat,
            lon=place.position.lon,
            area_name=place.area_name,
        )
        for place in search_places(city.pk, words, limit=limit)
    ]
