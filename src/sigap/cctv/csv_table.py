"""A table of cameras as a CSV file: read into forms, each mistake told by its row and column.

Used by `csv_import`. Commas, semicolons, tabs or bars; UTF-8, UTF-16 with a mark, or
Windows-1252; decimal points or commas; a spreadsheet's line `sep=;` before the heading.
"""

import codecs
import csv
import io
from dataclasses import dataclass, field
from enum import StrEnum

from sigap.cctv.actions import CameraForm
from sigap.cctv.models import CameraPurpose
from sigap.cctv.sources import checked_source
from sigap.core.geometry import LatLon
from sigap.core.refusals import Invalid

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5000
MAX_MISTAKES = 200


class Mistake(StrEnum):
    """What is wrong with a cell, or with the table (row 0)."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    YES_OR_NO = "yes_or_no"
    UNKNOWN_PURPOSE = "unknown_purpose"
    BAD_SOURCE = "bad_source"
    BAD_ADDRESS = "bad_address"
    OUTSIDE_CITY = "outside_city"
    UNKNOWN_NODE = "unknown_node"
    NAME_TWICE = "name_twice"
    NAME_TAKEN = "name_taken"
    SAME_SOURCE = "same_source"
    NOT_SEPARATED = "not_separated"
    COLUMN_MISSING = "column_missing"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_TWICE = "column_twice"
    TOO_MANY_CELLS = "too_many_cells"
    NO_ROWS = "no_rows"
    TOO_MANY_ROWS = "too_many_rows"
    NO_TABLE = "no_table"


@dataclass(frozen=True, slots=True)
class Complaint:
    """`row` as a spreadsheet numbers it: the heading is 1. `other`: what it collides with."""

    row: int
    column: str
    mistake: Mistake
    other: str = ""


@dataclass(frozen=True, slots=True)
class ReadCamera:
    """A row that could be read. `node` is a name, empty for the city's first."""

    row: int
    form: CameraForm
    node: str


@dataclass
class Table:
    """What the file holds. With any complaint nothing of it may be written."""

    cameras: list[ReadCamera] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)


# In the order of the template; the second name is what people here write.
COLUMNS = {
    "name": "nama",
    "source_url": "alamat",
    "lat": "lintang",
    "lon": "bujur",
    "bearing_deg": "arah",
    "field_of_view_deg": "sudut",
    "range_m": "jarak",
    "purpose": "tujuan",
    "retention_h": "simpan_jam",
    "sub_url": "alamat_kecil",
    "onvif_url": "onvif",
    "node": "simpul",
    "analyse": "analisis",
    "critical": "kritis",
    "keep_audio": "suara",
    "enabled": "aktif",
}
NEEDED = ("name", "source_url", "lat", "lon")
_BY_NAME = {name: own for own, alias in COLUMNS.items() for name in (own, alias)}
_PURPOSES = {
    **{purpose.value: purpose for purpose in CameraPurpose},
    "keamanan": CameraPurpose.SECURITY,
    "lalu lintas": CameraPurpose.TRAFFIC,
    "bencana": CameraPurpose.DISASTER,
}
_YES = frozenset({"1", "y", "yes", "true", "ya"})
_NO = frozenset({"0", "n", "no", "false", "tidak"})


def read_table(data: bytes) -> Table:
    """The cameras of a file and what is wrong with it. Never raises."""
    table = Table()
    text = _decoded(data)
    if len(data) > MAX_BYTES or text is None:
        table.complaints.append(Complaint(0, "", Mistake.NO_TABLE))
        return table
    skipped = 1 if text.lower().startswith("sep=") else 0
    text = text.partition("\n")[2] if skipped else text
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error:
        table.complaints.append(Complaint(0, "", Mistake.NO_TABLE))
        return table
    filled = [(at, row) for at, row in enumerate(rows[1:], skipped + 2) if any(map(str.strip, row))]
    if not filled:
        table.complaints.append(Complaint(0, "", Mistake.NO_ROWS))
    heading = _heading(skipped + 1, rows[0], table) if rows else []
    if len(filled) > MAX_ROWS:
        table.complaints.append(Complaint(0, "", Mistake.TOO_MANY_ROWS, str(MAX_ROWS)))
    if not table.complaints:
        for at, row in filled:
            _read_row(at, row, heading, table)
    return table


def _decoded(data: bytes) -> str | None:
    """UTF-8 with or without a mark, UTF-16 with one, else Windows-1252; None: it is no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(";,\t|", key=first.count)


def _heading(at: int, cells: list[str], table: Table) -> list[str]:
    """The columns by our names. `at`: the row of the heading."""
    names: list[str] = []
    if len(cells) == 1 and cells[0].strip().lower() not in _BY_NAME:
        table.complaints.append(Complaint(at, "", Mistake.NOT_SEPARATED))
        return names
    for cell in cells:
        word = cell.strip().lower()
        name = _BY_NAME.get(word, "")
        if word and not name:
            table.complaints.append(Complaint(at, word[:40], Mistake.COLUMN_UNKNOWN))
        elif name and name in names:
            table.complaints.append(Complaint(at, name, Mistake.COLUMN_TWICE))
        names.append(name)
    missing = [name for name in NEEDED if name not in names]
    table.complaints += [Complaint(at, name, Mistake.COLUMN_MISSING) for name in missing]
    return names


class _Row:
    """One row under reading. Every `take` returns something usable and notes what was wrong."""

    def __init__(self, at: int, cells: dict[str, str], table: Table) -> None:
        self._at, self._cells, self._table = at, cells, table

    def complain(self, column: str, mistake: Mistake) -> None:
        self._table.complaints.append(Complaint(self._at, column, mistake))

    def text(self, column: str, longest: int) -> str:
        value = self._cells.get(column, "")
        if not value and column in NEEDED:
            self.complain(column, Mistake.EMPTY)
        if len(value) > longest:
            self.complain(column, Mistake.TOO_LONG)
        return value

    def number(self, column: str, low: float, high: float, default: float) -> float:
        value = self._cells.get(column, "")
        if not value:
            if column in NEEDED:
                self.complain(column, Mistake.EMPTY)
            return default
        try:
            number = float(value.replace(",", "."))
        except ValueError:
            self.complain(column, Mistake.NOT_A_NUMBER)
            return default
        if not low <= number <= high:
            self.complain(column, Mistake.OUT_OF_RANGE)
            return default
        return number

    def flag(self, column: str, *, default: bool) -> bool:
        value = self._cells.get(column, "").lower()
        if value in _YES or value in _NO:
            return value in _YES
        if value:
            self.complain(column, Mistake.YES_OR_NO)
        return default

    def purpose(self) -> CameraPurpose:
        value = self._cells.get("purpose", "").lower().replace("_", " ")
        if value and value not in _PURPOSES:
            self.complain("purpose", Mistake.UNKNOWN_PURPOSE)
        return _PURPOSES.get(value, CameraPurpose.SECURITY)

    def source(self, column: str) -> str:
        value = self.text(column, 500)
        if value:
            try:
                return checked_source(value)
            except Invalid:
                self.complain(column, Mistake.BAD_SOURCE)
        return ""

    def onvif(self) -> str:
        value = self.text("onvif_url", 200)
        if value and (not value.startswith(("http://", "https://")) or " " in value):
            self.complain("onvif_url", Mistake.BAD_ADDRESS)
        return value


def _read_row(at: int, cells: list[str], heading: list[str], table: Table) -> None:
    if any(cell.strip() for cell in cells[len(heading) :]):
        table.complaints.append(Complaint(at, "", Mistake.TOO_MANY_CELLS))
        return
    named = {name: cell.strip() for name, cell in zip(heading, cells, strict=False) if name}
    row = _Row(at, named, table)
    before = len(table.complaints)
    form = _form(row, named)
    node = row.text("node", 80)
    if len(table.complaints) == before:
        table.cameras.append(ReadCamera(at, form, node))


def _form(row: _Row, named: dict[str, str]) -> CameraForm:
    kept_h = round(row.number("retention_h", 1, 24 * 366, 0))
    return CameraForm(
        name=row.text("name", 120),
        source_url=row.source("source_url"),
        place=LatLon(row.number("lat", -90, 90, 0), row.number("lon", -180, 180, 0)),
        bearing_deg=row.number("bearing_deg", 0, 360, 0),
        field_of_view_deg=row.number("field_of_view_deg", 5, 360, 70),
        range_m=row.number("range_m", 1, 5000, 60),
        purpose=row.purpose(),
        analyse=row.flag("analyse", default=True),
        enabled=row.flag("enabled", default=True),
        # None: as long as the policy of its purpose says.
        retention_h=kept_h if named.get("retention_h") else None,
        sub_url=row.source("sub_url"),
        onvif_url=row.onvif(),
        critical=row.flag("critical", default=False),
        keep_audio=row.flag("keep_audio", default=False),
    )
