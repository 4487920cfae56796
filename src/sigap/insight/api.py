"""Routes of the evaluation page and of the pages per area."""

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from sigap.accounts.permissions import Permission
from sigap.accounts.routing import ActorRequest, operation
from sigap.city.models import AreaLevel
from sigap.city.queries import city_by_id
from sigap.core.geometry import Box
from sigap.core.refusals import Invalid
from sigap.insight.areas import AreaMap, AreaPage, area_map, area_page
from sigap.insight.evaluation import evaluate, evaluate_one
from sigap.insight.map import IncidentPoints, incidents_in_box
from sigap.insight.period import Period, period_of
from sigap.insight.shapes import Evaluation, MeasureKey
from sigap.insight.spreadsheet import Sheet, as_csv

router = Router(tags=["insight"])

AreaId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class PeriodQuery(BaseModel):
    """Whole days of the city, both included; by default the last 28. `area`: an area's id."""

    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    area: AreaId | None = None


class SheetQuery(PeriodQuery):
    """Which measure, and which part of it."""

    measure: MeasureKey
    sheet: Sheet = Sheet.TABLE


class LevelQuery(BaseModel):
    """Which level of areas; none: the finest that the city has."""

    level: AreaLevel | None = None


class BoxQuery(BaseModel):
    """A box of the map in degrees; open incidents only, unless `closed` is asked for too."""

    south: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]
    closed: bool = False


@operation(router, "GET", "/evaluation", permission=Permission.VIEW_EVALUATION, response=Evaluation)
def evaluation(request: ActorRequest, query: Query[PeriodQuery]) -> Evaluation:
    """All measures of a period and area."""
    return evaluate(_period(request, query))


@operation(
    router,
    "GET",
    "/evaluation.csv",
    permission=Permission.EXPORT_EVALUATION,
    response={200: None},
)
def evaluation_csv(request: ActorRequest, query: Query[SheetQuery]) -> HttpResponse:
    """One measure as CSV, as it is shown."""
    period = _period(request, query)
    text = as_csv(evaluate_one(period, query.measure), query.sheet)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    days = f"{period.start:%Y%m%d}-{period.end:%Y%m%d}"
    name = f"sigap-{period.city.code}-{query.measure.value}-{query.sheet.value}-{days}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@operation(router, "GET", "/areas", permission=Permission.VIEW_AREAS, response=AreaMap)
def areas(request: ActorRequest, query: Query[LevelQuery]) -> AreaMap:
    """The areas of the city as GeoJSON, with open counts."""
    return area_map(request.actor.city, query.level)


@operation(
    router,
    "GET",
    "/areas/{int:area_id}",
    permission=Permission.VIEW_AREAS,
    response=AreaPage,
)
def area(request: ActorRequest, area_id: int) -> AreaPage:
    """One area as it is now."""
    return area_page(request.actor.city, area_id)


@operation(
    router,
    "GET",
    "/map/incidents",
    permission=Permission.VIEW_INCIDENTS,
    response=IncidentPoints,
)
def map_incidents(request: ActorRequest, query: Query[BoxQuery]) -> IncidentPoints:
    """The incidents in a box of the map, as points."""
    if query.south > query.north or query.west > query.east:
        raise Invalid("bad_box", "South must not exceed north, nor west east.", field="south")
    box = Box(query.south, query.west, query.north, query.east)
    return incidents_in_box(request.actor, box, closed_too=query.closed)


def _period(request: ActorRequest, query: PeriodQuery) -> Period:
    city = city_by_id(request.actor.city)
    return period_of(city, first=query.first, last=query.last, area_id=query.area)
