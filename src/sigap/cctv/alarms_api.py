"""Routes for staff: search over past alarms, the alarms of a camera's time-line, verdicts."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.cctv.accuracy import RulePassport, passports
from sigap.cctv.alarms import AlarmRow, judge_alarm
from sigap.cctv.events import AlarmsSearched
from sigap.cctv.inputs import Latitude, Longitude, Moment, RowId
from sigap.cctv.measures import measure_series
from sigap.cctv.models import Colour, MeasureKind, RuleKind, StreetClass, Verdict
from sigap.cctv.queries import camera_detail
from sigap.cctv.search import DEFAULT_LIMIT, AlarmQuery, FoundAlarms, search_alarms
from sigap.core import clock
from sigap.core.geometry import Box
from sigap.core.refusals import Invalid
from sigap.core.unit_of_work import unit_of_work

router = Router(tags=["cctv"])

# Without a purpose, one camera's time-line may be read over this much at a time.
DEFAULT_MEASURES = timedelta(hours=24)
LONGEST_TIMELINE = timedelta(days=32)

Ids = Annotated[list[RowId], Field(default=[], max_length=100)]


class AlarmsQuery(BaseModel):
    """Which alarms. `purpose` is written to the log; without it only the marks of one camera's
    time-line are given (`camera_id`, `from`, `to`), without pictures. A box needs all its sides."""

    purpose: str = Field("", max_length=200)
    text: str = Field("", max_length=120)
    camera_id: Ids
    rule_id: Ids
    kind: list[RuleKind] = Field(default=[], max_length=10)
    street_class: list[StreetClass] = Field(default=[], max_length=10)
    colour: list[Colour] = Field(default=[], max_length=10)
    verdict: list[Verdict] = Field(default=[], max_length=3)
    unjudged: bool = False
    quiet: bool | None = None
    start: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")
    area_id: RowId | None = None
    south: Latitude | None = None
    west: Longitude | None = None
    north: Latitude | None = None
    east: Longitude | None = None
    cursor: str = Field("", max_length=40)
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=500)

    def wanted(self) -> AlarmQuery:
        """What the search takes. Raises Invalid for half a box or an empty period."""
        if self.start and self.end and self.end <= self.start:
            raise Invalid("bad_period", "The period must end after it begins.", field="to")
        return AlarmQuery(
            text=self.text,
            camera_ids=self.camera_id,
            rule_ids=self.rule_id,
            kinds=self.kind,
            classes=self.street_class,
            colours=self.colour,
            verdicts=self.verdict,
            unjudged=self.unjudged,
            quiet=self.quiet,
            start=self.start,
            end=self.end,
            area_id=self.area_id,
            box=self._box(),
            cursor=self.cursor,
            limit=self.limit,
        )

    def _box(self) -> Box | None:
        sides = [self.south, self.west, self.north, self.east]
        known = [side for side in sides if side is not None]
        if not known:
            return None
        if len(known) < len(sides):
            raise Invalid("half_a_box", "A box needs south, west, north and east.", field="south")
        return Box(*known)


class AlarmsPage(BaseModel):
    """One page, newest first; `next` is the `cursor` of the next one. `place`: the words named a
    place and the cameras around it were looked through; `alike`: only similar names were found."""

    items: list[AlarmRow]
    next: str | None
    place: str | None
    alike: bool


class MeasureStepOut(BaseModel):
    """Readings of one rule within one step; `mean` is over all samples."""

    rule_id: int
    measure: MeasureKind
    start: Moment
    street_class: StreetClass
    samples: int
    mean: float
    largest: float


class MeasuresQuery(BaseModel):
    """A period and the width of its steps."""

    start: Moment | None = Field(None, alias="from")
    end: Moment | None = Field(None, alias="to")
    step_s: int = Field(3600, ge=60, le=7 * 86400)


class VerdictIn(BaseModel):
    """What the alarm was worth; null takes the verdict back."""

    verdict: Verdict | None


@operation(router, "GET", "/alarms", permission=Permission.PLAYBACK_VIDEO, response=AlarmsPage)
def find_alarms(request: ActorRequest, wanted: Query[AlarmsQuery]) -> AlarmsPage:
    """Past alarms by words, place, rule, class, colour, verdict and time."""
    purpose = wanted.purpose.strip()
    if not purpose:
        _require_timeline(wanted)
    found = search_alarms(request.actor.city, wanted.wanted())
    if not purpose:
        rows = [row.model_copy(update={"picture": None}) for row in found.rows]
        return AlarmsPage(items=rows, next=found.cursor, place=None, alike=False)
    if not wanted.cursor:
        _record(request, wanted, found)
    return AlarmsPage(items=found.rows, next=found.cursor, place=found.place, alike=found.alike)


@operation(
    router,
    "PUT",
    "/alarms/{uuid}/verdict",
    permission=Permission.JUDGE_ALARMS,
    response=AlarmRow,
)
def give_verdict(request: ActorRequest, uuid: Annotated[UUID, Path()], body: VerdictIn) -> AlarmRow:
    """Say what an alarm was worth: true, false or useless."""
    return judge_alarm(request.actor, uuid, body.verdict)


@operation(
    router,
    "GET",
    "/cameras/{camera_id}/passports",
    permission=Permission.VIEW_CAMERAS,
    response=list[RulePassport],
)
def read_passports(
    request: ActorRequest, camera_id: Annotated[RowId, Path()]
) -> list[RulePassport]:
    """How often each rule of the camera was right, with a 95 % interval."""
    detail = camera_detail(request.actor, camera_id)
    return list(passports(request.actor.city, [rule.id for rule in detail.rules]).values())


@operation(
    router,
    "GET",
    "/cameras/{camera_id}/measures",
    permission=Permission.VIEW_CAMERAS,
    response=list[MeasureStepOut],
)
def read_measures(
    request: ActorRequest, camera_id: Annotated[RowId, Path()], period: Query[MeasuresQuery]
) -> list[MeasureStepOut]:
    """Speed, queue and crowd readings per step; by default the last 24 hours per hour."""
    camera_detail(request.actor, camera_id)
    end = period.end or clock.now()
    series = measure_series(
        request.actor.city,
        camera_id,
        start=period.start or end - DEFAULT_MEASURES,
        end=end,
        step=timedelta(seconds=period.step_s),
    )
    return [MeasureStepOut.model_validate(asdict(step)) for step in series]


def _require_timeline(wanted: AlarmsQuery) -> None:
    if len(wanted.camera_id) != 1 or wanted.start is None or wanted.end is None:
        raise Invalid("purpose_needed", "Say what you are searching for.", field="purpose")
    if wanted.end - wanted.start > LONGEST_TIMELINE:
        raise Invalid("period_too_long", "Choose a shorter period.", field="to")


def _record(request: ActorRequest, wanted: AlarmsQuery, found: FoundAlarms) -> None:
    with unit_of_work(request.actor) as work:
        work.record(
            AlarmsSearched(
                purpose=wanted.purpose.strip(),
                text=wanted.text,
                cameras=len(wanted.camera_id),
                found=len(found.rows),
            )
        )
