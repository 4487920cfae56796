"""Routes about cameras' alarms: nodes bring them, operators look at them."""

from typing import Annotated
from uuid import UUID

from ninja import Path, Router
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import Access, ActorRequest, operation
from sigap.cctv.accuracy import RulePassport, passports
from sigap.cctv.alarms import AlarmDetails, AlarmRow, alarms_of_signal
from sigap.cctv.inputs import BIGGEST_ID, Moment, PicturePart, PicturePoint, RowId
from sigap.cctv.models import Change, Colour, StreetClass
from sigap.cctv.node_auth import node_of
from sigap.intake.camera_alarms import NewAlarm, receive_alarm
from sigap.intake.queries import signal_for

router = Router(tags=["cctv"])

# A JPEG of 1280 px is some 200 kB; the limit leaves room for a noisy night.
PICTURE_MAX_CHARS = 3_000_000


class AlarmDetailsIn(BaseModel):
    """What the rule told beside the track."""

    kind: str = Field(default="", max_length=12)
    count: int | None = Field(default=None, ge=0, le=100_000)
    speed_kmh: float | None = Field(default=None, ge=0, le=1000, allow_inf_nan=False)
    length_m: float | None = Field(default=None, ge=0, le=100_000, allow_inf_nan=False)
    change: Change | None = None
    colour: Colour | None = None
    also_rule_ids: list[RowId] = Field(default=[], max_length=50)


class AlarmIn(BaseModel):
    """A firing of a rule; `uuid` is the node's. The same one again tells more about it."""

    uuid: UUID
    camera_id: RowId
    rule_id: RowId
    started_at: Moment
    observed_at: Moment
    street_class: StreetClass = Field(alias="class")
    score: float = Field(ge=0, le=1, allow_inf_nan=False)
    track_id: int = Field(0, ge=-BIGGEST_ID, le=BIGGEST_ID)
    box: list[PicturePart] = Field(min_length=4, max_length=4)
    track: list[PicturePoint] = Field(default=[], max_length=2000)
    picture: str = Field("", max_length=PICTURE_MAX_CHARS)
    ended_at: Moment | None = None
    clip_from: Moment | None = None
    clip_to: Moment | None = None
    details: AlarmDetailsIn = AlarmDetailsIn()


class AlarmTaken(BaseModel):
    """What the alarm became; null for a quiet rule's."""

    signal_id: int | None


class SignalAlarms(BaseModel):
    """What stands behind a camera's signal, and how often its rule was right lately."""

    alarms: list[AlarmRow]
    passport: RulePassport | None


@operation(router, "POST", "/node/alarms", permission=Access.NODE, response=AlarmTaken)
def report_alarm(request: ActorRequest, body: AlarmIn) -> AlarmTaken:
    """An alarm of a camera; may be sent again until it is answered."""
    signal_id = receive_alarm(
        request.actor,
        node_of(request),
        NewAlarm(
            uuid=body.uuid,
            camera_id=body.camera_id,
            rule_id=body.rule_id,
            started_at=body.started_at,
            observed_at=body.observed_at,
            street_class=body.street_class,
            score=body.score,
            track_id=body.track_id,
            box=body.box,
            track=body.track,
            picture=body.picture,
            ended_at=body.ended_at,
            clip_from=body.clip_from,
            clip_to=body.clip_to,
            details=AlarmDetails(**body.details.model_dump(exclude={"colour", "also_rule_ids"})),
            colour=body.details.colour,
            also_rule_ids=body.details.also_rule_ids,
        ),
    )
    return AlarmTaken(signal_id=signal_id)


@operation(
    router,
    "GET",
    "/signals/{signal_id}/alarms",
    permission=Permission.VIEW_SIGNALS,
    response=SignalAlarms,
)
def read_signal_alarms(request: ActorRequest, signal_id: Annotated[RowId, Path()]) -> SignalAlarms:
    """The alarms behind a signal: picture, track, the seconds of video that show them."""
    signal = signal_for(request.actor, signal_id)
    rule_id = signal.rule_id or 0
    return SignalAlarms(
        alarms=alarms_of_signal(request.actor.city, signal.pk),
        passport=passports(request.actor.city, [rule_id]).get(rule_id),
    )
