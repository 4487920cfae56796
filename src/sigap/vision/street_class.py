"""The classes of road user that Sigap looks for. Used by every step of `vision`, and by the node."""

from __future__ import annotations

from enum import IntEnum


class StreetClass(IntEnum):
    """Value = index of the class in COCO's list of 80, so that model outputs map without a table."""

    PERSON = 0
    BICYCLE = 1
    CAR = 2
    MOTORCYCLE = 3
    BUS = 5
    TRUCK = 7

    @property
    def label(self) -> str:
        """Lower-case name used on the wire and in configuration, for example `person`."""
        return self.name.lower()

    @classmethod
    def from_label(cls, label: str) -> StreetClass:
        """Inverse of `label`; raises ValueError for a class that Sigap does not look for."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"unknown street class: {label!r}") from None
