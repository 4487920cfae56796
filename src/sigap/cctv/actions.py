"""The writers of cameras, nodes and masks. Called by the API, the admin and the demo."""

from dataclasses import dataclass

from django.db.models import F

from sigap.accounts.permissions import Permission, require
from sigap.cctv.events import (
    CameraAdded,
    CameraChanged,
    MasksChanged,
    NodeEnrolled,
)
from sigap.cctv.health import follow_switch
from sigap.cctv.models import Camera, CameraPurpose, CameraState, Mask, Node, RuleKind
from sigap.cctv.node_auth import new_media_key, new_token, token_digest
from sigap.cctv.shapes import Points, checked_points
from sigap.cctv.sources import checked_source
from sigap.city.models import City
from sigap.city.queries import area_at, city_by_id, require_in_city
from sigap.core import clock
from sigap.core.actor import Actor, ActorKind
from sigap.core.geometry import LatLon
from sigap.core.refusals import Conflict, Invalid, NotFound
from sigap.core.unit_of_work import unit_of_work

MAX_MASKS = 20
NO_SUB_STREAM = "-"


@dataclass(frozen=True, slots=True)
class CameraForm:
    """Everything that a person decides about a camera. `bearing_deg` is clockwise from north.

    An empty `source_url` keeps the one there is: it never travels back to a browser whole. So does
    an empty `sub_url`; "-" takes the sub stream away. Without `retention_h` the policy counts.
    """

    name: str
    source_url: str
    place: LatLon
    bearing_deg: float = 0
    field_of_view_deg: float = 70
    range_m: float = 60
    purpose: CameraPurpose = CameraPurpose.SECURITY
    analyse: bool = True
    enabled: bool = True
    retention_h: int | None = None
    sub_url: str = ""
    onvif_url: str = ""
    critical: bool = False
    keep_audio: bool = False
    node_id: int | None = None


@dataclass(frozen=True, slots=True)
class NodeForm:
    """`base_url` is where browsers reach the node; without a `token` one is made at random."""

    name: str
    base_url: str
    token: str | None = None


def enroll_node(actor: Actor, city_id: int, form: NodeForm) -> str:
    """Make a node, or give the one of that name a new token; returns the token, kept nowhere.

    The old token and all signed addresses stop to work. A node that has the token already stays
    as it is.
    """
    with unit_of_work(actor, city_id) as work:
        token = form.token or new_token()
        digest = token_digest(token)
        node = Node.objects.select_for_update().filter(city_id=city_id, name=form.name).first()
        if node is None:
            node = Node(city_id=city_id, name=form.name, epoch=0, config_version=0)
        elif (node.token_sha256, node.base_url) == (digest, form.base_url):
            return token
        node.token_sha256, node.base_url = digest, form.base_url
        node.media_key = new_media_key()
        node.epoch += 1
        node.config_version += 1
        node.save()
        work.record(NodeEnrolled(node_id=node.pk, name=node.name, epoch=node.epoch))
        return token


def add_camera(actor: Actor, form: CameraForm) -> Camera:
    """Give the city a camera. Raises Conflict if its name is taken, Invalid for a bad place."""
    _require_manage(actor)
    with unit_of_work(actor) as work:
        camera = Camera(city_id=work.city_id)
        camera.node = _node(work.city_id, form.node_id)
        _fill(camera, form)
        _refuse_same_name(camera)
        camera.save()
        tell_node(camera.node_id)
        work.record(CameraAdded(camera_id=camera.pk, name=camera.name))
        return camera


def change_camera(actor: Actor, camera_id: int, version: int, form: CameraForm) -> Camera:
    """Change a camera. Raises Conflict("stale_version") if it changed since `version`."""
    _require_manage(actor)
    with unit_of_work(actor) as work:
        camera = lock_camera(work.city_id, camera_id, version)
        before = {name: getattr(camera, name) for name in _CONFIGURED}
        old_node_id = camera.node_id
        if form.node_id is not None:
            camera.node = _node(work.city_id, form.node_id)
        _fill(camera, form)
        _refuse_same_name(camera)
        follow_switch(camera)
        camera.version += 1
        camera.save()
        for node_id in {old_node_id, camera.node_id}:
            tell_node(node_id)
        changed = [name for name, value in before.items() if getattr(camera, name) != value]
        work.record(CameraChanged(camera_id=camera.pk, fields=changed))
        return camera


def retire_camera(actor: Actor, camera_id: int) -> None:
    """Switch a camera off. It stays as a row: signals, counts and recordings point at it."""
    _require_manage(actor)
    with unit_of_work(actor) as work:
        camera = lock_camera(work.city_id, camera_id)
        if not camera.enabled:
            return
        camera.enabled = False
        follow_switch(camera)
        camera.version += 1
        camera.save()
        tell_node(camera.node_id)
        work.record(CameraChanged(camera_id=camera.pk, fields=["enabled"]))


def set_masks(
    actor: Actor, camera_id: int, masks: list[Points], *, known_ids: list[int] | None = None
) -> None:
    """Replace the masked parts of a camera's picture.

    Raises Conflict("stale_version") if they are no longer those of `known_ids`.
    """
    _require_manage(actor)
    if len(masks) > MAX_MASKS:
        raise Invalid("too_many_masks", f"At most {MAX_MASKS} masks.", field="masks")
    with unit_of_work(actor) as work:
        camera = lock_camera(work.city_id, camera_id)
        there = set(camera.masks.values_list("pk", flat=True))
        if known_ids is not None and there != set(known_ids):
            raise _stale("camera", camera.version)
        camera.masks.all().delete()
        Mask.objects.bulk_create(
            Mask(city_id=work.city_id, camera=camera, points=checked_points(RuleKind.ZONE, points))
            for points in masks
        )
        tell_node(camera.node_id)
        work.record(MasksChanged(camera_id=camera.pk, masks=len(masks)))


def lock_camera(city_id: int, camera_id: int, version: int | None = None) -> Camera:
    """The camera, locked. Raises NotFound outside the city, Conflict if `version` is old."""
    camera = Camera.objects.select_for_update().filter(pk=camera_id, city_id=city_id).first()
    if camera is None:
        raise NotFound("camera")
    if version is not None and camera.version != version:
        raise _stale("camera", camera.version)
    return camera


_CONFIGURED = [
    "name",
    "source_url",
    "lat",
    "lon",
    "bearing_deg",
    "field_of_view_deg",
    "range_m",
    "purpose",
    "analyse",
    "enabled",
    "retention_h",
    "sub_url",
    "onvif_url",
    "critical",
    "keep_audio",
    "node_id",
]


def _require_manage(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        require(actor, Permission.MANAGE_CAMERAS)


def _stale(what: str, current: int) -> Conflict:
    return Conflict(
        "stale_version",
        f"Somebody else changed this {what} a moment ago. Look at it again.",
        current=current,
    )


def _node(city_id: int, node_id: int | None) -> Node:
    nodes = Node.objects.filter(city_id=city_id, enabled=True).order_by("id")
    node = nodes.first() if node_id is None else nodes.filter(pk=node_id).first()
    if node is None:
        raise Invalid("no_node", "The city has no such camera node.", field="node_id")
    return node


def _fill(camera: Camera, form: CameraForm) -> None:
    fill_camera(camera, form, city_by_id(camera.city_id))


def fill_camera(camera: Camera, form: CameraForm, city: City) -> None:
    """Put what a person decided into the row, unsaved. Raises Invalid for what cannot be."""
    require_in_city(city, form.place)
    camera.name = form.name.strip()
    if form.source_url or not camera.source_url:
        camera.source_url = checked_source(form.source_url)
    camera.lat, camera.lon = form.place.lat, form.place.lon
    camera.area_id = area_at(city, form.place)
    camera.bearing_deg = form.bearing_deg % 360
    camera.field_of_view_deg = form.field_of_view_deg
    camera.range_m = form.range_m
    camera.purpose = form.purpose
    camera.analyse, camera.enabled = form.analyse, form.enabled
    if not camera.pk:
        camera.state = CameraState.UNKNOWN if form.enabled else CameraState.DISABLED
        camera.state_since = clock.now()
    camera.retention_h = form.retention_h
    camera.critical, camera.keep_audio = form.critical, form.keep_audio
    camera.onvif_url = form.onvif_url.strip()
    if form.sub_url:
        camera.sub_url = "" if form.sub_url == NO_SUB_STREAM else checked_source(form.sub_url)


def _refuse_same_name(camera: Camera) -> None:
    twins = Camera.objects.filter(city_id=camera.city_id, name=camera.name).exclude(pk=camera.pk)
    if twins.exists():
        raise Conflict("name_taken", "Another camera has this name.", field="name")


def tell_node(node_id: int) -> None:
    """Raise what the node compares with `?since=`; last, because the row is hot."""
    Node.objects.filter(pk=node_id).update(config_version=F("config_version") + 1)
