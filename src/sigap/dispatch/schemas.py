"""What the routes of dispatch take and give."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from sigap.core.geometry import LatLon
from sigap.dispatch.actions import Fix
from sigap.dispatch.device_time import DeviceMoment
from sigap.dispatch.queries import AssignmentRow, UnitRow, unit_row
from sigap.dispatch.ranking import Finding, PositionSource, RankedUnit, Reason
from sigap.dispatch.road import Basis, Route
from sigap.dispatch.transitions import (
    ASSIGNMENT_MACHINE,
    AssignmentAction,
    UnitStatus,
)

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
BATCH_LIMIT = 500


def _within_centuries(value: datetime) -> datetime:
    if not EARLIEST <= value <= LATEST:
        raise ValueError("a moment between the years 2000 and 2200")
    return value


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("a text without NUL")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_within_centuries)]
Text = Annotated[str, AfterValidator(_without_nul)]


class FindingOut(BaseModel):
    """A reason against a unit; `blocking` false only warns."""

    reason: Reason
    blocking: bool
    incident_id: int | None
    incident_number: int | None
    capabilities: list[str]
    since: datetime | None


class RankedUnitOut(BaseModel):
    """A unit in the ranking. `key` is the digit that sends it, for the first nine proposed;
    `distance_m` is given for the leading dozen."""

    key: int | None
    proposed: bool
    unit: UnitRow
    eta_s: int | None
    distance_m: int | None
    basis: Basis
    position_source: PositionSource
    findings: list[FindingOut]


class AssignIn(BaseModel):
    """Which unit goes, and what its crew must know."""

    unit_id: int
    dangers: Text = Field(default="", max_length=500)


class StepIn(BaseModel):
    """`version` is the one that the person saw; absent, it is not compared."""

    version: int | None = Field(default=None, ge=1)


class ReasonIn(StepIn):
    """Why."""

    reason: Text = Field(min_length=1, max_length=1000)


class ClearIn(StepIn):
    """What the crew found and did."""

    note: Text = Field(default="", max_length=1000)


class StatusIn(StepIn):
    """The status wanted."""

    status: UnitStatus


class LineOut(BaseModel):
    """A route to draw: `line` is [lon, lat] pairs, as in GeoJSON."""

    eta_s: int
    distance_m: int
    basis: Basis
    line: list[tuple[float, float]]


class AssignmentOut(BaseModel):
    """An assignment and the steps that its state allows."""

    row: AssignmentRow
    actions: list[AssignmentAction]


class FieldPhotoRef(BaseModel):
    """A picture to look at before arriving, at /api/v1/photos/{uuid}."""

    uuid: str
    taken_at: datetime


class FieldTask(BaseModel):
    """The one task of the officer's unit. `next_step` is the large button."""

    assignment: AssignmentOut
    next_step: AssignmentAction | None
    title: str
    category: str
    category_name: str
    priority: int
    place_text: str
    area_name: str
    lat: float
    lon: float
    dangers: str
    text: str
    photos: list[FieldPhotoRef]
    eta_s: int | None
    distance_m: int | None
    basis: Basis | None


class FieldState(BaseModel):
    """The officer's unit and its task; `task` None: nothing to do now."""

    unit: UnitRow
    statuses: list[UnitStatus]
    task: FieldTask | None
    server_time: datetime


class FixIn(BaseModel):
    """One position. Ranges are judged row by row, so that one bad fix holds up no queue."""

    at: Moment
    lat: float
    lon: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None

    def fix(self) -> Fix:
        """As the action takes it."""
        return Fix(
            self.at, LatLon(self.lat, self.lon), self.accuracy_m, self.speed_mps, self.heading_deg
        )


class PositionsIn(BaseModel):
    """Positions kept since the last batch; `sent_at` by the same clock as theirs."""

    sent_at: Moment
    fixes: list[FixIn] = Field(min_length=1, max_length=BATCH_LIMIT)


class PositionsOut(BaseModel):
    """How many were kept, and what became of each, in the order sent."""

    kept: int
    outcomes: list[str]


class FieldStepAction(BaseModel):
    """A step from the phone, perhaps taken without a link. `note`: the reason of a decline."""

    action: AssignmentAction
    note: Text = Field(default="", max_length=1000)
    happened_at: Moment
    sent_at: Moment | None = None

    def moment(self) -> DeviceMoment:
        """When, by the phone's clock."""
        return DeviceMoment(self.happened_at, self.sent_at)


class FieldUndo(BaseModel):
    """Taking back the last step."""

    happened_at: Moment
    sent_at: Moment | None = None


class FieldNote(BaseModel):
    """A note into the incident's timeline."""

    text: Text = Field(min_length=1, max_length=2000)


class PanicIn(BaseModel):
    """Help. Where the phone is, if it knows."""

    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    text: Text = Field(default="", max_length=500)

    def place(self) -> LatLon | None:
        """The place, if both degrees came."""
        if self.lat is None or self.lon is None:
            return None
        return LatLon(self.lat, self.lon)


class PanicOut(BaseModel):
    """The signal that the call for help became."""

    signal_id: int
    signal_number: int


def finding_out(finding: Finding) -> FindingOut:
    """As the API gives it."""
    return FindingOut(
        reason=finding.reason,
        blocking=finding.blocking,
        incident_id=finding.incident_id,
        incident_number=finding.incident_number,
        capabilities=list(finding.capabilities),
        since=finding.since,
    )


def ranked_out(ranked: list[RankedUnit]) -> list[RankedUnitOut]:
    """The ranking with its keys 1 to 9."""
    return [
        RankedUnitOut(
            key=index + 1 if unit.proposed and index < 9 else None,
            proposed=unit.proposed,
            unit=unit_row(unit.unit),
            eta_s=None if unit.eta_s is None else round(unit.eta_s),
            distance_m=None if unit.distance_m is None else round(unit.distance_m),
            basis=unit.basis,
            position_source=unit.place.source,
            findings=[finding_out(f) for f in unit.findings],
        )
        for index, unit in enumerate(ranked)
    ]


def assignment_out(row: AssignmentRow) -> AssignmentOut:
    """A row with its allowed steps."""
    return AssignmentOut(row=row, actions=ASSIGNMENT_MACHINE.actions_from(row.state))


def line_out(route: Route) -> LineOut:
    """A route as a line."""
    return LineOut(
        eta_s=round(route.eta_s),
        distance_m=round(route.distance_m),
        basis=route.basis,
        line=[(round(p.lon, 6), round(p.lat, 6)) for p in route.line],
    )
