"""Routes of the audit page: the event log filtered, and the proof that nobody altered it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Query, Router
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.cctv.inputs import BIGGEST_ID, Moment, RowId
from sigap.core.audit import verify_chain
from sigap.core.events import known_kinds
from sigap.core.models import EventRecord
from sigap.core.paging import PAGE_LIMIT, Page

router = Router(tags=["audit"])


class AuditFilter(BaseModel):
    """Which events; newest first. `kind` is exact, or a family ending in a dot ("video.").

    `before` is the `seq` of the last row that was read.
    """

    kind: str | None = Field(None, max_length=64)
    actor_user_id: RowId | None = None
    incident_id: RowId | None = None
    start: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")
    before: int | None = Field(None, ge=1, le=BIGGEST_ID)
    limit: int = Field(50, ge=1, le=PAGE_LIMIT)


class AuditRow(BaseModel):
    """One link of the log."""

    seq: int
    uuid: UUID
    kind: str
    occurred_at: datetime
    actor_kind: str
    actor_user_id: int | None
    actor_label: str
    incident_id: int | None
    cause_id: UUID | None
    payload: dict[str, Any]


class ChainVerdict(BaseModel):
    """Whether every link of the city's chain, computed anew, agrees."""

    events: int
    intact: bool
    first_broken_seq: int | None


@operation(router, "GET", "/audit", permission=Permission.VIEW_AUDIT, response=Page[AuditRow])
def read_audit(request: ActorRequest, wanted: Query[AuditFilter]) -> Page[AuditRow]:
    """Who did what and when, newest first."""
    events = EventRecord.objects.filter(city_id=request.actor.city, **_conditions(wanted))
    if wanted.kind is not None:
        events = events.filter(kind__in=_kinds(wanted.kind))
    rows = [_row(event) for event in events.order_by("-seq")[: wanted.limit]]
    more = len(rows) == wanted.limit
    return Page(items=rows, next_before=rows[-1].seq if more else None)


@operation(router, "GET", "/audit/kinds", permission=Permission.VIEW_AUDIT, response=list[str])
def list_audit_kinds(request: ActorRequest) -> list[str]:
    """All kinds of events that there can be, for the filter."""
    return sorted(known_kinds())


@operation(router, "GET", "/audit/verify", permission=Permission.VIEW_AUDIT, response=ChainVerdict)
def verify_audit(request: ActorRequest) -> ChainVerdict:
    """Compute the city's hash chain anew and compare."""
    report = verify_chain(request.actor.city)
    return ChainVerdict(
        events=report.events, intact=report.intact, first_broken_seq=report.first_broken_seq
    )


def _conditions(wanted: AuditFilter) -> dict[str, object]:
    given = {
        "actor_user_id": wanted.actor_user_id,
        "incident_id": wanted.incident_id,
        "occurred_at__gte": wanted.start,
        "occurred_at__lt": wanted.end,
        "seq__lt": wanted.before,
    }
    return {name: value for name, value in given.items() if value is not None}


def _kinds(wanted: str) -> list[str]:
    # A list of names, because LIKE cannot use an index behind row-level security.
    family = [kind for kind in known_kinds() if wanted.endswith(".") and kind.startswith(wanted)]
    return [wanted, *family]


def _row(event: EventRecord) -> AuditRow:
    return AuditRow(
        seq=event.seq,
        uuid=event.uuid,
        kind=event.kind,
        occurred_at=event.occurred_at,
        actor_kind=event.actor_kind,
        actor_user_id=event.actor_user_id,
        actor_label=event.actor_label,
        incident_id=event.incident_id,
        cause_id=event.cause_id,
        payload=event.payload,
    )
