"""The admin: the own city only, on record, no secrets, no way to more power."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from sigap.accounts.models import User
from sigap.cctv.models import Camera, Node, Rule
from sigap.cctv.testing_cameras import make_camera, make_node, make_rule
from sigap.city.models import Agency, Area, Category, City, Station
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading, reading_every_city
from sigap.dispatch.models import Unit
from tests.cast import SUDIRMAN, Cast

MODELS = (City, Area, Agency, Category, Station, Node, Camera, Rule, Unit, User)


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.user(name))
    return client


@pytest.fixture
def hadi(cast: Cast) -> Client:
    return client_of(cast, "hadi")


def page(model: type[Any], what: str = "changelist", *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=arguments)


def text(response: Any) -> str:
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def filled(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """The form at `url` as a browser would send it back, with `changes`."""
    form = client.get(url).context["adminform"].form
    values: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        if value is None or value is False:
            continue
        values[name] = ",".join(value) if name == "required_capabilities" else value
    return values | changes


def last_event(cast: Cast) -> EventRecord:
    with reading(cast.kota.pk):
        return EventRecord.objects.filter(city=cast.kota).latest("seq")


@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens_for_the_administrator(cast: Cast, hadi: Client, model: Any) -> None:
    make_rule(make_camera_of(cast))
    text(hadi.get(page(model)))
    with reading(cast.kota.pk):
        row = model._default_manager.filter(
            **({"pk": cast.kota.pk} if model is City else {"city": cast.kota})
        ).first()
    if row is not None:
        text(hadi.get(page(model, "change", row.pk)))


def make_camera_of(cast: Cast) -> Camera:
    make_node(cast.kota)
    return make_camera(cast.kota, "Gerbang", SUDIRMAN)


@pytest.mark.parametrize("name", ["bima", "sari", "citra", "nusa"])
def test_nobody_else_comes_in(cast: Cast, name: str) -> None:
    answer = client_of(cast, name).get(page(Agency), follow=True)
    assert answer.status_code == 403


def test_who_is_not_logged_in_is_sent_to_the_one_login(cast: Cast) -> None:
    answer = Client().get("/admin/", follow=False)
    assert answer.status_code == 302
    login = Client().get(answer.headers["Location"])
    assert login.headers["Location"] == "/login?next=%2Fadmin%2F"


def test_the_own_city_only(cast: Cast, hadi: Client) -> None:
    with reading(cast.lain.pk):
        foreign = Agency.objects.filter(city=cast.lain).first()
    assert foreign is not None
    answer = hadi.get(page(Agency, "change", foreign.pk))
    assert answer.status_code == 302  # to the index: no such agency
    assert "farah" not in text(hadi.get(page(User)))
    assert cast.lain.name not in text(hadi.get(page(City)))


def test_an_edit_is_on_record_and_raises_the_version(cast: Cast, hadi: Client) -> None:
    url = page(Agency, "change", cast.agency("damkar").pk)
    assert hadi.post(url, filled(hadi, url, phone="113")).status_code == 302
    assert cast.agency("damkar").phone == "113"
    event = last_event(cast)
    assert (event.kind, event.actor_user_id) == ("city.config_changed", cast.user("hadi").pk)
    assert event.payload["fields"] == ["phone"]
    assert City.objects.get(pk=cast.kota.pk).config_version == cast.kota.config_version + 1


def test_a_new_thing_comes_into_the_own_city(cast: Cast, hadi: Client) -> None:
    body = {"code": "basarnas", "name": "Basarnas", "kind": "disaster", "city": cast.lain.pk}
    assert hadi.post(page(Agency, "add"), body).status_code == 302
    assert cast.agency("basarnas").city_id == cast.kota.pk


def test_the_city_itself_and_a_category(cast: Cast, hadi: Client) -> None:
    url = page(City, "change", cast.kota.pk)
    assert hadi.post(url, filled(hadi, url, accept_limit_s=90)).status_code == 302
    city = City.objects.get(pk=cast.kota.pk)
    assert (city.accept_limit_s, city.config_version) == (90, cast.kota.config_version + 1)
    url = page(Category, "change", cast.category("fire").pk)
    assert hadi.post(url, filled(hadi, url, acknowledge_limit_s=45)).status_code == 302
    assert cast.category("fire").acknowledge_limit_s == 45


def test_no_secret_of_cameras_and_nodes_is_shown(cast: Cast, hadi: Client) -> None:
    camera = make_camera_of(cast)
    for url in (page(Camera, "change", camera.pk), page(Node, "change", camera.node_id)):
        shown = text(hadi.get(url))
        assert "geheim" not in shown
        assert camera.node.token_sha256 not in shown
        assert bytes(camera.node.media_key).hex() not in shown


def test_a_camera_changed_here_tells_its_node(cast: Cast, hadi: Client) -> None:
    camera = make_camera_of(cast)
    url = page(Camera, "change", camera.pk)
    body = filled(hadi, url, range_m=120, source_url="")
    assert hadi.post(url, body).status_code == 302
    with reading(cast.kota.pk):
        changed = Camera.objects.select_related("node").get(pk=camera.pk)
    assert (changed.range_m, changed.source_url) == (120, camera.source_url)
    assert changed.node.config_version > camera.node.config_version
    assert last_event(cast).kind == "camera.changed"


def test_a_refusal_is_told_and_changes_nothing(cast: Cast, hadi: Client) -> None:
    camera = make_camera_of(cast)
    url = page(Camera, "change", camera.pk)
    answer = hadi.post(url, filled(hadi, url, lat=60, source_url=""), follow=True)
    assert "lies outside Kota" in text(answer)
    with reading(cast.kota.pk):
        assert Camera.objects.get(pk=camera.pk).lat == camera.lat


def test_a_new_node_shows_its_token_once(cast: Cast, hadi: Client) -> None:
    body = {"name": "node-2", "base_url": "http://127.0.0.1:8091", "enabled": "on"}
    shown = text(hadi.post(page(Node, "add"), body, follow=True))
    assert "SIGAP_NODE_TOKEN=" in shown
    assert "SIGAP_NODE_TOKEN=" not in text(hadi.get(page(Node)))


def test_rules_are_tuned_here(cast: Cast, hadi: Client) -> None:
    rule = make_rule(make_camera_of(cast))
    url = page(Rule, "change", rule.pk)
    assert hadi.post(url, filled(hadi, url, priority=1, min_score=0.6)).status_code == 302
    with reading(cast.kota.pk):
        assert Rule.objects.get(pk=rule.pk).priority == 1


PASSWORD = "kucing-hujan-42"


def account(**changes: Any) -> dict[str, Any]:
    body = {"username": "operator-9", "role": "operator", "usable_password": "true"}
    return body | {"password1": PASSWORD, "password2": PASSWORD} | changes


def test_an_account_of_the_own_city(cast: Cast, hadi: Client) -> None:
    body = account(is_superuser="on", is_staff="on", city=cast.lain.pk)
    assert hadi.post(page(User, "add"), body).status_code == 302
    made = User.objects.get(username="operator-9")
    assert (made.city_id, made.is_superuser, made.is_staff) == (cast.kota.pk, False, False)
    assert made.check_password(PASSWORD)
    assert last_event(cast).kind == "account.created"


def test_no_administrator_makes_a_national_account(cast: Cast, hadi: Client) -> None:
    answer = hadi.post(page(User, "add"), account(role="national_supervisor"))
    assert answer.status_code == 200  # the form again, with the error
    assert not User.objects.filter(username="operator-9").exists()


def test_a_new_password_is_on_record(cast: Cast, hadi: Client) -> None:
    url = reverse("admin:auth_user_password_change", args=[cast.user("bima").pk])
    body = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    assert hadi.post(url, body).status_code == 302
    assert User.objects.get(username="bima").check_password(PASSWORD)
    assert last_event(cast).payload["fields"] == ["password"]
    foreign = reverse("admin:auth_user_password_change", args=[cast.user("farah").pk])
    assert hadi.post(foreign, body).status_code == 404


def test_the_superuser_of_the_deployment_sees_all_cities(cast: Cast) -> None:
    User.objects.create(username="root", is_superuser=True, is_staff=True)
    client = Client()
    client.force_login(User.objects.get(username="root"))
    shown = text(client.get(page(City)))
    assert cast.kota.name in shown
    assert cast.lain.name in shown
    with reading_every_city():
        foreign = Agency.objects.filter(city=cast.lain, code="damkar").get()
    url = page(Agency, "change", foreign.pk)
    assert client.post(url, filled(client, url, phone="113")).status_code == 302
    with reading(cast.lain.pk):
        assert Agency.objects.get(pk=foreign.pk).phone == "113"
