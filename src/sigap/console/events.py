"""What can happen at the console itself."""

from typing import ClassVar

from sigap.core.events import Event, register


class PhotoViewed(Event):
    """Somebody looked at a photo."""

    kind: ClassVar[str] = "personal.photo_viewed"

    photo: str


register(PhotoViewed)
