"""The routes of tasks, as the people of the agency use them."""

import pytest

from sigap.followup.testing_stories import forwarded, photo, promote, report
from tests.cast import Cast, data


def test_the_agency_head_resolves_over_the_api_with_a_photo(cast: Cast) -> None:
    _, task = forwarded(cast)
    dewi = cast.api("dewi")
    listed = data(dewi.get("tasks", live=True))
    assert [row["id"] for row in listed["items"]] == [task.pk]
    detail = data(dewi.post(f"tasks/{task.pk}/start", {"version": task.version}))
    assert detail["state"] == "in_progress"
    fields = {"version": detail["version"], "lat": "-6.2", "lon": "106.6"}
    done = data(dewi.upload(f"tasks/{task.pk}/resolve", fields, photo=photo(3)))
    assert done["state"] == "resolved"
    assert done["proofs"][0]["photo"]
    assert done["proofs"][0]["flags"] == []
    assert done["report"]["text"] == "Jalan berlubang"
    assert "send_back" in done["actions"]
    again = dewi.upload(f"tasks/{task.pk}/resolve", fields, photo=photo(3))
    assert data(again, 409)["code"] == "stale_version"


def test_lists_are_narrowed_and_paged(cast: Cast) -> None:
    made = [forwarded(cast)[1].pk for _ in range(3)]
    forwarded(cast, "waste")
    dewi, sari = cast.api("dewi"), cast.api("sari")
    first = data(dewi.get("tasks", limit=2))
    assert [row["id"] for row in first["items"]] == [made[2], made[1]]
    rest = data(dewi.get("tasks", limit=2, before=first["next_before"]))
    assert [row["id"] for row in rest["items"]] == [made[0]]
    assert rest["next_before"] is None
    assert len(data(sari.get("tasks"))["items"]) == 4
    assert data(sari.get("tasks", overdue=True))["items"] == []
    assert data(sari.get("tasks", state="resolved"))["items"] == []


def test_an_operator_forwards_to_any_agency(cast: Cast) -> None:
    incident_id = promote(cast, report(cast))
    body = {"agency_id": cast.agency("damkar").pk, "note": "Tolong dibersihkan"}
    made = data(cast.api("bima").post(f"incidents/{incident_id}/tasks", body))
    assert made["agency_name"] == "Dinas Pemadam Kebakaran"
    assert data(cast.api("gita").get(f"tasks/{made['id']}"))["instructions"] == body["note"]
    assert cast.api("dewi").get(f"tasks/{made['id']}").status_code == 404


def test_outsiders_get_nothing(cast: Cast) -> None:
    _, task = forwarded(cast)
    assert cast.api().get("tasks").status_code == 401
    assert cast.api("farah").get(f"tasks/{task.pk}").status_code == 404
    assert cast.api("nusa").get("tasks").status_code == 403
    assert cast.api("citra").get("tasks").status_code == 403
    body = {"version": task.version}
    assert cast.api("farah").post(f"tasks/{task.pk}/accept", body).status_code == 403
    assert cast.api("gita").post(f"tasks/{task.pk}/accept", body).status_code == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"version": 1}, "proof_needed"),
        ({"version": 1, "reason": "x", "lat": "1"}, "half_a_place"),
        ({"version": 1, "reason": "x\x07"}, "invalid"),
        ({"version": 1, "reason": "x" * 2001}, "invalid"),
        ({"reason": "x"}, "invalid"),
    ],
)
def test_bad_proofs_are_refused_clearly(cast: Cast, fields: dict[str, object], code: str) -> None:
    _, task = forwarded(cast)
    answer = data(cast.api("dewi").upload(f"tasks/{task.pk}/resolve", fields), 422)
    assert answer["code"] == code


def test_a_broken_photo_is_refused_and_nothing_changes(cast: Cast) -> None:
    _, task = forwarded(cast)
    dewi = cast.api("dewi")
    fields = {"version": task.version}
    answer = dewi.upload(f"tasks/{task.pk}/resolve", fields, photo=b"not a photo")
    assert data(answer, 422)["code"] == "photo_unreadable"
    assert data(dewi.get(f"tasks/{task.pk}"))["state"] == "forwarded"
