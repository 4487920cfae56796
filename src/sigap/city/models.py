"""The city and what it is made of: areas, agencies, categories, places, stations."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class City(models.Model):
    """A tenant. Every other row of the domain belongs to one city."""

    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="Asia/Jakarta")
    center_lat = models.FloatField()
    center_lon = models.FloatField()
    south = models.FloatField()
    west = models.FloatField()
    north = models.FloatField()
    east = models.FloatField()
    emergency_number = models.CharField(max_length=16, default="112")
    # Seconds a unit has to accept before the dispatcher is alerted.
    accept_limit_s = models.PositiveIntegerField(default=60)
    # Signals of one kind closer than this in place and time are proposed as one incident.
    link_radius_m = models.PositiveIntegerField(default=300)
    link_window_s = models.PositiveIntegerField(default=3600)
    # Raised by every edit of areas, agencies or categories; clients and caches compare it.
    config_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "cities"

    def __str__(self) -> str:
        return self.name


class AreaLevel(models.TextChoices):
    CITY = "city"
    DISTRICT = "district"  # kecamatan
    NEIGHBOURHOOD = "neighbourhood"  # kelurahan


class Area(models.Model):
    """A part of the city with an official code. Polygons are kept as GeoJSON (WGS 84)."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="areas")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=16, choices=AreaLevel.choices)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    geometry = models.JSONField()
    center_lat = models.FloatField()
    center_lon = models.FloatField()
    # False once a newer import no longer holds the area; old rows keep pointing at it.
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "level", "code"], name="city_area_code")
        ]

    def __str__(self) -> str:
        return self.name


class AgencyKind(models.TextChoices):
    POLICE = "police"
    PUBLIC_ORDER = "public_order"  # Satpol PP
    FIRE = "fire"
    AMBULANCE = "ambulance"
    TRANSPORT = "transport"
    PUBLIC_WORKS = "public_works"
    ENVIRONMENT = "environment"
    DISASTER = "disaster"
    SOCIAL = "social"
    POWER = "power"  # PLN
    WATER = "water"  # PDAM
    COMMUNICATION = "communication"


class Agency(models.Model):
    """Who acts: a body inside or outside the city government."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="agencies")
    code = models.SlugField(max_length=32)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=AgencyKind.choices)
    inside_city_government = models.BooleanField(default=True)
    phone = models.CharField(max_length=32, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "agencies"
        constraints = [models.UniqueConstraint(fields=["city", "code"], name="city_agency_code")]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """What it is about: who answers for it, how urgent it is, how long it may take."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="categories")
    code = models.SlugField(max_length=48)
    name_id = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    icon = models.CharField(max_length=32, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="categories")
    priority = models.PositiveSmallIntegerField(default=3)
    # Emergencies are answered by units within minutes; the rest is agency work within days.
    emergency = models.BooleanField(default=False)
    offered_to_citizens = models.BooleanField(default=False)
    required_capabilities = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    acknowledge_limit_s = models.PositiveIntegerField(default=300)
    resolve_limit_h = models.PositiveIntegerField(default=336)
    # Where the limit comes from ("Permen PANRB 5/2025"); shown beside the clock.
    legal_basis = models.CharField(max_length=120, blank=True)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "categories"
        ordering: ClassVar[list[str]] = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["city", "code"], name="city_category_code"),
            models.CheckConstraint(
                name="city_category_priority", condition=models.Q(priority__range=(1, 4))
            ),
        ]

    def __str__(self) -> str:
        return self.name_id


class PlaceKind(models.TextChoices):
    STREET = "street"
    LANDMARK = "landmark"
    HOSPITAL = "hospital"
    POLICE = "police"
    FIRE_STATION = "fire_station"
    SCHOOL = "school"
    WORSHIP = "worship"
    TRANSPORT = "transport"
    SHOP = "shop"
    SQUARE = "square"
    AREA = "area"
    OTHER = "other"


class Place(models.Model):
    """An entry of the gazetteer. `search_text` is lower case, unaccented, all names in one.

    Public data: not behind row-level security, so that the trigram index can be used.
    """

    city = models.ForeignKey(City, on_delete=models.CASCADE, related_name="places")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=PlaceKind.choices)
    lat = models.FloatField()
    lon = models.FloatField()
    area = models.ForeignKey(Area, on_delete=models.SET_NULL, null=True, related_name="+")
    source_ref = models.CharField(max_length=40)
    search_text = models.CharField(max_length=400)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "source_ref"], name="city_place_source")
        ]
        indexes = [
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="city_place_trgm")
        ]

    def __str__(self) -> str:
        return self.name


class Station(models.Model):
    """Where units stand when nothing calls them."""

    city = models.ForeignKey(City, on_delete=models.PROTECT, related_name="stations")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="stations")
    name = models.CharField(max_length=200)
    lat = models.FloatField()
    lon = models.FloatField()
    source_ref = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["city", "agency", "name"], name="city_station_name")
        ]

    def __str__(self) -> str:
        return self.name
