"""Health of the core, the console's snapshot, photos."""

import uuid
from datetime import datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from ninja import File, Router, Status
from ninja.files import UploadedFile
from pydantic import BaseModel

from sigap import __version__
from sigap.accounts.permissions import Permission, scope_of
from sigap.accounts.routing import Access, ActorRequest, operation
from sigap.console.events import PhotoViewed
from sigap.console.tables import TABLES
from sigap.core import clock
from sigap.core.models import ChainHead, StoredFile
from sigap.core.photos import MAX_BYTES, photo_path, store_photo
from sigap.core.refusals import Invalid, NotFound, TooLarge
from sigap.core.unit_of_work import unit_of_work

router = Router(tags=["console"])


class Health(BaseModel):
    """The core answers and reaches its database."""

    status: str
    version: str
    database_version: int


class Snapshot(BaseModel):
    """All live rows that the actor may see. Follow with the stream after `last_event_id`."""

    last_event_id: int
    taken_at: datetime
    tables: dict[str, list[dict[str, Any]]]


class StoredPhoto(BaseModel):
    """A kept photo; its id is what notes, proofs and endings name."""

    id: uuid.UUID
    width_px: int
    height_px: int


@operation(router, "GET", "/healthz", permission=Access.PUBLIC, response=Health)
def healthz(request: HttpRequest) -> Health:
    """Whether the core is ready."""
    connection.ensure_connection()
    version = connection.pg_version  # type: ignore[attr-defined]
    return Health(status="ok", version=__version__, database_version=version)


@operation(
    router, "GET", "/console/snapshot", permission=Permission.VIEW_CONSOLE, response=Snapshot
)
def snapshot(request: ActorRequest) -> Snapshot:
    """Everything the console shows, as of `last_event_id` or a little later."""
    actor = request.actor
    # The number first: a change that commits while the rows are read is then sent again.
    last = ChainHead.objects.values_list("seq", flat=True).get(city_id=actor.city)
    tables = {
        name: [
            row.model_dump(mode="json")
            for row in table.rows(actor.city, None)
            if table.shows(actor, row)
        ]
        for name, table in TABLES.items()
        if scope_of(actor, table.permission) is not None
    }
    return Snapshot(last_event_id=last, taken_at=clock.now(), tables=tables)


@operation(
    router,
    "POST",
    "/photos",
    permission=Access.SIGNED_IN,
    response={201: StoredPhoto},
)
def upload_photo(request: ActorRequest, photo: File[UploadedFile]) -> Status[StoredPhoto]:
    """Keep a photo; EXIF is removed."""
    if (photo.size or 0) > MAX_BYTES:
        raise TooLarge("photo_too_large", "The photo is larger than 15 MB.", limit_bytes=MAX_BYTES)
    stored = store_photo(request.actor.city, photo.read())
    if stored.width_px is None or stored.height_px is None:
        raise Invalid("photo_unreadable", "The photo cannot be read.", field="photo")
    kept = StoredPhoto(id=stored.uuid, width_px=stored.width_px, height_px=stored.height_px)
    return Status(201, kept)


@operation(router, "GET", "/photos/{uuid:photo_id}", permission=Access.SIGNED_IN, response=None)
def view_photo(request: ActorRequest, photo_id: uuid.UUID) -> HttpResponse:
    """The picture of a photo of the actor's city; the view goes on record."""
    stored = StoredFile.objects.filter(city_id=request.actor.city, uuid=photo_id).first()
    if stored is None or not photo_path(stored).is_file():
        raise NotFound("photo")
    with unit_of_work(request.actor) as work:
        work.record(PhotoViewed(photo=str(stored.uuid)))
    response = HttpResponse(photo_path(stored).read_bytes(), content_type=stored.media_type)
    response["Cache-Control"] = "private, max-age=3600"
    return response
