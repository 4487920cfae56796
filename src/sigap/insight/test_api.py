"""The evaluation and area pages over the API, and who may see them."""

import csv
import io

import pytest

from sigap.core import clock
from sigap.core.tenancy import reading
from sigap.followup.overdue import mark_overdue
from sigap.followup.testing_stories import forwarded, report
from sigap.incidents.models import Incident
from sigap.insight.shapes import MeasureKey
from sigap.insight.testing_history import BEGIN, Run, opened, run_events, write
from tests.cast import SUDIRMAN, Cast, data


def test_all_measures_of_a_period(cast: Cast) -> None:
    write(cast.kota, [opened(1, BEGIN), *run_events(1, 1, Run(BEGIN, BEGIN, BEGIN))], BEGIN)
    page = data(cast.api("putu").get("evaluation", **{"from": "2026-03-01", "to": "2026-03-03"}))
    assert [m["key"] for m in page["measures"]] == [
        "response", "call_handling", "turnout", "travel", "acknowledgement",
        "calls", "follow_up", "camera_availability", "alarm_load",
    ]  # fmt: skip
    assert page["measures"][0]["counts"]["counted"] == 1
    assert page["start"].startswith("2026-03-01T00:00:00+07:00")


@pytest.mark.parametrize("measure", list(MeasureKey))
@pytest.mark.parametrize("sheet", ["table", "day", "hour_of_day"])
def test_every_measure_downloads_as_csv(cast: Cast, measure: MeasureKey, sheet: str) -> None:
    write(cast.kota, [opened(1, BEGIN), *run_events(1, 1, Run(BEGIN, BEGIN, BEGIN))], BEGIN)
    query = {"from": "2026-03-01", "to": "2026-03-03", "measure": measure.value, "sheet": sheet}
    answer = cast.api("dewi").get("evaluation.csv", **query)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert len({len(row) for row in rows}) == 1
    if (measure, sheet) == (MeasureKey.RESPONSE, "table"):
        assert rows[1] == ["*", "1", "1", "0", "0", "0.0", "0.0", "0.0"]


def test_names_that_look_like_formulas_are_quoted(cast: Cast) -> None:
    with reading(cast.kota.pk):
        area = cast.kota.areas.order_by("code")[0]
        area.name = "=HYPERLINK()"
        area.save()
    write(cast.kota, [opened(1, BEGIN, area_id=area.pk)], BEGIN)
    query = {"from": "2026-03-01", "to": "2026-03-03", "measure": "response"}
    assert b"'=HYPERLINK()" in cast.api("dewi").get("evaluation.csv", **query).content


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2026-03-03", "to": "2026-03-01"}, 422),
        ({"from": "2020-01-01", "to": "2026-03-01"}, 422),
        ({"from": "yesterday"}, 422),
        ({"to": "9999-12-31"}, 422),
        ({"from": "0001-01-01", "to": "0001-01-01"}, 422),
        ({"to": "0001-01-01"}, 422),
        ({"area": "999999"}, 404),
        ({"area": "0"}, 422),
    ],
)
def test_odd_periods(cast: Cast, query: dict[str, str], status: int) -> None:
    assert cast.api("sari").get("evaluation", **query).status_code == status


def test_who_may_evaluate(cast: Cast) -> None:
    assert cast.api().get("evaluation").status_code == 401
    for name in ("ana", "bima", "citra", "gita", "nusa"):
        assert cast.api(name).get("evaluation").status_code == 403
        assert cast.api(name).get("evaluation.csv", measure="calls").status_code == 403


def test_the_area_page_counts_what_lies_in_it(cast: Cast) -> None:
    _, task = forwarded(cast)
    with clock.frozen_at(task.due_at):
        report(cast)
    with clock.frozen_at(task.due_at.replace(year=task.due_at.year + 1)):
        mark_overdue(cast.kota.pk)
    areas = data(cast.api("bima").get("areas"))
    by_name = {f["properties"]["name"]: f for f in areas["features"]}
    west = by_name["Barat"]
    assert west["properties"]["open_incidents"] == 1
    assert west["properties"]["tasks_overdue"] == 1
    assert by_name["Timur"]["properties"]["open_incidents"] == 0
    assert west["geometry"]["type"] == "Polygon"
    page = data(cast.api("citra").get(f"areas/{west['id']}"))
    assert page["open_by_priority"] == {"1": 0, "2": 0, "3": 0, "4": 1}
    assert [row["id"] for row in page["open_incidents"]] == [task.incident_id]
    assert (page["tasks_live"], page["tasks_overdue"]) == (1, 1)
    assert page["reports_30_days"] == 2
    assert page["name"] == "Barat"
    assert SUDIRMAN.lon < page["lon"] + 0.1


def test_areas_of_other_cities_are_not_found(cast: Cast) -> None:
    with reading(cast.lain.pk):
        foreign = cast.lain.areas.all()[0].pk
    assert cast.api("bima").get(f"areas/{foreign}").status_code == 404
    assert cast.api("bima").get("evaluation").status_code == 403
    assert cast.api("sari").get("evaluation", area=foreign).status_code == 404


def test_the_map_shows_what_lies_in_the_box(cast: Cast) -> None:
    _, task = forwarded(cast)
    around = {"south": -6.21, "north": -6.19, "west": 106.59, "east": 106.61}
    bima = cast.api("bima")
    found = data(bima.get("map/incidents", **around))
    assert [point["id"] for point in found["points"]] == [task.incident_id]
    assert found["complete"] is True
    beside = around | {"south": -6.18, "north": -6.17}
    assert data(bima.get("map/incidents", **beside))["points"] == []
    assert data(cast.api("farah").get("map/incidents", **around))["points"] == []
    assert data(cast.api("gita").get("map/incidents", **around))["points"] == []
    upside_down = around | {"south": 1, "north": 0}
    assert bima.get("map/incidents", **upside_down).status_code == 422
    with reading(cast.kota.pk):
        Incident.objects.filter(pk=task.incident_id).update(state="closed")
    assert data(bima.get("map/incidents", **around))["points"] == []
    assert len(data(bima.get("map/incidents", closed=True, **around))["points"]) == 1
