"""A camera that went silent becomes a signal. Subscribed to `camera.went_silent`.

When a node or its network fails, hundreds of its cameras do: what falls silent together is one
signal, that counts them and names them.
"""

from datetime import datetime

from django.db.models import Q

from sigap.cctv.events import CameraWentSilent
from sigap.cctv.models import Camera, Node
from sigap.city.models import Category
from sigap.city.queries import city_by_id
from sigap.core.actor import system_actor
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.unit_of_work import Work, unit_of_work
from sigap.intake.actions import NewSignal, receive_signal, repeat_signal, still_growing
from sigap.intake.models import Signal, SignalSource
from sigap.intake.transitions import SignalState

CATEGORY = "camera-silent"
MAX_TEXT = 4000
MAX_TITLE = 200


def signal_silent_camera(record: EventRecord) -> None:
    """Raise a signal for the silent camera, unless one about it is still being worked on."""
    event = CameraWentSilent.model_validate(record.payload)
    with unit_of_work(system_actor("camera watch"), record.city_id) as work:
        # The lock puts the cameras of one node in a row, so that each finds the signal before it.
        node = Node.objects.select_for_update().filter(cameras__pk=event.camera_id).first()
        camera = Camera.objects.filter(pk=event.camera_id, city_id=record.city_id).first()
        if node is None or camera is None or _is_open(record.city_id, camera.pk):
            return
        category = Category.objects.filter(city_id=record.city_id, code=CATEGORY).first()
        title = category.name_id if category else CATEGORY
        observed_at = datetime.fromisoformat(event.since)
        waiting = _waiting_of_node(record.city_id, node)
        if waiting is not None:
            _join(work, waiting, camera, title=f"{title} · {{n}} kamera · {node.name}", event=event)
            return
        receive_signal(
            work.actor,
            NewSignal(
                city=city_by_id(record.city_id),
                source=SignalSource.HEALTH,
                title=f"{title} · {camera.name}",
                text=_line(camera, event),
                observed_at=observed_at,
                category=category,
                place=LatLon(camera.lat, camera.lon),
                place_text=camera.name,
                camera_id=camera.pk,
            ),
        )


def _line(camera: Camera, event: CameraWentSilent) -> str:
    return f"{camera.name}: {event.reason}" if event.reason else camera.name


def _waiting_of_node(city_id: int, node: Node) -> Signal | None:
    """The signal of the same node's cameras that nobody has taken yet."""
    cameras = Camera.objects.filter(node=node).values_list("pk", flat=True)
    return (
        Signal.objects.select_for_update()
        .filter(city_id=city_id, source=SignalSource.HEALTH, state=SignalState.NEW)
        .filter(camera_id__in=list(cameras))
        .filter(still_growing())
        .order_by("-received_at")
        .first()
    )


def _join(
    work: Work, waiting: Signal, camera: Camera, *, title: str, event: CameraWentSilent
) -> None:
    """Count the camera to the signal, and name it as long as there is room."""
    longer = f"{waiting.text}\n{_line(camera, event)}"
    if len(longer) <= MAX_TEXT:
        waiting.text = longer
    waiting.also_camera_ids.append(camera.pk)
    waiting.title = title.format(n=1 + len(waiting.also_camera_ids))[:MAX_TITLE]
    repeat_signal(work, waiting, observed_at=datetime.fromisoformat(event.since))


def _is_open(city_id: int, camera_id: int) -> bool:
    waiting = Q(state__in=[SignalState.NEW, SignalState.ACKNOWLEDGED])
    worked_on = Q(state=SignalState.LINKED) & Q(incident__closed_at=None)
    about_it = Q(camera_id=camera_id) | Q(also_camera_ids__contains=[camera_id])
    return (
        Signal.objects.filter(city_id=city_id, source=SignalSource.HEALTH)
        .filter(about_it, waiting | worked_on)
        .exists()
    )
