"""The writers of city data: making a city and giving it the Indonesian presets."""

from dataclasses import dataclass

from django.db import transaction

from sigap.city.events import CityCreated
from sigap.city.models import Agency, Category, City
from sigap.city.presets import AGENCIES, CATEGORIES
from sigap.core.actor import Actor
from sigap.core.geometry import Box
from sigap.core.models import ChainHead
from sigap.core.numbering import create_numbering
from sigap.core.refusals import Conflict
from sigap.core.tenancy import enter_city
from sigap.core.unit_of_work import unit_of_work


@dataclass(frozen=True, slots=True)
class NewCity:
    """What a city needs to begin. `box` bounds the coordinates that it accepts."""

    code: str
    name: str
    box: Box
    time_zone: str = "Asia/Jakarta"


def create_city(actor: Actor, new: NewCity) -> City:
    """Create a city with its event chain and number sequences.

    Raises Conflict if the code is taken.
    """
    with transaction.atomic():
        if City.objects.filter(code=new.code).exists():
            raise Conflict("city_exists", f"There is a city {new.code} already.", code=new.code)
        city = City.objects.create(
            code=new.code,
            name=new.name,
            time_zone=new.time_zone,
            center_lat=(new.box.south + new.box.north) / 2,
            center_lon=(new.box.west + new.box.east) / 2,
            south=new.box.south,
            west=new.box.west,
            north=new.box.north,
            east=new.box.east,
        )
        enter_city(city.pk)
        ChainHead.objects.create(city=city)
        create_numbering(city.pk)
        with unit_of_work(actor, city.pk) as work:
            work.record(CityCreated(code=new.code, name=new.name))
    return city


def apply_presets(actor: Actor, city: City) -> None:
    """Give `city` the preset agencies and categories it lacks; edited ones stay as they are."""
    with unit_of_work(actor, city.pk):
        for agency in AGENCIES:
            Agency.objects.get_or_create(
                city=city,
                code=agency.code,
                defaults={
                    "name": agency.name,
                    "kind": agency.kind,
                    "inside_city_government": agency.inside,
                },
            )
        agencies = {a.code: a for a in Agency.objects.filter(city=city)}
        for position, preset in enumerate(CATEGORIES):
            Category.objects.get_or_create(
                city=city,
                code=preset.code,
                defaults={
                    "name_id": preset.name_id,
                    "name_en": preset.name_en,
                    "icon": preset.icon,
                    "agency": agencies[preset.agency],
                    "priority": preset.priority,
                    "emergency": preset.emergency,
                    "offered_to_citizens": preset.citizens,
                    "required_capabilities": list(preset.capabilities),
                    "acknowledge_limit_s": preset.acknowledge_limit_s,
                    "resolve_limit_h": preset.resolve_limit_h,
                    "legal_basis": preset.legal_basis,
                    "position": position,
                },
            )
