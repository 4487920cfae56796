"""A camera that went silent becomes a signal. Subscribed to `camera.went_silent`."""

from datetime import datetime

from django.db.models import Q

from sigap.cctv.events import CameraWentSilent
from sigap.cctv.models import Camera
from sigap.city.models import Category
from sigap.city.queries import city_by_id
from sigap.core.actor import system_actor
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.unit_of_work import unit_of_work
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.models import Signal, SignalSource
from sigap.intake.transitions import SignalState

CATEGORY = "camera-silent"


def signal_silent_camera(record: EventRecord) -> None:
    """Raise a signal for the silent camera, unless one about it is still being worked on."""
    event = CameraWentSilent.model_validate(record.payload)
    with unit_of_work(system_actor("camera watch"), record.city_id) as work:
        camera = Camera.objects.filter(pk=event.camera_id, city_id=record.city_id).first()
        if camera is None or _is_open(record.city_id, camera.pk):
            return
        category = Category.objects.filter(city_id=record.city_id, code=CATEGORY).first()
        name = category.name_id if category else CATEGORY
        receive_signal(
            work.actor,
            NewSignal(
                city=city_by_id(record.city_id),
                source=SignalSource.HEALTH,
                title=f"{name} · {camera.name}",
                text=event.reason,
                observed_at=datetime.fromisoformat(event.since),
                category=category,
                place=LatLon(camera.lat, camera.lon),
                place_text=camera.name,
                camera_id=camera.pk,
            ),
        )


def _is_open(city_id: int, camera_id: int) -> bool:
    waiting = Q(state__in=[SignalState.NEW, SignalState.ACKNOWLEDGED])
    worked_on = Q(state=SignalState.LINKED) & Q(incident__closed_at=None)
    return (
        Signal.objects.filter(city_id=city_id, camera_id=camera_id, source=SignalSource.HEALTH)
        .filter(waiting | worked_on)
        .exists()
    )
