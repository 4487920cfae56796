"""Leave to set up cameras through a node, and to turn one: signed for one person, written down.

The browser goes to the node itself with it (ADR 0013); the node checks the signature.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sigap.accounts.permissions import Permission, require
from sigap.cctv.events import CameraSetupOpened, CameraSteeringOpened
from sigap.cctv.models import Camera, Node
from sigap.cctv.sources import bare_source
from sigap.cctv.viewing import signed_claims
from sigap.core import clock
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, Invalid, NotFound
from sigap.core.unit_of_work import unit_of_work

SETUP_LIFETIME = timedelta(minutes=10)
STEERING_LIFETIME = timedelta(minutes=2)
MAX_SAME = 5


@dataclass(frozen=True, slots=True)
class SetupAddresses:
    """Where to look for cameras and at streams; ask again before `expires_at`."""

    expires_at: datetime
    node_id: int
    node_name: str
    discover: str
    probe_device: str
    probe_stream: str


@dataclass(frozen=True, slots=True)
class SteeringAddress:
    """GET tells the presets, POST moves; ask again before `expires_at`."""

    expires_at: datetime
    ptz: str


def open_setup(actor: Actor, node_id: int | None) -> SetupAddresses:
    """Addresses at the node, by default the city's first. Raises Invalid("no_node")."""
    require(actor, Permission.MANAGE_CAMERAS)
    with unit_of_work(actor) as work:
        nodes = Node.objects.filter(city_id=work.city_id, enabled=True).order_by("id")
        node = nodes.first() if node_id is None else nodes.filter(pk=node_id).first()
        if node is None:
            raise Invalid("no_node", "The city has no such camera node.", field="node_id")
        work.record(CameraSetupOpened(node_id=node.pk))
        expires_at = clock.now() + SETUP_LIFETIME
        query = _signed(node, "node", "setup", actor, expires_at)
        base = f"{node.base_url.rstrip('/')}/node"
        return SetupAddresses(
            expires_at=expires_at,
            node_id=node.pk,
            node_name=node.name,
            discover=f"{base}/onvif/discover?{query}",
            probe_device=f"{base}/onvif/probe?{query}",
            probe_stream=f"{base}/probe?{query}",
        )


def open_steering(actor: Actor, camera_id: int, purpose: str) -> SteeringAddress:
    """Raises NotFound outside the city, Conflict where the camera cannot be turned."""
    require(actor, Permission.CONTROL_PTZ)
    with unit_of_work(actor) as work:
        cameras = Camera.objects.filter(pk=camera_id, city_id=work.city_id)
        camera = cameras.select_related("node").first()
        if camera is None:
            raise NotFound("camera")
        if not camera.enabled:
            raise Conflict("camera_disabled", "This camera is switched off.")
        if not camera.onvif_url:
            raise Conflict("not_steerable", "This camera has no address for steering.")
        work.record(CameraSteeringOpened(camera_id=camera.pk, purpose=purpose))
        expires_at = clock.now() + STEERING_LIFETIME
        query = _signed(camera.node, str(camera.uuid), "ptz", actor, expires_at)
        base = camera.node.base_url.rstrip("/")
        return SteeringAddress(expires_at, f"{base}/media/{camera.uuid}/ptz?{query}")


def names_of_source(city_id: int, source_url: str, *, but: int | None = None) -> list[str]:
    """Names of cameras that have this source already, whatever the password."""
    wanted = bare_source(source_url)
    rows = Camera.objects.filter(city_id=city_id).values_list("pk", "name", "source_url")
    same = [name for pk, name, url in rows if pk != but and bare_source(url) == wanted]
    return same[:MAX_SAME]


def _signed(node: Node, name: str, view: str, actor: Actor, expires_at: datetime) -> str:
    claims: dict[str, object] = {
        "c": name,
        "v": [view],
        "u": actor.user_id or 0,
        "e": int(expires_at.timestamp()),
        "i": int(clock.now().timestamp()),
    }
    return urlencode({"t": signed_claims(node, claims)})
