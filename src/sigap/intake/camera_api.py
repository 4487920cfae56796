"""Routes about cameras' alarms: nodes bring them, operators look at them."""

from typing import Annotated
from uuid import UUID

from ninja import Path, Router
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import Access, ActorRequest, operation
from sigap.cctv.inputs import BIGGEST_ID, Moment, PicturePart, PicturePoint, RowId
from sigap.cctv.models import StreetClass
from sigap.cctv.node_auth import node_of
from sigap.cctv.queries import AlarmRow, alarms_of_signal
from sigap.intake.camera_alarms import NewAlarm, receive_alarm
from sigap.intake.queries import signal_for
from sigap.intake.rule_accuracy import RuleAccuracy, rule_accuracies

router = Router(tags=["cctv"])

# A JPEG of 1280 px is some 200 kB; the limit leaves room for a noisy night.
PICTURE_MAX_CHARS = 3_000_000


class AlarmIn(BaseModel):
    """A firing of a rule; `uuid` is the node's and makes repetitions harmless."""

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


class AlarmTaken(BaseModel):
    """What the alarm became."""

    signal_id: int


class SignalAlarms(BaseModel):
    """What stands behind a camera's signal, and how often its rule was right lately."""

    alarms: list[AlarmRow]
    accuracy: RuleAccuracy | None


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
    accuracies = rule_accuracies(request.actor.city, [signal.rule_id or 0])
    return SignalAlarms(
        alarms=alarms_of_signal(request.actor.city, signal.pk),
        accuracy=accuracies.get(signal.rule_id or 0),
    )
