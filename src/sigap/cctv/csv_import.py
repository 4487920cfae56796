"""Takes a table of cameras into the city: all of it or nothing. Called by `cameras_api`."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from sigap.accounts.permissions import Permission, require
from sigap.cctv.actions import CameraForm, fill_camera, tell_node
from sigap.cctv.csv_table import MAX_MISTAKES, Complaint, Mistake, ReadCamera, read_table
from sigap.cctv.events import CameraAdded, CameraChanged, CamerasImported
from sigap.cctv.health import follow_switch
from sigap.cctv.models import Camera, Node
from sigap.cctv.sources import bare_source
from sigap.city.models import City
from sigap.city.queries import city_by_id
from sigap.core.actor import Actor
from sigap.core.refusals import Invalid
from sigap.core.unit_of_work import Work, unit_of_work

_AT_ONCE = 500


class OnExisting(StrEnum):
    """What happens to a row whose name a camera of the city has."""

    REFUSE = "refuse"
    UPDATE = "update"


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """`row` as a spreadsheet numbers it."""

    row: int
    name: str
    outcome: Outcome


@dataclass
class ImportResult:
    """With `complaints` nothing was written. `warnings` stop nothing."""

    rows: list[ImportedRow] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    warnings: list[Complaint] = field(default_factory=list)
    written: bool = False


def import_cameras(
    actor: Actor, data: bytes, *, existing: OnExisting, dry_run: bool
) -> ImportResult:
    """Read, check against the city, and write unless something is wrong or it is a dry run."""
    require(actor, Permission.MANAGE_CAMERAS)
    with unit_of_work(actor) as work:
        table = read_table(data)
        result = ImportResult(complaints=table.complaints)
        plan = _Plan(work.city_id, existing, result)
        for read in table.cameras:
            plan.take(read)
        if not result.complaints and not dry_run:
            plan.write(work)
            result.written = True
        result.complaints = sorted(result.complaints, key=lambda one: one.row)[:MAX_MISTAKES]
        result.warnings = result.warnings[:MAX_MISTAKES]
        return result


class _Plan:
    """The cameras to be, held against those there are."""

    def __init__(self, city_id: int, existing: OnExisting, result: ImportResult) -> None:
        self._city: City = city_by_id(city_id)
        self._existing, self._result = existing, result
        cameras = Camera.objects.select_for_update().filter(city_id=city_id)
        self._known = {camera.name: camera for camera in cameras}
        self._sources = {bare_source(one.source_url): one.name for one in self._known.values()}
        nodes = Node.objects.filter(city_id=city_id, enabled=True).order_by("id")
        self._nodes = {node.name: node for node in nodes}
        self._rows_of_names: dict[str, int] = {}
        self._new: list[Camera] = []
        self._changed: list[Camera] = []
        self._fields: dict[Camera, list[str]] = {}
        self._touched: set[int] = set()

    def take(self, read: ReadCamera) -> None:
        """Check one row; note what is wrong, or what will become of it."""
        name = read.form.name
        known = self._known.get(name)
        before = self._rows_of_names.setdefault(name, read.row)
        if before != read.row:
            self._complain(read, "name", Mistake.NAME_TWICE, str(before))
        elif known is not None and self._existing is OnExisting.REFUSE:
            self._complain(read, "name", Mistake.NAME_TAKEN, name)
        else:
            self._place(read, known)

    def write(self, work: Work) -> None:
        """One statement for many rows: 5,000 cameras are seconds, not minutes."""
        for camera in self._changed:
            follow_switch(camera)
            camera.version += 1
        made = Camera.objects.bulk_create(self._new, batch_size=_AT_ONCE)
        Camera.objects.bulk_update(self._changed, _WRITTEN, batch_size=_AT_ONCE)
        for node_id in sorted(self._touched):
            tell_node(node_id)
        for camera in made:
            work.record(CameraAdded(camera_id=camera.pk, name=camera.name))
        for camera, fields in self._fields.items():
            work.record(CameraChanged(camera_id=camera.pk, fields=fields))
        work.record(CamerasImported(added=len(made), changed=len(self._changed)))

    def _place(self, read: ReadCamera, known: Camera | None) -> None:
        node = self._node(read, known)
        if node is None:
            self._complain(read, "node", Mistake.UNKNOWN_NODE, read.node)
            return
        camera = known or Camera(city_id=self._city.pk)
        before = [getattr(camera, name, None) for name in _DECIDED]
        self._touched |= {node.pk, camera.node_id or node.pk}
        camera.node = node
        try:
            fill_camera(camera, _keeping(read.form, known), self._city)
        except Invalid:
            self._complain(read, "lat", Mistake.OUTSIDE_CITY, self._city.name)
            return
        self._warn_of_same_source(read, camera)
        if known is None:
            self._new.append(camera)
        else:
            self._changed.append(camera)
            now = [getattr(camera, name) for name in _DECIDED]
            pairs = zip(_DECIDED, before, now, strict=True)
            self._fields[camera] = [name for name, old, new in pairs if old != new]
        outcome = Outcome.ADDED if known is None else Outcome.CHANGED
        self._result.rows.append(ImportedRow(read.row, camera.name, outcome))

    def _node(self, read: ReadCamera, known: Camera | None) -> Node | None:
        if read.node:
            return self._nodes.get(read.node)
        return known.node if known is not None else next(iter(self._nodes.values()), None)

    def _warn_of_same_source(self, read: ReadCamera, camera: Camera) -> None:
        source = bare_source(camera.source_url)
        owner = self._sources.setdefault(source, camera.name)
        if owner != camera.name:
            warning = Complaint(read.row, "source_url", Mistake.SAME_SOURCE, owner)
            self._result.warnings.append(warning)

    def _complain(self, read: ReadCamera, column: str, mistake: Mistake, other: str) -> None:
        self._result.complaints.append(Complaint(read.row, column, mistake, other))


def _keeping(form: CameraForm, known: Camera | None) -> CameraForm:
    """An empty cell of a camera that is there keeps its address for steering."""
    if known is None or form.onvif_url:
        return form
    return replace(form, onvif_url=known.onvif_url)


_DECIDED = [
    "node_id",
    "source_url",
    "sub_url",
    "onvif_url",
    "lat",
    "lon",
    "bearing_deg",
    "field_of_view_deg",
    "range_m",
    "purpose",
    "retention_h",
    "analyse",
    "enabled",
    "critical",
    "keep_audio",
]
_WRITTEN = [*_DECIDED, "area_id", "state", "state_since", "state_reason", "version"]
