"""Finding a place of the gazetteer by words, for citizens."""

from django.db.models import F, Value
from django.db.models.functions import Length, StrIndex
from pydantic import BaseModel

from sigap.city.models import City, Place, PlaceKind


class FoundPlace(BaseModel):
    """A place of the gazetteer."""

    name: str
    kind: PlaceKind
    lat: float
    lon: float
    area_name: str


def find_places(city: City, words: str, *, limit: int) -> list[FoundPlace]:
    """Places whose names hold all the words; those that begin with them, and short ones, first."""
    wanted = words.casefold().split()
    places = Place.objects.filter(city=city).select_related("area")
    for word in wanted[:8]:
        places = places.filter(search_text__contains=word)
    ordered = places.annotate(
        at=StrIndex(F("search_text"), Value(wanted[0] if wanted else "")),
        length=Length("name"),
    ).order_by("at", "length", "name")
    return [
        FoundPlace(
            name=place.name,
            kind=PlaceKind(place.kind),
            lat=place.lat,
            lon=place.lon,
            area_name=place.area.name if place.area else "",
        )
        for place in ordered[:limit]
    ]
