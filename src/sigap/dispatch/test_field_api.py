"""The officer's phone over HTTP: one task, steps that come late and twice, help."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from sigap.core import clock
from sigap.core.tenancy import reading
from sigap.dispatch.conftest import Desk
from sigap.dispatch.models import Assignment, AssignmentStep
from sigap.intake.models import Signal
from tests.cast import Api, data


@pytest.fixture
def task(desk: Desk) -> Assignment:
    assignment = desk.assigned()
    desk.crew("citra", assignment.unit)
    return assignment


def step_body(action: str, **changes: object) -> dict[str, object]:
    now = clock.now()
    return {"action": action, "happened_at": now, "sent_at": now} | changes


def step_path(assignment: Assignment) -> str:
    return f"field/assignments/{assignment.pk}/step"


def test_the_task_and_its_next_step(desk: Desk, task: Assignment) -> None:
    citra = desk.cast.api("citra")
    state = data(citra.get("field/task"))
    assert state["unit"]["call_sign"] == "DAMKAR-01"
    assert state["task"]["place_text"] == "Jl. Raya"
    assert state["task"]["next_step"] == "accept"
    for action, following in (
        ("accept", "depart"),
        ("depart", "arrive"),
        ("arrive", "clear"),
    ):
        state = data(citra.post(step_path(task), step_body(action)))
        assert state["task"]["next_step"] == following
    state = data(citra.post(step_path(task), step_body("clear", note="Api padam")))
    assert state["task"] is None
    assert state["unit"]["status"] == "available"
    assert desk.fresh(task).note == "Api padam"


def test_nothing_to_do(desk: Desk) -> None:
    desk.crew("citra", desk.unit("DAMKAR-01"))
    state = data(desk.cast.api("citra").get("field/task"))
    assert state["task"] is None
    assert set(state["statuses"]) == {"off_duty", "out_of_service", "returning"}


def test_an_officer_without_a_unit_is_told(desk: Desk) -> None:
    assert data(desk.cast.api("citra").get("field/task"), 409)["code"] == "no_unit"


def test_a_step_sent_twice_is_taken_once(desk: Desk, task: Assignment) -> None:
    citra, body = desk.cast.api("citra"), step_body("accept")
    first = data(citra.post(step_path(task), body, Idempotency_Key="a-1"))
    again = data(citra.post(step_path(task), body, Idempotency_Key="a-1"))
    assert again == first
    with reading(task.city_id):
        assert AssignmentStep.objects.filter(assignment=task).count() == 1
    refused = data(citra.post(step_path(task), body), 409)
    assert refused["code"] == "wrong_state"


def test_a_late_step_counts_when_it_happened(desk: Desk, task: Assignment) -> None:
    with clock.frozen_at(clock.now() + timedelta(minutes=10)):
        happened = clock.now() - timedelta(minutes=4)
        body = step_body("accept", happened_at=happened)
        data(desk.cast.api("citra").post(step_path(task), body))
    assert desk.fresh(task).accepted_at == happened


def test_undo_from_the_phone(desk: Desk, task: Assignment) -> None:
    citra = desk.cast.api("citra")
    data(citra.post(step_path(task), step_body("accept")))
    body = {"happened_at": clock.now(), "sent_at": clock.now()}
    state = data(citra.post(f"field/assignments/{task.pk}/undo", body))
    assert state["task"]["next_step"] == "accept"


def test_anothers_task_is_not_found(desk: Desk, task: Assignment) -> None:
    desk.crew("citra", desk.unit("DAMKAR-02"))
    data(desk.cast.api("citra").post(step_path(task), step_body("accept")), 404)


@pytest.mark.parametrize("name", ["ana", "bima", "gita", "hadi", "nusa"])
def test_the_phone_is_the_officers(desk: Desk, name: str) -> None:
    data(desk.cast.api(name).get("field/task"), 403)


def test_nobody_is_logged_in(desk: Desk) -> None:
    data(desk.cast.api().get("field/task"), 401)


def test_positions(desk: Desk, task: Assignment) -> None:
    now = clock.now()
    fixes = [
        {"at": now, "lat": -6.21, "lon": 106.61, "accuracy_m": 6.0},
        {"at": now, "lat": 300.0, "lon": 106.61},
    ]
    answer = data(desk.cast.api("citra").post("field/positions", {"sent_at": now, "fixes": fixes}))
    assert answer == {"kept": 1, "outcomes": ["kept", "not_a_place"]}
    assert desk.fresh(task).unit.lat == -6.21


@pytest.mark.parametrize(
    "change",
    [
        {"happened_at": "0001-01-01T00:00:00+14:00"},
        {"happened_at": "9999-12-31T23:59:59-14:00"},
        {"happened_at": "2026-01-01T00:00:00"},
        {"action": "fly"},
        {"note": "x" * 1001},
    ],
)
def test_nonsense_is_refused(desk: Desk, task: Assignment, change: dict[str, object]) -> None:
    body = step_body("accept") | change
    data(desk.cast.api("citra").post(step_path(task), body), 422)


def test_text_that_no_table_takes_is_unreadable(desk: Desk, task: Assignment) -> None:
    body = step_body("accept") | {"note": "\x00"}
    assert data(desk.cast.api("citra").post(step_path(task), body), 400)["code"] == "unreadable"


def test_the_panic_button(desk: Desk, task: Assignment) -> None:
    citra = desk.cast.api("citra")
    answer = data(citra.post("field/panic", {"lat": -6.25, "lon": 106.7}), 201)
    with reading(task.city_id):
        signal = Signal.objects.get(pk=answer["signal_id"])
    assert (signal.source, signal.priority, signal.lat) == ("panic", 1, -6.25)
    assert "DAMKAR-01" in signal.title
    data(citra.post("field/panic"), 201)


def test_help_is_not_refused_for_its_place(desk: Desk, task: Assignment) -> None:
    citra = desk.cast.api("citra")
    data(citra.post("field/panic", {"lat": 51.5, "lon": 0.0}), 201)


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(buffer, "JPEG")
    return buffer.getvalue()


def test_notes_and_photos_reach_the_timeline(desk: Desk, task: Assignment) -> None:
    citra = desk.cast.api("citra")
    data(citra.post("field/notes", {"text": "Dua lantai, ada orang"}), 201)
    data(citra.upload("field/photos", {"note": "Depan"}, photo=photo()), 201)
    data(citra.upload("field/photos", {}, photo=b"no picture"), 422)
    detail = data(desk.cast.api("bima").get(f"incidents/{task.incident_id}"))
    notes = [e["detail"] for e in detail["timeline"] if e["kind"] == "incident.noted"]
    assert [n["text"] for n in notes] == ["Dua lantai, ada orang", "Depan"]
    assert notes[1]["photo"]


def test_a_note_without_a_task_is_refused(desk: Desk) -> None:
    desk.crew("citra", desk.unit("DAMKAR-01"))
    answer = data(desk.cast.api("citra").post("field/notes", {"text": "Halo"}), 409)
    assert answer["code"] == "no_task"


def test_duty(desk: Desk) -> None:
    desk.crew("citra", desk.unit("DAMKAR-01"))
    citra: Api = desk.cast.api("citra")
    assert data(citra.post("field/status", {"status": "off_duty"}))["unit"]["status"] == "off_duty"
    assert data(citra.post("field/status", {"status": "en_route"}), 409)["code"] == "wrong_state"


@pytest.mark.parametrize("number", [0, 10**12, 10**30])
def test_numbers_of_nothing(desk: Desk, number: int) -> None:
    incident, unit = desk.incident(), desk.unit("DAMKAR-01")
    bima = desk.cast.api("bima")
    data(bima.get(f"units/{unit.pk}/route", incident=number), 404)
    data(bima.get(f"units/{number}/route", incident=incident.pk), 404)
    data(bima.get(f"incidents/{number}/units"), 404)
    data(bima.post(f"incidents/{incident.pk}/assignments", {"unit_id": number}), 404)
    data(bima.post(f"assignments/{number}/accept", {"version": 10**40}), 404)


def test_a_batch_of_rubbish(desk: Desk, task: Assignment) -> None:
    citra, now = desk.cast.api("citra"), clock.now()
    fix = {"at": now, "lat": -6.21, "lon": 106.61}
    rubbish = [
        fix | {"lat": 1e308},
        fix | {"lon": -181},
        fix | {"heading_deg": 1e300},
        fix | {"speed_mps": -5},
    ]
    answer = data(citra.post("field/positions", {"sent_at": now, "fixes": rubbish}))
    kept = ["kept" if o == "kept" else "refused" for o in answer["outcomes"]]
    assert kept == ["refused", "refused", "kept", "refused"]
    data(citra.post("field/positions", {"sent_at": now, "fixes": []}), 422)
    data(citra.post("field/positions", {"sent_at": now, "fixes": [fix] * 501}), 422)
