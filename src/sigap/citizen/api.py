"""The public routes: no account, no cookie. Everything a citizen's page needs."""

from enum import StrEnum
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Path, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from sigap.accounts.routing import Access, operation
from sigap.accounts.routing import once as once_only
from sigap.citizen.counter import counter_of
from sigap.citizen.places import FoundPlace, find_places
from sigap.citizen.sending import Sent, send_report
from sigap.citizen.throttle import count_write
from sigap.citizen.town import (
    CityInfo,
    CityName,
    NearbyReport,
    Where,
    city_names,
    info_of,
    nearby_reports,
    where,
)
from sigap.citizen.tracking import (
    CODE_PATTERN,
    Clock,
    Owner,
    TrackedReport,
    city_of_code,
    proof_photo,
    read_code,
    report_by_code,
    tracked,
)
from sigap.city.queries import city_by_code
from sigap.core.actor import citizen_actor
from sigap.core.geometry import LatLon
from sigap.core.locating import PlaceIn
from sigap.core.photos import photo_path
from sigap.core.refusals import NotFound
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.api import PLAIN_TEXT, photo_bytes
from sigap.followup.feedback import confirm_report, reopen_report

router = Router(tags=["citizen"])

CityCode = Annotated[str, StringConstraints(max_length=32, pattern=r"^[-\w]+$")]
Code = Annotated[str, BeforeValidator(read_code), StringConstraints(pattern=CODE_PATTERN)]


class ReportIn(PlaceIn):
    """A citizen's report; the photo comes beside it."""

    category: Annotated[str, StringConstraints(max_length=48, pattern=r"^[-\w]+$")]
    text: Annotated[str, StringConstraints(max_length=4000, pattern=PLAIN_TEXT)] = ""
    place_text: Annotated[str, StringConstraints(max_length=200, pattern=PLAIN_TEXT)] = ""
    name: Annotated[str, StringConstraints(max_length=80, pattern=PLAIN_TEXT)] = ""
    phone: Annotated[str, StringConstraints(max_length=24, pattern=r"^\+?[0-9 ()-]*$")] = ""


class ReportOut(BaseModel):
    """The key to the report. `emergency_hint`: the words ask for 112; say so at once."""

    tracking_code: str
    emergency_hint: bool
    emergency_number: str
    owner: Owner
    clock: Clock


class ReopenIn(BaseModel):
    """Why it is not fixed."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=PLAIN_TEXT),
    ]


class PlaceQuery(BaseModel):
    """Words of a place, and where the asker looks."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=PLAIN_TEXT)]
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class Photo(StrEnum):
    """Which photo of a report."""

    OWN = "own"
    PROOF = "proof"


@operation(router, "GET", "/public/cities", permission=Access.PUBLIC, response=list[CityName])
def cities(request: HttpRequest) -> list[CityName]:
    """The cities of this deployment."""
    return city_names()


@operation(router, "GET", "/public/{city_code}/info", permission=Access.PUBLIC, response=CityInfo)
def city_info(request: HttpRequest, city_code: Path[CityCode]) -> CityInfo:
    """Name, centre, areas and categories of a city."""
    city = city_by_code(city_code)
    with reading(city.pk):
        return info_of(city)


@operation(
    router,
    "GET",
    "/public/{city_code}/places",
    permission=Access.PUBLIC,
    response=list[FoundPlace],
)
def public_places(
    request: HttpRequest, city_code: Path[CityCode], query: Query[PlaceQuery]
) -> list[FoundPlace]:
    """Places of the gazetteer that match the words."""
    return find_places(city_by_code(city_code), query.q, limit=query.limit)


@operation(router, "GET", "/public/{city_code}/where", permission=Access.PUBLIC, response=Where)
def public_where(request: HttpRequest, city_code: Path[CityCode], point: Query[PlaceIn]) -> Where:
    """Whether a point lies in the city, and in which area."""
    city = city_by_code(city_code)
    with reading(city.pk):
        return where(city, point.point())


@operation(
    router,
    "GET",
    "/public/{city_code}/nearby",
    permission=Access.PUBLIC,
    response=list[NearbyReport],
)
def nearby(
    request: HttpRequest,
    city_code: Path[CityCode],
    lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
) -> list[NearbyReport]:
    """Recent reports with coarse positions."""
    city = city_by_code(city_code)
    around = LatLon(lat, lon) if lat is not None and lon is not None else None
    with reading(city.pk):
        return nearby_reports(city, around)


@operation(
    router,
    "POST",
    "/public/{city_code}/reports",
    permission=Access.PUBLIC,
    response=ReportOut,
)
def send(
    request: HttpRequest,
    city_code: Path[CityCode],
    form: Form[ReportIn],
    photo: Annotated[UploadedFile | None, File()] = None,
) -> ReportOut:
    """Send a report; the answer holds the tracking code."""
    count_write(request)
    counter = counter_of(city_code)
    city = counter.city
    actor = citizen_actor(city.pk)
    sent = Sent(
        category=form.category,
        place=form.point(),
        text=form.text,
        place_text=form.place_text,
        name=form.name,
        phone=form.phone,
        photo=photo_bytes(photo),
    )

    def answer() -> ReportOut:
        accepted = send_report(actor, counter, sent)
        return ReportOut(
            tracking_code=accepted.report.tracking_code,
            emergency_hint=accepted.urgent,
            emergency_number=city.emergency_number,
            owner=Owner.of(accepted.category.agency),
            clock=Clock(
                answer_until=accepted.report.verify_due_at,
                overdue=False,
                legal_basis=accepted.category.legal_basis,
            ),
        )

    with unit_of_work(actor):
        return once_only(request, actor, answer)


@operation(
    router,
    "GET",
    "/public/reports/{code}",
    permission=Access.PUBLIC,
    response=TrackedReport,
)
def track(request: HttpRequest, code: Path[Code]) -> TrackedReport:
    """Where a report stands."""
    city_id = city_of_code(code)
    with reading(city_id):
        return tracked(report_by_code(city_id, code))


@operation(
    router,
    "GET",
    "/public/reports/{code}/photos/{which}",
    permission=Access.PUBLIC,
    response={200: None},
)
def report_photo(request: HttpRequest, code: Path[Code], which: Path[Photo]) -> HttpResponse:
    """The report's own photo, or the photo that shows the repair (JPEG)."""
    city_id = city_of_code(code)
    with reading(city_id):
        report = report_by_code(city_id, code)
        stored = report.photo if which is Photo.OWN else proof_photo(report)
    if stored is None or not photo_path(stored).is_file():
        raise NotFound("photo")
    # At most 2048 px: small enough to send in one piece.
    answer = HttpResponse(photo_path(stored).read_bytes(), content_type=stored.media_type)
    answer["Cache-Control"] = "private, no-store"
    return answer


@operation(
    router,
    "POST",
    "/public/reports/{code}/confirm",
    permission=Access.PUBLIC,
    response=TrackedReport,
)
def confirm(request: HttpRequest, code: Path[Code]) -> TrackedReport:
    """Say that it is fixed."""
    count_write(request)
    city_id = city_of_code(code)
    actor = citizen_actor(city_id)
    with unit_of_work(actor):
        confirm_report(actor, report_by_code(city_id, code).pk)
        return tracked(report_by_code(city_id, code))


@operation(
    router,
    "POST",
    "/public/reports/{code}/reopen",
    permission=Access.PUBLIC,
    response=TrackedReport,
)
def reopen(request: HttpRequest, code: Path[Code], body: ReopenIn) -> TrackedReport:
    """Say that it is not fixed, and why."""
    count_write(request)
    city_id = city_of_code(code)
    actor = citizen_actor(city_id)
    with unit_of_work(actor):
        reopen_report(actor, report_by_code(city_id, code).pk, reason=body.reason)
        return tracked(report_by_code(city_id, code))
