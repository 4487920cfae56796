"""Units and incidents for the tests of dispatch. Kota has no road file here: straight lines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from sigap.accounts.models import User
from sigap.core import clock
from sigap.core.geometry import LatLon
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from sigap.dispatch.actions import NewAssignment, assign_unit
from sigap.dispatch.models import Assignment, Unit, UnitKind
from sigap.dispatch.transitions import UnitStatus
from sigap.incidents.actions import NewIncident, open_incident
from sigap.incidents.models import Incident
from tests.cast import SUDIRMAN, Cast


@dataclass
class Desk:
    """The cast at work: makes units and incidents, reads them back."""

    cast: Cast

    def unit(self, call_sign: str, *, agency: str = "damkar", **changes: object) -> Unit:
        """A unit of Kota, free and at Sudirman unless said otherwise."""
        values: dict[str, object] = {
            "city": self.cast.kota,
            "agency": self.cast.agency(agency),
            "call_sign": call_sign,
            "kind": UnitKind.FIRE_ENGINE,
            "capabilities": ["fire", "rescue"],
            "home_lat": SUDIRMAN.lat,
            "home_lon": SUDIRMAN.lon,
            "status": UnitStatus.AVAILABLE.value,
            "status_at": clock.now(),
        }
        with reading(self.cast.kota.pk):
            return Unit.objects.create(**(values | changes))

    def incident(self, category: str = "fire", place: LatLon = SUDIRMAN) -> Incident:
        """An open incident, by Bima."""
        chosen = self.cast.category(category)
        return open_incident(
            self.cast.actor("bima"),
            NewIncident(self.cast.kota, chosen, place, chosen.priority, chosen.name_id, "Jl. Raya"),
        )

    def assigned(self, call_sign: str = "DAMKAR-01", *, by: str = "bima") -> Assignment:
        """A unit on its first incident."""
        new = NewAssignment(self.incident().pk, self.unit(call_sign).pk)
        return assign_unit(self.cast.actor(by), new)

    def crew(self, name: str, unit: Unit) -> None:
        """Put a field officer on `unit`."""
        User.objects.filter(username=name).update(unit_id=unit.pk, agency_id=unit.agency_id)
        self.cast.users[name].refresh_from_db()

    def fresh(self, assignment: Assignment) -> Assignment:
        """As the database has it."""
        with reading(self.cast.kota.pk):
            joined = Assignment.objects.select_related("unit", "incident")
            return joined.get(pk=assignment.pk)

    def kinds(self, *, incident_id: int | None = None) -> list[str]:
        """Kinds of the events of Kota, oldest first."""
        with reading(self.cast.kota.pk):
            events = EventRecord.objects.filter(city=self.cast.kota).order_by("seq")
            if incident_id is not None:
                events = events.filter(incident_id=incident_id)
            return list(events.values_list("kind", flat=True))


@pytest.fixture
def desk(cast: Cast, settings: Settings, tmp_path: Path) -> Desk:
    """In a transaction that is rolled back."""
    settings.TILES = tmp_path / "city"
    return Desk(cast)


@pytest.fixture
def live_desk(live_cast: Cast, settings: Settings, tmp_path: Path) -> Desk:
    """With real commits."""
    settings.TILES = tmp_path / "city"
    return Desk(live_cast)


@pytest.fixture
def moment() -> Callable[[float], datetime]:
    """Moments counted in seconds from a fixed noon."""
    noon = datetime.fromisoformat("2026-03-02T12:00:00+00:00")

    def at(seconds: float) -> datetime:
        return datetime.fromtimestamp(noon.timestamp() + seconds, noon.tzinfo)

    return at
