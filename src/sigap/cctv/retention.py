"""How long recordings are kept: by the camera's own word, else by the city's policy for its
purpose. Called by the API, by `node_config` and by the worker's sweep.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from pydantic import BaseModel

from sigap.accounts.permissions import Permission, require
from sigap.cctv.keeping_events import RetentionChanged, RetentionTookEffect
from sigap.cctv.models import Camera, CameraPurpose, Node, RetentionPolicy
from sigap.city.queries import city_by_id
from sigap.core import clock
from sigap.core.actor import Actor, system_actor
from sigap.core.refusals import Conflict, Invalid
from sigap.core.tenancy import reading_every_city
from sigap.core.unit_of_work import unit_of_work

DEFAULT_RETENTION_H = 168
DEFAULT_ALARM_RETENTION_H = 720
# Shorter times count from this hour of the city's night on, and never sooner than the grace.
SHORTENS_AT_HOUR = 2
LEAST_GRACE = timedelta(hours=2)


class Policy(BaseModel):
    """Of one purpose. `version` 0: nobody has decided, the defaults count.

    `in_force_h` and `alarm_in_force_h` are what nodes keep now: more than was decided until
    `shortens_at`.
    """

    purpose: CameraPurpose
    retention_h: int = DEFAULT_RETENTION_H
    alarm_retention_h: int = DEFAULT_ALARM_RETENTION_H
    legal_basis: str = ""
    version: int = 0
    in_force_h: int = DEFAULT_RETENTION_H
    alarm_in_force_h: int = DEFAULT_ALARM_RETENTION_H
    shortens_at: datetime | None = None


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
    """Hours that all recordings, and hours that clips of alarms of `camera` are kept now."""
    policy = policies[CameraPurpose(camera.purpose)]
    hours = camera.retention_h or policy.in_force_h
    return hours, max(hours, policy.alarm_in_force_h)


def set_policy(actor: Actor, purpose: CameraPurpose, version: int, form: PolicyForm) -> Policy:
    """Decide how long a purpose is kept. Raises Conflict if it changed since `version`.

    Longer counts at once; shorter from the next night on, so that it can be taken back.
    """
    require(actor, Permission.MANAGE_CITY)
    refuse_bad_form(form)
    with unit_of_work(actor) as work:
        rows = RetentionPolicy.objects.select_for_update()
        row = rows.filter(city_id=work.city_id, purpose=purpose).first()
        before = _policy(row) if row is not None else Policy(purpose=purpose)
        if before.version != version:
            raise Conflict("stale_version", "Somebody else changed this.", current=before.version)
        row = row or RetentionPolicy(city_id=work.city_id, purpose=purpose, version=0)
        row.retention_h, row.alarm_retention_h = form.retention_h, form.alarm_retention_h
        row.legal_basis = form.legal_basis
        _wait_if_shorter(row, before, shortens_at(work.city_id, before, form))
        row.version += 1
        row.save()
        work.record(_changed(row, before))
        tell_nodes(work.city_id)
        return _policy(row)


def refuse_bad_form(form: PolicyForm) -> None:
    """Raises Invalid where clips of alarms would go before all else."""
    if form.alarm_retention_h < form.retention_h:
        raise Invalid(
            "alarms_shorter",
            "Clips of alarms are kept at least as long as all else.",
            field="alarm_retention_h",
        )


def shortens_at(city_id: int, policy: Policy, form: PolicyForm) -> datetime | None:
    """When `form` would begin to count in place of what is in force; None: at once."""
    is_longer = form.retention_h >= policy.in_force_h
    if is_longer and form.alarm_retention_h >= policy.alarm_in_force_h:
        return None
    earliest = clock.now() + LEAST_GRACE
    local = earliest.astimezone(ZoneInfo(city_by_id(city_id).time_zone))
    night = local.replace(hour=SHORTENS_AT_HOUR, minute=0, second=0, microsecond=0)
    return night if night >= local else night + timedelta(days=1)


def apply_due_policies() -> int:
    """Let shorter times count whose night has come; returns how many."""
    now = clock.now()
    with reading_every_city():
        due = RetentionPolicy.objects.filter(shortens_at__lte=now)
        cities = sorted(set(due.values_list("city_id", flat=True)))
    return sum(_apply_due(city_id, now) for city_id in cities)


def tell_nodes(city_id: int) -> None:
    """All nodes of the city fetch their configuration anew; last, because the rows are hot."""
    Node.objects.filter(city_id=city_id).update(config_version=F("config_version") + 1)


def _apply_due(city_id: int, now: datetime) -> int:
    with unit_of_work(system_actor("retention"), city_id) as work:
        rows = RetentionPolicy.objects.select_for_update()
        due = list(rows.filter(city_id=city_id, shortens_at__lte=now).order_by("id"))
        for row in due:
            _count_at_once(row)
            row.save()
            work.record(
                RetentionTookEffect(
                    purpose=row.purpose,
                    retention_h=row.retention_h,
                    alarm_retention_h=row.alarm_retention_h,
                )
            )
        if due:
            tell_nodes(city_id)
        return len(due)


def _wait_if_shorter(row: RetentionPolicy, before: Policy, until: datetime | None) -> None:
    if until is None:
        _count_at_once(row)
        return
    row.shortens_at = until
    row.until_then_h = max(before.in_force_h, row.retention_h)
    row.alarm_until_then_h = max(before.alarm_in_force_h, row.alarm_retention_h)


def _count_at_once(row: RetentionPolicy) -> None:
    row.shortens_at = row.until_then_h = row.alarm_until_then_h = None


def _changed(row: RetentionPolicy, before: Policy) -> RetentionChanged:
    return RetentionChanged(
        purpose=CameraPurpose(row.purpose).value,
        retention_h=row.retention_h,
        alarm_retention_h=row.alarm_retention_h,
        legal_basis=row.legal_basis,
        former_retention_h=before.retention_h,
        former_alarm_retention_h=before.alarm_retention_h,
        shortens_at=row.shortens_at.isoformat() if row.shortens_at else None,
    )


def _policy(row: RetentionPolicy) -> Policy:
    waits = row.shortens_at is not None and row.shortens_at > clock.now()
    return Policy(
        purpose=CameraPurpose(row.purpose),
        retention_h=row.retention_h,
        alarm_retention_h=row.alarm_retention_h,
        legal_basis=row.legal_basis,
        version=row.version,
        in_force_h=(waits and row.until_then_h) or row.retention_h,
        alarm_in_force_h=(waits and row.alarm_until_then_h) or row.alarm_retention_h,
        shortens_at=row.shortens_at if waits else None,
    )
