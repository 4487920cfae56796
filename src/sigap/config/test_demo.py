"""The demo's data: complete, the same after a second start, and it goes along to another city."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from sigap.accounts.models import User
from sigap.cctv.models import Camera, Node, Rule, RuleKind
from sigap.cctv.shapes import checked_points, checked_zone
from sigap.config.demo import seed
from sigap.config.demo_views import view_of
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading_every_city
from sigap.dispatch.models import Unit
from sigap.runtime.demo_request import DemoCamera, DemoRequest

EXTRACTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "city"
FILMS = ("plaza", "plaza-east", "plaza-west")

pytestmark = pytest.mark.skipif(not EXTRACTS.exists(), reason="needs ../shared")


@pytest.fixture
def request_file(tmp_path: Path, settings: Settings) -> DemoRequest:
    settings.TILES = tmp_path / "city"
    return DemoRequest(
        extract=str(EXTRACTS / "helsinki.osm.pbf"),
        areas="",
        city_code="helsinki",
        city_name="Helsinki",
        time_zone="Europe/Helsinki",
        cameras=tuple(DemoCamera(name, f"rtsp://127.0.0.1:8554/{name}") for name in FILMS),
        node_token="n" * 40,
        accounts_file=str(tmp_path / "accounts.json"),
    )


def rows() -> dict[str, int]:
    with reading_every_city():
        tables = (Camera, Rule, Node, Unit, User, EventRecord)
        return {table.__name__: table._default_manager.count() for table in tables}


@pytest.mark.slow
def test_a_second_start_finds_everything(db: None, request_file: DemoRequest) -> None:
    first = seed(request_file)
    made = rows()
    assert (made["Camera"], made["Rule"], made["Node"]) == (3, 6, 1)
    assert Path(request_file.accounts_file).stat().st_mode & 0o777 == 0o600
    again = seed(request_file)
    assert again == first
    assert rows() == made
    with reading_every_city():
        camera = Camera.objects.get(source_url="rtsp://127.0.0.1:8554/plaza")
        officers = User.objects.filter(role="field_officer", city=camera.city)
        crews = Unit.objects.filter(pk__in=officers.values("unit_id"))
        agencies = set(crews.values_list("agency__code", flat=True))
    assert camera.area_id is not None
    assert agencies == {"satpol-pp", "polres", "damkar", "psc119"}
    passwords = {account.username: account.password for account in first}
    assert all(officer.check_password(passwords[officer.username]) for officer in officers)
    # A lost file gives new passwords, for nobody knows the old ones.
    Path(request_file.accounts_file).unlink()
    for account in seed(request_file):
        user = User.objects.get(username=account.username)
        assert account.password != passwords[account.username]
        assert user.check_password(account.password)


def test_what_is_drawn_can_be_drawn() -> None:
    for film in (*FILMS, "anything"):
        view = view_of(film)
        checked_zone(view.zone)
        checked_points(RuleKind.LINE, view.line)
