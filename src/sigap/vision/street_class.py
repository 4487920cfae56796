"""The classes of road user that Sigap looks for. Used by every step of `vision`, and the node."""

from __future__ import annotations

from collections.abc import Set
from enum import Enum, IntEnum


class StreetKind(Enum):
    """Classes that a detector confuses with one another; a track never changes its kind."""

    PERSON = "person"
    TWO_WHEELER = "two_wheeler"
    VEHICLE = "vehicle"
    NONE = "none"


class StreetClass(IntEnum):
    """Value = index of the class in COCO's list of 80, so model outputs map without a table.

    UNKNOWN is for what has no class (a left object, the picture itself): no detector says it.
    """

    PERSON = 0
    BICYCLE = 1
    CAR = 2
    MOTORCYCLE = 3
    BUS = 5
    TRUCK = 7
    UNKNOWN = -1

    @property
    def label(self) -> str:
        """Lower-case name used on the wire and in configuration, for example `person`."""
        return self.name.lower()

    @property
    def kind(self) -> StreetKind:
        return _KINDS[self]

    @classmethod
    def from_label(cls, label: str) -> StreetClass:
        """Inverse of `label`; raises ValueError for a class that Sigap does not look for."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"unknown street class: {label!r}") from None


_KINDS = {
    StreetClass.PERSON: StreetKind.PERSON,
    StreetClass.BICYCLE: StreetKind.TWO_WHEELER,
    StreetClass.MOTORCYCLE: StreetKind.TWO_WHEELER,
    StreetClass.CAR: StreetKind.VEHICLE,
    StreetClass.BUS: StreetKind.VEHICLE,
    StreetClass.TRUCK: StreetKind.VEHICLE,
    StreetClass.UNKNOWN: StreetKind.NONE,
}
DETECTED_CLASSES = tuple(known for known in StreetClass if known is not StreetClass.UNKNOWN)
EVERY_CLASS = frozenset(DETECTED_CLASSES)
KIND_OF_INDEX = {int(known): known.kind for known in DETECTED_CLASSES}


def classes_of_kinds(kinds: Set[StreetKind]) -> frozenset[StreetClass]:
    """Whole kinds: what one annotator calls a car is a truck to another."""
    return frozenset(known for known in DETECTED_CLASSES if known.kind in kinds)
