"""The audit page: who may read it, its filters, and that tampering shows."""

from datetime import timedelta

from django.db import connection

from sigap.cctv.events import CameraAdded, VideoViewed
from sigap.core import clock
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from tests.cast import Cast, data


def look(cast: Cast, who: str = "bima", count: int = 1) -> None:
    with unit_of_work(cast.actor(who)) as work:
        for number in range(count):
            work.record(VideoViewed(camera_id=number, what="live", purpose="patrol"))


def test_only_those_who_watch_the_watchers_read_it(cast: Cast) -> None:
    for who, status in {"bima": 403, "putu": 403, "citra": 403, "sari": 200, "hadi": 200}.items():
        assert cast.api(who).get("audit").status_code == status
        assert cast.api(who).get("audit/verify").status_code == status


def test_the_log_filtered_and_paged(cast: Cast) -> None:
    look(cast, "bima", 3)
    look(cast, "bayu")
    with unit_of_work(cast.actor("sari")) as work:
        work.record(CameraAdded(camera_id=1, name="Gerbang"))
    sari = cast.api("sari")
    assert len(data(sari.get("audit", kind="video.viewed"))["items"]) == 4
    assert len(data(sari.get("audit", kind="video."))["items"]) == 4
    assert len(data(sari.get("audit", actor_user_id=cast.user("bayu").pk))["items"]) == 1
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    assert data(sari.get("audit", **{"from": tomorrow}))["items"] == []
    first = data(sari.get("audit", limit=2))
    second = data(sari.get("audit", limit=2, before=first["next_before"]))
    seqs = [row["seq"] for row in first["items"] + second["items"]]
    assert seqs == sorted(seqs, reverse=True)
    assert len(set(seqs)) == 4
    assert "camera.added" in data(sari.get("audit/kinds"))


def test_another_city_is_another_log(cast: Cast) -> None:
    look(cast, "farah")
    assert data(cast.api("sari").get("audit", kind="video.viewed"))["items"] == []


def test_tampering_shows(cast: Cast) -> None:
    look(cast, count=3)
    sari = cast.api("sari")
    assert data(sari.get("audit/verify"))["intact"] is True
    with reading(cast.kota.pk), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE core_event DISABLE TRIGGER core_event_append_only")
        cursor.execute(
            "UPDATE core_event SET payload = jsonb_set(payload, '{purpose}', '\"none\"')"
            " WHERE kind = 'video.viewed' AND seq ="
            " (SELECT min(seq) FROM core_event WHERE kind = 'video.viewed')"
        )
        cursor.execute("ALTER TABLE core_event ENABLE TRIGGER core_event_append_only")
    verdict = data(sari.get("audit/verify"))
    assert verdict["intact"] is False
    broken = data(sari.get("audit", kind="video.viewed"))["items"][-1]
    assert verdict["first_broken_seq"] == broken["seq"]
