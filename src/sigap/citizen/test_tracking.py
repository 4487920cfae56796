"""Following a report by its code, and answering "is it fixed?"."""

from datetime import timedelta

from sigap.city.models import Place, PlaceKind
from sigap.city.search_text import stored_text
from sigap.core import clock
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from sigap.followup.actions import GivenProof, resolve_task, start_task
from sigap.followup.testing_stories import deliver, forwarded, fresh_task, photo, promote, report
from sigap.intake.models import Report
from sigap.intake.reports import advance_report, duplicate_report
from sigap.intake.transitions import ReportAction
from tests.cast import SUDIRMAN, Cast, data


def test_the_time_line_shows_owner_clock_and_proof_but_no_staff(cast: Cast) -> None:
    made, task = forwarded(cast)
    dewi = cast.actor("dewi")
    eko = cast.api()
    seen = data(eko.get(f"public/reports/{made.tracking_code.lower()}"))
    assert seen["state"] == "forwarded"
    assert seen["owner"]["name"] == "Dinas Pekerjaan Umum"
    assert seen["clock"]["answer_until"].startswith(task.due_at.strftime("%Y-%m-%dT%H:%M"))
    assert not seen["can_confirm"]
    task = start_task(dewi, task.pk, task.version)
    given = GivenProof(photo=photo(4), reason="Sudah ditambal")
    resolve_task(dewi, task.pk, task.version, given)
    answer = eko.get(f"public/reports/{made.tracking_code}")
    seen = data(answer)
    assert [step["state"] for step in seen["steps"]] == [
        "received", "verified", "forwarded", "in_progress", "resolved",
    ]  # fmt: skip
    assert [step["by"] for step in seen["steps"]] == [
        "reporter", "city", "city", "agency", "agency",
    ]  # fmt: skip
    assert (seen["can_confirm"], seen["can_reopen"], seen["clock"]) == (True, True, None)
    assert seen["proof_note"] == "Sudah ditambal"
    assert b"Dewi" not in answer.content
    assert b"Bima" not in answer.content
    proof = eko.get(f"public/reports/{made.tracking_code}/photos/proof")
    assert proof["Content-Type"] == "image/jpeg"


def test_the_reporter_confirms(cast: Cast) -> None:
    made, task = forwarded(cast)
    resolve_task(cast.actor("dewi"), task.pk, task.version, GivenProof(reason="Selesai"))
    eko = cast.api()
    seen = data(eko.post(f"public/reports/{made.tracking_code}/confirm"))
    assert seen["state"] == "confirmed"
    assert fresh_task(cast, task).incident.state == "closed"
    again = eko.post(f"public/reports/{made.tracking_code}/confirm")
    assert data(again, 409)["code"] == "wrong_state"


def test_the_reporter_reopens_with_a_reason(cast: Cast) -> None:
    made, task = forwarded(cast)
    resolve_task(cast.actor("dewi"), task.pk, task.version, GivenProof(reason="Selesai"))
    eko = cast.api()
    path = f"public/reports/{made.tracking_code}/reopen"
    assert eko.post(path, {"reason": "  "}).status_code == 422
    seen = data(eko.post(path, {"reason": "Masih berlubang"}))
    assert seen["state"] == "reopened"
    assert seen["clock"]["overdue"] is False
    assert fresh_task(cast, task).state == "reopened"


def test_nothing_to_confirm_before_it_is_resolved(cast: Cast) -> None:
    made = report(cast)
    path = f"public/reports/{made.tracking_code}"
    assert data(cast.api().post(f"{path}/confirm"), 409)["code"] == "wrong_state"
    assert cast.api().post(f"{path}/reopen", {"reason": "?"}).status_code == 409


def test_a_late_answer_is_shown_as_late(cast: Cast) -> None:
    made = report(cast)
    with clock.frozen_at(clock.now() + timedelta(days=4)):
        seen = data(cast.api().get(f"public/reports/{made.tracking_code}"))
    assert seen["clock"]["overdue"] is True
    assert seen["owner"]["name"] == "Dinas Pekerjaan Umum"


def test_wrong_codes_are_not_found_or_not_codes(cast: Cast) -> None:
    report(cast)
    eko = cast.api()
    assert eko.get("public/reports/0123456789AB").status_code == 404
    assert eko.get("public/reports/short").status_code == 422
    assert eko.get("public/reports/0123456789AU").status_code == 422


def test_a_duplicate_follows_the_original_without_its_code(cast: Cast) -> None:
    original, _ = forwarded(cast)
    second = report(cast)
    with unit_of_work(cast.actor("bima")):
        duplicate_report(cast.actor("bima"), Report.objects.get(pk=second.pk), original)
    answer = cast.api().get(f"public/reports/{second.tracking_code}")
    seen = data(answer)
    assert (seen["state"], seen["joined_state"]) == ("duplicate", "forwarded")
    assert original.tracking_code.encode() not in answer.content


def test_the_town_is_public_and_coarse(cast: Cast) -> None:
    eko = cast.api()
    with reading(cast.kota.pk):
        Place.objects.create(
            city=cast.kota,
            name="Jalan Sudirman",
            kind=PlaceKind.STREET,
            lat=SUDIRMAN.lat,
            lon=SUDIRMAN.lon,
            source_ref="w1",
            search_text=stored_text(["Jalan Sudirman"], "Barat"),
        )
    assert {city["code"] for city in data(eko.get("public/cities"))} == {"kota", "lain"}
    info = data(eko.get("public/kota/info"))
    assert {area["name"] for area in info["areas"]} == {"Barat", "Timur"}
    codes = {category["code"] for category in info["categories"]}
    assert "road-damage" in codes
    assert "fire" not in codes
    assert data(eko.get("public/kota/where", lat=-6.2, lon=106.6))["area_name"] == "Barat"
    assert data(eko.get("public/kota/places", q="sudirman"))[0]["name"] == "Jalan Sudirman"
    assert data(eko.get("public/lain/places", q="sudirman")) == []
    assert data(eko.get("public/kota/where", lat=1, lon=106.6))["inside"] is False


def test_nearby_reports_hide_words_places_and_rejected_ones(cast: Cast) -> None:
    shown, hidden = report(cast), report(cast)
    with unit_of_work(cast.actor("bima")):
        advance_report(
            cast.actor("bima"), hidden.pk, ReportAction.REJECT, note="Bukan wewenang kota"
        )
    promote(cast, shown)
    deliver(cast.kota)
    answer = cast.api().get("public/kota/nearby", lat=SUDIRMAN.lat, lon=SUDIRMAN.lon)
    (near,) = data(answer)
    assert near["state"] == "forwarded"
    assert near["lat"] == round(SUDIRMAN.lat, 3)
    assert b"berlubang" not in answer.content
    assert shown.tracking_code.encode() not in answer.content
    assert data(cast.api().get("public/kota/nearby", lat=-6.29, lon=106.74)) == []
    assert data(cast.api().get("public/lain/nearby")) == []
    with reading(cast.lain.pk):
        assert not Report.objects.exists()
