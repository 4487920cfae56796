"""The shape in which every measure leaves the package; the page, the API and the CSV share it."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel


class MeasureKey(StrEnum):
    """One question each; the texts stand in the web's catalogues under these keys."""

    RESPONSE = "response"
    CALL_HANDLING = "call_handling"
    TURNOUT = "turnout"
    TRAVEL = "travel"
    ACKNOWLEDGEMENT = "acknowledgement"
    CALLS = "calls"
    FOLLOW_UP = "follow_up"
    CAMERA_AVAILABILITY = "camera_availability"
    ALARM_LOAD = "alarm_load"


class Unit(StrEnum):
    SECONDS = "s"
    SHARE = "share"
    PER_HOUR = "per_hour"
    COUNT = "count"


class SeriesBy(StrEnum):
    """What the points of a series stand for: a day of the city, or an hour of its day (00–23)."""

    DAY = "day"
    HOUR_OF_DAY = "hour_of_day"


class Figure(BaseModel):
    """A figure of the answer. `low` and `high` bound it at 95 %; None where there is no bound.

    `value` is None where nothing was counted.
    """

    key: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: Unit


class Counts(BaseModel):
    """What the answer rests on. `impossible`: stamps that contradict each other, left out;
    `missing`: the chain never reached this step."""

    total: int
    counted: int
    impossible: int = 0
    missing: int = 0


class Point(BaseModel):
    """One point of a plot. `at`: "2026-11-23" or "07"."""

    at: str
    count: int
    values: dict[str, float | None]


class Series(BaseModel):
    """The points of one plot."""

    by: SeriesBy
    points: list[Point]


class Table(BaseModel):
    """A table as it is shown and downloaded. `columns` are keys of texts."""

    columns: list[str]
    rows: list[list[str | int | float | None]]


class Why(StrEnum):
    """Why an incident is worth opening from a figure."""

    SLOWEST = "slowest"
    IMPOSSIBLE = "impossible"
    OVERDUE = "overdue"


class Behind(BaseModel):
    """An incident behind a figure; the page links to it. Holds no personal data.

    `number` is what people call it by; None only until the evaluation has looked it up.
    """

    incident_id: int
    number: int | None = None
    value: float | None
    why: Why


class Measure(BaseModel):
    """A question and its answer: figures, plots, table, and the incidents behind them."""

    key: MeasureKey
    unit: Unit
    figures: list[Figure]
    counts: Counts
    series: list[Series]
    table: Table
    behind: list[Behind]


class Evaluation(BaseModel):
    """All measures of a period and area. `end` is exclusive; both in UTC."""

    start: datetime
    end: datetime
    time_zone: str
    area_id: int | None
    area_name: str
    measures: list[Measure]
