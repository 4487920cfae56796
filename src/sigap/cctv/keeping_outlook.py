"""What a policy of keeping means before it is decided: whose recordings go, and whether the disks
hold what is promised. Called by the API; writes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from sigap.accounts.permissions import Permission, require
from sigap.cctv.health import NODE_SILENT_AFTER
from sigap.cctv.holds import open_holds
from sigap.cctv.models import Camera, CameraPurpose, Node
from sigap.cctv.retention import (
    Policy,
    PolicyForm,
    policies_of,
    refuse_bad_form,
    shortens_at,
)
from sigap.core import clock
from sigap.core.actor import Actor

HOUR_S = 3600


class PolicyReach(BaseModel):
    """Whom a policy reaches: `cameras` follow it, `own` say otherwise themselves."""

    policy: Policy
    cameras: int
    own: int
    recorded_bytes: int
    recorded_from: datetime | None


class NodeDisk(BaseModel):
    """A node's disk. `needed_bytes`: what the promises take at the rate of now, once they are full;
    `room_bytes`: what recordings may take, about. `full_at`: by the node's own forecast."""

    node_id: int
    name: str
    is_silent: bool
    cameras: int
    disk_total_bytes: int
    disk_free_bytes: int
    recorded_bytes: int
    needed_bytes: int
    room_bytes: int
    full_at: datetime | None


class Keeping(BaseModel):
    """All policies of the city and the disks below them."""

    policies: list[PolicyReach]
    nodes: list[NodeDisk]


class Consequence(BaseModel):
    """What deciding a policy would do. From `from_when` on (None: at once) nothing of the
    cameras that follow it is kept from before `removed_before`; `losing` of them have such
    recordings now or will have by then. `held`: legal holds on them, which keep theirs."""

    from_when: datetime | None
    removed_before: datetime
    cameras: int
    losing: int
    oldest: datetime | None
    held: int
    nodes: list[NodeDisk]


@dataclass(frozen=True, slots=True)
class _Watched:
    cameras: list[Camera]
    nodes: list[Node]


def keeping_of(actor: Actor) -> Keeping:
    """The city's policies and disks as they are."""
    require(actor, Permission.MANAGE_CAMERAS)
    watched, policies = _watched(actor.city), policies_of(actor.city)
    return Keeping(
        policies=[_reach(policy, watched.cameras) for policy in policies.values()],
        nodes=_disks(watched, lambda camera: _hours(camera, policies)),
    )


def consequence_of(actor: Actor, purpose: CameraPurpose, form: PolicyForm) -> Consequence:
    """What deciding `form` for `purpose` would do. Raises Invalid as deciding it would."""
    require(actor, Permission.MANAGE_CITY)
    refuse_bad_form(form)
    policies = policies_of(actor.city)
    watched, policy = _watched(actor.city), policies[purpose]
    from_when = shortens_at(actor.city, policy, form)
    before = (from_when or clock.now()) - timedelta(hours=form.retention_h)
    following = [one for one in watched.cameras if _follows(one, purpose)]
    is_shorter = form.retention_h < policy.in_force_h
    losing = [one for one in following if is_shorter and _began_before(one, before)]
    policies[purpose] = policy.model_copy(update={"retention_h": form.retention_h})
    return Consequence(
        from_when=from_when,
        removed_before=before,
        cameras=len(following),
        losing=len(losing),
        oldest=_oldest(losing),
        held=open_holds(actor.city).filter(camera__in=following).count(),
        nodes=_disks(watched, lambda camera: _hours(camera, policies)),
    )


def _watched(city_id: int) -> _Watched:
    return _Watched(
        list(Camera.objects.filter(city_id=city_id)),
        list(Node.objects.filter(city_id=city_id, enabled=True).order_by("name")),
    )


def _follows(camera: Camera, purpose: CameraPurpose) -> bool:
    return camera.purpose == purpose and not camera.retention_h


def _hours(camera: Camera, policies: dict[CameraPurpose, Policy]) -> int:
    return camera.retention_h or policies[CameraPurpose(camera.purpose)].retention_h


def _began_before(camera: Camera, moment: datetime) -> bool:
    return camera.recorded_from is not None and camera.recorded_from < moment


def _oldest(cameras: Iterable[Camera]) -> datetime | None:
    return min((one.recorded_from for one in cameras if one.recorded_from), default=None)


def _reach(policy: Policy, cameras: list[Camera]) -> PolicyReach:
    of_purpose = [one for one in cameras if one.purpose == policy.purpose]
    following = [one for one in of_purpose if not one.retention_h]
    return PolicyReach(
        policy=policy,
        cameras=len(following),
        own=len(of_purpose) - len(following),
        recorded_bytes=sum(one.recorded_bytes for one in following),
        recorded_from=_oldest(following),
    )


def _disks(watched: _Watched, hours_of: Callable[[Camera], int]) -> list[NodeDisk]:
    by_node: defaultdict[int, list[Camera]] = defaultdict(list)
    for camera in watched.cameras:
        by_node[camera.node_id].append(camera)
    return [_disk(node, by_node[node.pk], hours_of) for node in watched.nodes]


def _disk(node: Node, cameras: list[Camera], hours_of: Callable[[Camera], int]) -> NodeDisk:
    recorded = sum(camera.recorded_bytes for camera in cameras)
    silent_since = clock.now() - NODE_SILENT_AFTER
    return NodeDisk(
        node_id=node.pk,
        name=node.name,
        is_silent=node.last_seen_at is None or node.last_seen_at < silent_since,
        cameras=sum(camera.enabled for camera in cameras),
        disk_total_bytes=node.disk_total_bytes,
        disk_free_bytes=node.disk_free_bytes,
        recorded_bytes=recorded,
        needed_bytes=sum(
            camera.bitrate_bps // 8 * HOUR_S * hours_of(camera)
            for camera in cameras
            if camera.enabled
        ),
        room_bytes=node.disk_free_bytes + recorded,
        full_at=node.disk_full_at,
    )
