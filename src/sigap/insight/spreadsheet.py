"""A measure as CSV: its table, or the points of one of its plots, as they are shown."""

import csv
import io
from enum import StrEnum

from sigap.insight.shapes import Measure, SeriesBy

# A cell that begins like a formula is one to a spreadsheet; names come from imported data.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Sheet(StrEnum):
    """Which part of the measure."""

    TABLE = "table"
    DAY = "day"
    HOUR_OF_DAY = "hour_of_day"


def as_csv(measure: Measure, sheet: Sheet) -> str:
    """The part as CSV (RFC 4180) with a line of column keys."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_columns(measure, sheet))
    for row in _rows(measure, sheet):
        writer.writerow([_cell(value) for value in row])
    return buffer.getvalue()


def _columns(measure: Measure, sheet: Sheet) -> list[str]:
    if sheet is Sheet.TABLE:
        return measure.table.columns
    return [sheet.value, "count", *_keys(measure, sheet)]


def _rows(measure: Measure, sheet: Sheet) -> list[list[str | int | float | None]]:
    if sheet is Sheet.TABLE:
        return measure.table.rows
    keys = _keys(measure, sheet)
    return [
        [point.at, point.count, *(point.values.get(key) for key in keys)]
        for series in measure.series
        if series.by == SeriesBy(sheet.value)
        for point in series.points
    ]


def _keys(measure: Measure, sheet: Sheet) -> list[str]:
    """All keys of the plot's points, in the order in which they appear."""
    return list(
        dict.fromkeys(
            key
            for series in measure.series
            if series.by == SeriesBy(sheet.value)
            for point in series.points
            for key in point.values
        )
    )


def _cell(value: str | float | None) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value
