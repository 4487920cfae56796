"""Incidents: promote, link, note, close with proof, reopen; scopes; two at once."""

import io
import threading
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from sigap.core import clock
from sigap.core.actor import system_actor
from sigap.core.refusals import Conflict
from sigap.core.tenancy import reading
from sigap.incidents.actions import involve
from sigap.incidents.ending import begin_incident, closing_guards, resolve_incident
from sigap.incidents.models import Incident
from sigap.incidents.transitions import INCIDENT_MACHINE, IncidentAction, IncidentState
from sigap.intake.actions import NewSignal, receive_signal
from sigap.intake.models import Signal, SignalSource
from tests.cast import SUDIRMAN, Cast, data

PLACE = {"lat": SUDIRMAN.lat, "lon": SUDIRMAN.lon}


def signal(cast: Cast, category: str = "fire", **changes: Any) -> Signal:
    new: dict[str, Any] = {
        "city": cast.kota,
        "source": SignalSource.CALL,
        "title": "Kebakaran",
        "observed_at": clock.now(),
        "category": cast.category(category),
        "place": SUDIRMAN,
    }
    return receive_signal(system_actor("test", city_id=cast.kota.pk), NewSignal(**(new | changes)))


def incident(cast: Cast, category: str = "fire") -> dict[str, Any]:
    opened = cast.api("bima").post("incidents", {"category": category, "place": PLACE})
    return dict(data(opened, 201))


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(buffer, "JPEG")
    return buffer.getvalue()


def test_promoting_takes_over_place_priority_and_the_first_clock(cast: Cast) -> None:
    source = signal(cast)
    made = data(cast.api("bima").post(f"signals/{source.pk}/promote", {"version": 1}), 201)
    assert (made["priority"], made["area_name"], made["state"]) == (1, "Barat", "open")
    with reading(cast.kota.pk):
        assert Incident.objects.get(pk=made["id"]).received_at == source.received_at
        assert Signal.objects.get(pk=source.pk).state == "linked"


def test_promoting_without_a_place_asks_for_it(cast: Cast) -> None:
    source = signal(cast, place=None)
    bima = cast.api("bima")
    refused = data(bima.post(f"signals/{source.pk}/promote", {"version": 1}), 422)
    assert refused["detail"]["fields"] == ["place"]
    data(bima.post(f"signals/{source.pk}/promote", {"version": 1, "place": PLACE}), 201)


def test_near_and_recent_incidents_are_proposed(cast: Cast) -> None:
    near = incident(cast)
    other_kind = incident(cast, "crime")
    far = {"lat": SUDIRMAN.lat + 0.05, "lon": SUDIRMAN.lon}
    data(cast.api("bima").post("incidents", {"category": "fire", "place": far}), 201)
    found = data(cast.api("bima").get(f"signals/{signal(cast).pk}/proposals"))
    assert [n["incident"]["id"] for n in found] == [near["id"], other_kind["id"]]


def test_linking_and_taking_out_again(cast: Cast) -> None:
    opened, source, bima = incident(cast), signal(cast), cast.api("bima")
    body = {"version": 1, "incident_id": opened["id"]}
    assert data(bima.post(f"signals/{source.pk}/link", body))["state"] == "linked"
    page = data(bima.get(f"incidents/{opened['id']}"))
    assert [s["id"] for s in page["signals"]] == [source.pk]
    assert "incident.signal_linked" in [entry["kind"] for entry in page["timeline"]]
    row = data(bima.post(f"signals/{source.pk}/unlink", {"version": 2}))
    assert (row["state"], row["incident_id"]) == ("acknowledged", None)


def test_closing_needs_a_photo_or_a_written_reason(cast: Cast) -> None:
    opened, bima = incident(cast), cast.api("bima")
    body: dict[str, Any] = {"version": 1, "disposition": "handled"}
    assert data(bima.post(f"incidents/{opened['id']}/close", body), 422)["code"] == "proof_needed"
    kept = data(bima.upload("photos", {}, photo=photo()), 201)
    closed = data(bima.post(f"incidents/{opened['id']}/close", body | {"photo": kept["id"]}))
    assert closed["state"] == "closed"
    assert bima.get(f"photos/{kept['id']}")["Content-Type"] == "image/jpeg"


def test_the_second_operator_is_told(cast: Cast) -> None:
    opened = incident(cast)
    body = {"version": 1, "disposition": "handled", "note": "selesai"}
    data(cast.api("bima").post(f"incidents/{opened['id']}/close", body))
    refused = data(cast.api("bayu").post(f"incidents/{opened['id']}/close", body), 409)
    assert refused["code"] == "stale_version"


def test_reopening_says_why(cast: Cast) -> None:
    opened, bima = incident(cast), cast.api("bima")
    body = {"version": 1, "disposition": "handled", "note": "selesai"}
    data(bima.post(f"incidents/{opened['id']}/close", body))
    data(bima.post(f"incidents/{opened['id']}/reopen", {"version": 2, "reason": ""}), 422)
    again = data(
        bima.post(f"incidents/{opened['id']}/reopen", {"version": 2, "reason": "menyala lagi"})
    )
    assert (again["state"], again["disposition"]) == ("open", "")


def test_a_guard_can_hold_the_closing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Incident) -> None:
        raise Conflict("busy", "Units are still there.")

    monkeypatch.setattr("sigap.incidents.ending.closing_guards", [*closing_guards, refuse])
    opened = incident(cast)
    body = {"version": 1, "disposition": "handled", "note": "selesai"}
    assert data(cast.api("bima").post(f"incidents/{opened['id']}/close", body), 409)["code"] == (
        "busy"
    )


def test_notes_and_corrections_stand_in_the_timeline(cast: Cast) -> None:
    opened, bima = incident(cast), cast.api("bima")
    data(bima.post(f"incidents/{opened['id']}/notes", {"text": "dua orang di atap"}), 201)
    data(bima.post(f"incidents/{opened['id']}/notes", {"text": "  "}), 422)
    edit = {"version": 1, "priority": 2, "place_text": "Gang Kelinci"}
    assert data(bima.patch(f"incidents/{opened['id']}", edit))["priority"] == 2
    page = data(bima.get(f"incidents/{opened['id']}"))
    kinds = [entry["kind"] for entry in page["timeline"]]
    assert kinds == ["incident.opened", "incident.noted", "incident.edited"]
    assert page["timeline"][2]["detail"]["changes"]["priority"] == ["1", "2"]
    assert page["people"][0]["label"] == "Bima"


def test_an_agency_sees_what_it_takes_part_in(cast: Cast) -> None:
    own, other = incident(cast, "fire"), incident(cast, "crime")
    gita = cast.api("gita")
    assert [row["id"] for row in data(gita.get("incidents"))["items"]] == [own["id"]]
    data(gita.get(f"incidents/{other['id']}"), 404)
    actor = system_actor("test", city_id=cast.kota.pk)
    involve(actor, other["id"], agency_id=cast.agency("damkar").pk)
    data(gita.get(f"incidents/{other['id']}"))


def test_another_city_sees_nothing(cast: Cast) -> None:
    opened, farah = incident(cast), cast.api("farah")
    assert data(farah.get("incidents"))["items"] == []
    data(farah.get(f"incidents/{opened['id']}"), 404)
    data(farah.post(f"incidents/{opened['id']}/notes", {"text": "halo"}), 404)


def test_search_and_pages(cast: Cast) -> None:
    opened = [incident(cast) for _ in range(3)]
    bima = cast.api("bima")
    first = data(bima.get("incidents", limit=2))
    assert [row["id"] for row in first["items"]] == [opened[2]["id"], opened[1]["id"]]
    rest = data(bima.get("incidents", limit=2, before=first["next_before"]))
    assert [row["id"] for row in rest["items"]] == [opened[0]["id"]]
    found = data(bima.get("incidents", text=f"#{opened[1]['number']}"))["items"]
    assert [row["id"] for row in found] == [opened[1]["id"]]


@pytest.mark.parametrize("state", list(IncidentState))
@pytest.mark.parametrize("action", list(IncidentAction))
def test_every_pair_of_state_and_action(
    cast: Cast, state: IncidentState, action: IncidentAction
) -> None:
    opened = incident(cast)
    key = opened["id"]
    with reading(cast.kota.pk):
        Incident.objects.filter(pk=key).update(state=state)
    allowed = INCIDENT_MACHINE.allows(state, action)
    system, bima = system_actor("test", city_id=cast.kota.pk), cast.api("bima")
    if action is IncidentAction.BEGIN:
        assert (begin_incident(system, key).state == "in_progress") is (
            allowed or state is IncidentState.IN_PROGRESS
        )
    elif action is IncidentAction.RESOLVE:
        assert (resolve_incident(system, key).state == "resolved") is (
            allowed or state is IncidentState.RESOLVED
        )
    else:
        name = {"close": "close", "reopen": "reopen"}[action.value]
        body = {"version": 1, "disposition": "handled", "note": "x", "reason": "x"}
        status = bima.post(f"incidents/{key}/{name}", body).status_code
        assert status == (200 if allowed else 409)


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_the_same_moment(live_cast: Cast) -> None:
    source = signal(live_cast)
    statuses: list[int] = []
    start = threading.Barrier(2)

    def promote(name: str) -> None:
        api = live_cast.api(name)
        start.wait(timeout=5)
        try:
            answer = api.post(f"signals/{source.pk}/promote", {"version": 1})
            statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=promote, args=(name,)) for name in ("bima", "bayu")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(statuses) == [201, 409]
    with reading(live_cast.kota.pk):
        assert Incident.objects.count() == 1


def test_nothing_can_be_closed_by_call_takers(cast: Cast) -> None:
    opened = incident(cast)
    body = {"version": 1, "disposition": "handled", "note": "x"}
    data(cast.api("ana").post(f"incidents/{opened['id']}/close", body), 403)
