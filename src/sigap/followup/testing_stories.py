"""Steps that the tests of follow-up and citizen share: a report, its incident, its task."""

import io

import numpy as np
from PIL import Image

from sigap.city.models import City
from sigap.core.actor import citizen_actor
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.followup.models import Task
from sigap.followup.subscribers import on_incident_closed, on_incident_opened, on_signal_linked
from sigap.incidents.actions import promote_signal
from sigap.intake.models import Report, Signal
from sigap.intake.reports import NewReport, accept_report
from tests.cast import SUDIRMAN, Cast

SUBSCRIPTIONS = {
    "incident.opened": on_incident_opened,
    "incident.signal_linked": on_signal_linked,
    "incident.closed": on_incident_closed,
}


def deliver(city: City) -> None:
    """Hand every event of the city's log to the subscribers, as the worker would after a crash:
    all of them again."""
    with reading(city.pk):
        events = list(EventRecord.objects.filter(city=city).order_by("seq"))
    for event in events:
        handler = SUBSCRIPTIONS.get(event.kind)
        if handler is not None:
            handler(event)


def report(cast: Cast, category: str = "road-damage", place: LatLon = SUDIRMAN) -> Report:
    """Eko reports something."""
    return accept_report(
        citizen_actor(cast.kota.pk),
        NewReport(
            city=cast.kota, category=cast.category(category), place=place, text="Jalan berlubang"
        ),
    )


def promote(cast: Cast, made: Report) -> int:
    """Bima makes an incident of the report; returns its id."""
    with reading(cast.kota.pk):
        signal = Signal.objects.get(pk=made.signal_id)
    return promote_signal(cast.actor("bima"), signal.pk, signal.version).pk


def forwarded(cast: Cast, category: str = "road-damage") -> tuple[Report, Task]:
    """A report whose incident was forwarded to the responsible agency by subscription."""
    made = report(cast, category)
    incident_id = promote(cast, made)
    deliver(cast.kota)
    return made, task_of(cast, incident_id)


def task_of(cast: Cast, incident_id: int) -> Task:
    """The incident's only task, as it is now."""
    with reading(cast.kota.pk):
        return Task.objects.select_related("agency", "incident").get(incident_id=incident_id)


def fresh_task(cast: Cast, task: Task) -> Task:
    """The task as it is now."""
    with reading(cast.kota.pk):
        return Task.objects.select_related("agency", "incident").get(pk=task.pk)


def fresh_report(cast: Cast, made: Report) -> Report:
    """The report as it is now."""
    with reading(cast.kota.pk):
        return Report.objects.get(pk=made.pk)


def kinds(city: City) -> list[str]:
    """The kinds of all events of a city, in order."""
    with reading(city.pk):
        return list(
            EventRecord.objects.filter(city=city).order_by("seq").values_list("kind", flat=True)
        )


def photo(seed: int, *, side_px: int = 320, quality: int = 92) -> bytes:
    """A JPEG of smooth random shapes: unlike those of other seeds, like itself when scaled."""
    coarse = np.random.default_rng(seed).integers(0, 255, (9, 9, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((side_px, side_px), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
