"""How long recordings are kept: by the camera's own word, else by the city's policy for its
purpose. Called by the API and by `node_config`.
"""

from dataclasses import dataclass

from django.db.models import F
from pydantic import BaseModel

from sigap.accounts.permissions import Permission, require
from sigap.cctv.keeping_events import RetentionChanged
from sigap.cctv.models import Camera, CameraPurpose, Node, RetentionPolicy
from sigap.core.actor import Actor
from sigap.core.refusals import Conflict, Invalid
from sigap.core.unit_of_work import unit_of_work

DEFAULT_RETENTION_H = 168
DEFAULT_ALARM_RETENTION_H = 720


class Policy(BaseModel):
    """Of one purpose. `version` 0: nobody has decided, the defaults count."""

    purpose: CameraPurpose
    retention_h: int = DEFAULT_RETENTION_H
    alarm_retention_h: int = DEFAULT_ALARM_RETENTION_H
    legal_basis: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """What a person decides about a purpose."""

    retention_h: int
    alarm_retention_h: int
    legal_basis: str


def policies_of(city_id: int) -> dict[CameraPurpose, Policy]:
    """The policy of every purpose."""
    rows = {row.purpose: row for row in RetentionPolicy.objects.filter(city_id=city_id)}
    return {
        purpose: _policy(rows[purpose]) if purpose in rows else Policy(purpose=purpose)
        for purpose in CameraPurpose
    }


def kept_for(camera: Camera, policies: dict[CameraPurpose, Policy]) -> tuple[int, int]:
    """Hours that all recordings, and hours that clips of alarms of `camera` are kept."""
    policy = policies[CameraPurpose(camera.purpose)]
    hours = camera.retention_h or policy.retention_h
    return hours, max(hours, policy.alarm_retention_h)


def set_policy(actor: Actor, purpose: CameraPurpose, version: int, form: PolicyForm) -> Policy:
    """Decide how long a purpose is kept. Raises Conflict if it changed since `version`."""
    require(actor, Permission.MANAGE_CITY)
    if form.alarm_retention_h < form.retention_h:
        raise Invalid(
            "alarms_shorter",
            "Clips of alarms are kept at least as long as all else.",
            field="alarm_retention_h",
        )
    with unit_of_work(actor) as work:
        rows = RetentionPolicy.objects.select_for_update()
        row = rows.filter(city_id=work.city_id, purpose=purpose).first()
        current = row.version if row is not None else 0
        if current != version:
            raise Conflict("stale_version", "Somebody else changed this.", current=current)
        row = row or RetentionPolicy(city_id=work.city_id, purpose=purpose, version=0)
        row.retention_h, row.alarm_retention_h = form.retention_h, form.alarm_retention_h
        row.legal_basis = form.legal_basis
        row.version += 1
        row.save()
        work.record(
            RetentionChanged(
                purpose=purpose.value,
                retention_h=row.retention_h,
                alarm_retention_h=row.alarm_retention_h,
                legal_basis=row.legal_basis,
            )
        )
        tell_nodes(work.city_id)
        return _policy(row)


def tell_nodes(city_id: int) -> None:
    """All nodes of the city fetch their configuration anew; last, because the rows are hot."""
    Node.objects.filter(city_id=city_id).update(config_version=F("config_version") + 1)


def _policy(row: RetentionPolicy) -> Policy:
    return Policy(
        purpose=CameraPurpose(row.purpose),
        retention_h=row.retention_h,
        alarm_retention_h=row.alarm_retention_h,
        legal_basis=row.legal_basis,
        version=row.version,
    )
