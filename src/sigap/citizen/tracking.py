"""What the holder of a tracking code sees: the report's time line, owner, clock and proof.

The code is the permission. Names of staff never appear: the owner is an agency.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel

from sigap.city.models import Agency
from sigap.core import clock
from sigap.core.models import StoredFile
from sigap.core.refusals import NotFound
from sigap.core.tenancy import reading_every_city
from sigap.followup.models import Task
from sigap.followup.queries import tasks_of_incident
from sigap.followup.transitions import LIVE
from sigap.intake.models import Report, ReportStep
from sigap.intake.transitions import REPORT_MACHINE, ReportAction, ReportState

CODE_PATTERN = r"^[0-9A-HJKMNP-TV-Z]{12,16}$"
_MISREAD = str.maketrans("OIL", "011")
WAITING_FOR_CITY = (ReportState.RECEIVED, ReportState.VERIFIED)
WITH_AGENCY = (ReportState.FORWARDED, ReportState.IN_PROGRESS, ReportState.REOPENED)
BY_REPORTER = (ReportState.RECEIVED, ReportState.CONFIRMED, ReportState.REOPENED)


class StepBy(StrEnum):
    """Who took a step, as far as the public may know."""

    REPORTER = "reporter"
    CITY = "city"
    AGENCY = "agency"


class TrackedStep(BaseModel):
    """One line of the time line."""

    state: ReportState
    at: datetime
    by: StepBy
    note: str
    has_photo: bool


class Owner(BaseModel):
    """Whose work it is at present; some owners are outside the city government."""

    name: str
    inside_city_government: bool
    phone: str

    @classmethod
    def of(cls, agency: Agency) -> "Owner":
        """The agency as the public knows it."""
        return cls(
            name=agency.name,
            inside_city_government=agency.inside_city_government,
            phone=agency.phone,
        )


class Clock(BaseModel):
    """Until when an answer is due, and by which rule."""

    answer_until: datetime
    overdue: bool
    legal_basis: str


class TrackedReport(BaseModel):
    """A report as its sender follows it."""

    tracking_code: str
    city_code: str
    city_name: str
    emergency_number: str
    state: ReportState
    category: str
    category_name_id: str
    category_name_en: str
    text: str
    place_text: str
    area_name: str
    lat: float | None
    lon: float | None
    received_at: datetime
    owner: Owner
    clock: Clock | None
    steps: list[TrackedStep]
    has_photo: bool
    has_proof_photo: bool
    proof_note: str
    can_confirm: bool
    can_reopen: bool
    joined_state: ReportState | None


def read_code(written: object) -> object:
    """A code as people write it: small letters, spaces, O for 0, I and L for 1."""
    if not isinstance(written, str):
        return written
    return written.upper().replace(" ", "").replace("-", "").translate(_MISREAD)


def city_of_code(code: str) -> int:
    """The city whose report has the tracking code. Raises NotFound.

    The only look-up across cities for citizens: the code is unguessable and names one row.
    """
    with reading_every_city():
        found = Report.objects.filter(tracking_code=code).values_list("city_id", flat=True).first()
    if found is None:
        raise NotFound("report")
    return found


def report_by_code(city_id: int, code: str) -> Report:
    """The report with its signal, city and agency; inside a transaction of its city."""
    report = (
        Report.objects.select_related(
            "city", "agency", "photo", "duplicate_of", "signal__category", "signal__area"
        )
        .filter(city_id=city_id, tracking_code=code)
        .first()
    )
    if report is None:
        raise NotFound("report")
    return report


def tracked(report: Report) -> TrackedReport:
    """The report as its sender sees it."""
    state, signal = ReportState(report.state), report.signal
    task = _task(report)
    steps = list(report.steps.order_by("id"))
    proof = _proof_step(steps)
    category = signal.category
    return TrackedReport(
        tracking_code=report.tracking_code,
        city_code=report.city.code,
        city_name=report.city.name,
        emergency_number=report.city.emergency_number,
        state=state,
        category=category.code if category else "",
        category_name_id=category.name_id if category else "",
        category_name_en=category.name_en if category else "",
        text=signal.text,
        place_text=signal.place_text,
        area_name=signal.area.name if signal.area else "",
        lat=signal.lat,
        lon=signal.lon,
        received_at=signal.received_at,
        owner=Owner.of(task.agency if task else report.agency),
        clock=_clock(report, state, task),
        steps=[_step(step) for step in steps],
        has_photo=report.photo_id is not None,
        has_proof_photo=proof is not None and proof.photo_id is not None,
        proof_note=proof.note if proof else "",
        can_confirm=REPORT_MACHINE.allows(state, ReportAction.CONFIRM),
        can_reopen=REPORT_MACHINE.allows(state, ReportAction.REOPEN),
        joined_state=ReportState(report.duplicate_of.state) if report.duplicate_of else None,
    )


def proof_photo(report: Report) -> StoredFile | None:
    """The photo with which the report was resolved last."""
    step = _proof_step(list(report.steps.select_related("photo").order_by("id")))
    return step.photo if step else None


def _task(report: Report) -> Task | None:
    """The task that the citizen waits for: the live one due first, else the latest."""
    if report.signal.incident_id is None:
        return None
    tasks = tasks_of_incident(report.city_id, report.signal.incident_id)
    live = [task for task in tasks if task.state in LIVE]
    if live:
        return min(live, key=lambda task: task.due_at)
    return tasks[0] if tasks else None


def _clock(report: Report, state: ReportState, task: Task | None) -> Clock | None:
    if state in WITH_AGENCY and task is not None:
        due_at, basis = task.due_at, task.legal_basis
    elif state in WAITING_FOR_CITY:
        category = report.signal.category
        due_at, basis = report.verify_due_at, category.legal_basis if category else ""
    else:
        return None
    return Clock(answer_until=due_at, overdue=clock.now() > due_at, legal_basis=basis)


def _step(step: ReportStep) -> TrackedStep:
    state = ReportState(step.state)
    if state in BY_REPORTER:
        by = StepBy.REPORTER
    elif state in (ReportState.IN_PROGRESS, ReportState.RESOLVED):
        by = StepBy.AGENCY
    else:
        by = StepBy.CITY
    return TrackedStep(
        state=state, at=step.at, by=by, note=step.note, has_photo=step.photo_id is not None
    )


def _proof_step(steps: list[ReportStep]) -> ReportStep | None:
    """The last time it was resolved; the city cannot show an older proof as the newer one."""
    resolved = [step for step in steps if step.state == ReportState.RESOLVED]
    return resolved[-1] if resolved else None
