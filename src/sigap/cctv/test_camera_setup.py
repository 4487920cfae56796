"""Setting up cameras: leave for the node, who may turn one, tables of cameras."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sigap.cctv.csv_table import MAX_ROWS, Mistake, read_table
from sigap.cctv.models import Camera
from sigap.cctv.testing_cameras import make_camera, make_node
from sigap.core.models import EventRecord
from sigap.core.tenancy import reading
from tests.cast import SUDIRMAN, Cast, data

HEAD = "name;source_url;lat;lon"


def claims(address: str) -> dict[str, Any]:
    body = parse_qs(urlsplit(address).query)["t"][0].partition(".")[0]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return told


def kinds(city_id: int) -> list[str]:
    with reading(city_id):
        return list(EventRecord.objects.order_by("id").values_list("kind", flat=True))


def test_leave_for_the_node_is_for_who_manages_cameras(cast: Cast) -> None:
    make_node(cast.kota)
    assert cast.api("bima").post("cctv/cameras/setup-access", {}).status_code == 403
    told = data(cast.api("sari").post("cctv/cameras/setup-access", {}))
    assert told["probe_stream"].startswith("http://127.0.0.1:8090/node/probe?t=")
    assert (claims(told["discover"])["c"], claims(told["discover"])["v"]) == ("node", ["setup"])
    assert kinds(cast.kota.pk)[-1] == "camera.setup_opened"


def test_who_turns_a_camera_says_what_for(cast: Cast) -> None:
    make_node(cast.kota)
    camera = make_camera(
        cast.kota, "Gerbang", SUDIRMAN, onvif_url="http://10.0.0.5/onvif/device_service"
    )
    fixed = make_camera(cast.kota, "Pagar", SUDIRMAN)
    path = f"cctv/cameras/{camera.pk}/ptz-access"
    wish = {"purpose": "patrol"}
    told = data(cast.api("bima").post(path, wish))
    assert (claims(told["ptz"])["c"], claims(told["ptz"])["v"]) == (str(camera.uuid), ["ptz"])
    assert kinds(cast.kota.pk)[-1] == "camera.steering_opened"
    assert cast.api("hadi").post(path, wish).status_code == 403
    assert cast.api("bima").post(path, {"purpose": ""}).status_code == 422
    answer = cast.api("bima").post(f"cctv/cameras/{fixed.pk}/ptz-access", wish)
    assert data(answer, 409)["code"] == "not_steerable"
    assert cast.api("farah").post(path, wish).status_code == 404


def test_the_same_source_is_found_whatever_the_password(cast: Cast) -> None:
    make_node(cast.kota)
    make_camera(cast.kota, "Gerbang", SUDIRMAN, source_url="rtsp://a:b@10.0.0.5/s")
    body = {"source_url": "rtsp://c:d@10.0.0.5/s"}
    told = data(cast.api("sari").post("cctv/cameras/same-source", body))
    assert told["names"] == ["Gerbang"]


def send(cast: Cast, text: str | bytes, user: str = "sari", **query: str) -> Any:
    raw = text.encode() if isinstance(text, str) else text
    told = "&".join(f"{name}={value}" for name, value in query.items())
    return cast.api(user).upload(f"cctv/cameras/import?{told}", {}, table=raw)


def complaints(told: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["mistake"]) for one in told["complaints"]]


def test_a_table_is_looked_at_first_and_then_taken(cast: Cast) -> None:
    make_node(cast.kota)
    text = (
        "\ufeffNama;alamat;lintang;bujur;arah;tujuan;suara\r\n"
        "Pasar Anyar;rtsp://a:b@10.0.0.1/1;-6,2;106,6;90;lalu lintas;ya\r\n"
        ";;;;;;\r\n"
        'Alun-alun;rtsp://10.0.0.2/1;"-6,21";106,61;;;\r\n'
    )
    assert send(cast, text, "bima").status_code == 403
    told = data(send(cast, text))
    assert (told["written"], told["complaints"], len(told["rows"])) == (False, [], 2)
    told = data(send(cast, text, dry_run="false"))
    assert told["written"]
    assert [row["outcome"] for row in told["rows"]] == ["added", "added"]
    with reading(cast.kota.pk):
        market = Camera.objects.get(name="Pasar Anyar")
    assert (market.lat, market.bearing_deg, market.purpose, market.keep_audio) == (
        *(-6.2, 90, "traffic", True),
    )
    assert (market.retention_h, market.area_id is not None) == (None, True)
    assert kinds(cast.kota.pk)[-3:] == ["camera.added", "camera.added", "camera.imported"]


def test_one_mistake_and_nothing_is_written(cast: Cast) -> None:
    make_node(cast.kota)
    make_camera(cast.kota, "Gerbang", SUDIRMAN)
    text = "\n".join(
        [
            "name,source_url,lat,lon,purpose,node,critical",
            "A,rtsp://10.0.0.1/1,-6.2,106.6,,,",
            "A,rtsp://10.0.0.1/1,-6.2,106.6,,,",
            "B,http://10.0.0.1,abc,106.6,,,",
            ",rtsp://10.0.0.1/1,-6.2,500,money,,maybe",
            "C,rtsp://10.0.0.1/1,60,106.6,,,",
            "D,rtsp://10.0.0.1/1,-6.2,106.6,,mars,",
            "Gerbang,rtsp://10.0.0.1/1,-6.2,106.6,,,",
            "E,rtsp://10.0.0.1/1,-6.2,106.6,,,,x",
        ]
    )
    told = data(send(cast, text, dry_run="false"))
    assert not told["written"]
    assert sorted(complaints(told)) == [
        (3, "name", "name_twice"),
        (4, "lat", "not_a_number"),
        (4, "source_url", "bad_source"),
        (5, "critical", "yes_or_no"),
        (5, "lon", "out_of_range"),
        (5, "name", "empty"),
        (5, "purpose", "unknown_purpose"),
        (6, "lat", "outside_city"),
        (7, "node", "unknown_node"),
        (8, "name", "name_taken"),
        (9, "", "too_many_cells"),
    ]
    with reading(cast.kota.pk):
        assert Camera.objects.count() == 1


def test_existing_cameras_are_changed_when_asked(cast: Cast) -> None:
    make_node(cast.kota)
    camera = make_camera(cast.kota, "Gerbang", SUDIRMAN, onvif_url="http://10.0.0.5/")
    text = f"{HEAD};enabled\nGerbang;rtsp://x:y@10.0.0.5/stream;-6.2;106.6;tidak\n"
    told = data(send(cast, text, existing="update"))
    assert told["rows"] == [{"row": 2, "name": "Gerbang", "outcome": "changed"}]
    told = data(send(cast, text, existing="update", dry_run="false"))
    with reading(cast.kota.pk):
        changed = Camera.objects.get(pk=camera.pk)
        event = EventRecord.objects.filter(kind="camera.changed").latest("id")
    assert (changed.enabled, changed.state, changed.version) == (False, "disabled", 2)
    assert changed.onvif_url == "http://10.0.0.5/"
    assert "enabled" in event.payload["fields"]
    assert "x:y" not in json.dumps(event.payload)


def test_what_is_not_used_from_the_beginning_says_so(cast: Cast) -> None:
    make_node(cast.kota)
    text = (
        f"{HEAD};enabled\nA;rtsp://10.0.0.5/a;-6.2;106.6;tidak\nB;rtsp://10.0.0.5/b;-6.2;106.6;ya\n"
    )
    data(send(cast, text, dry_run="false"))
    with reading(cast.kota.pk):
        states = list(Camera.objects.order_by("name").values_list("state", flat=True))
    assert states == ["disabled", "unknown"]


def test_the_same_source_is_a_warning(cast: Cast) -> None:
    make_node(cast.kota)
    make_camera(cast.kota, "Gerbang", SUDIRMAN, source_url="rtsp://10.0.0.5/s")
    told = data(send(cast, f"{HEAD}\nBaru;rtsp://10.0.0.5/s;-6.2;106.6\n", dry_run="false"))
    assert told["written"]
    assert [(one["mistake"], one["other"]) for one in told["warnings"]] == [
        ("same_source", "Gerbang")
    ]


@pytest.mark.parametrize(
    ("raw", "mistake"),
    [
        (b"", Mistake.NO_ROWS),
        (b"name:source_url:lat:lon\nA:b:1:2\n", Mistake.NOT_SEPARATED),
        (b"name;lat\nA;1\n", Mistake.COLUMN_MISSING),
        (b"\x89PNG\0\0", Mistake.NO_TABLE),
        (b"a" * (3 << 20), Mistake.NO_TABLE),
        (f"{HEAD};price\n".encode(), Mistake.COLUMN_UNKNOWN),
        (f"{HEAD};lat\nA;b;1;2;3\n".encode(), Mistake.COLUMN_TWICE),
        (f"{HEAD}\n".encode(), Mistake.NO_ROWS),
        (f"{HEAD}\n{'A;b;1;2' + chr(10)}".encode() + b"x\n" * MAX_ROWS, Mistake.TOO_MANY_ROWS),
    ],
)
def test_what_is_no_table_of_cameras(raw: bytes, mistake: Mistake) -> None:
    table = read_table(raw)
    assert mistake in {one.mistake for one in table.complaints}
    assert table.cameras == []


def test_a_table_of_an_old_spreadsheet() -> None:
    raw = f"{HEAD}\nCaf\xe9;rtsp://10.0.0.1/1;-6,2;106,6\n".encode("cp1252")
    [read] = read_table(raw).cameras
    assert (read.form.name, read.form.place.lat) == ("Café", -6.2)


def test_nobody_takes_away_the_mask_of_another(cast: Cast) -> None:
    make_node(cast.kota)
    camera = make_camera(cast.kota, "Gerbang", SUDIRMAN)
    sari, path = cast.api("sari"), f"cctv/cameras/{camera.pk}/masks"
    window = [[0.1, 0.1], [0.3, 0.1], [0.3, 0.3]]
    yard = [[0.6, 0.6], [0.9, 0.6], [0.9, 0.9]]
    [first] = data(sari.put(path, {"masks": [window], "known_ids": []}))["masks"]
    late = sari.put(path, {"masks": [yard], "known_ids": []})
    assert data(late, 409)["code"] == "stale_version"
    seen = {"masks": [window, yard], "known_ids": [first["id"]]}
    assert [mask["points"] for mask in data(sari.put(path, seen))["masks"]] == [window, yard]
    assert data(sari.put(path, {"masks": []}))["masks"] == []


@pytest.mark.parametrize(
    ("encoding", "head", "first_row"),
    [
        ("utf-16", "name\tsource_url\tlat\tlon", 2),
        ("utf-8-sig", "sep=;\r\nname;source_url;lat;lon", 3),
        ("utf-8", "name|source_url|lat|lon", 2),
    ],
)
def test_what_spreadsheets_write(encoding: str, head: str, first_row: int) -> None:
    mark = next(one for one in "\t;|" if one in head.rpartition("\n")[2])
    cells = mark.join(["Jalan Ahmad é", "rtsp://10.0.0.1/1", "-6,2", "106.6"])
    [read] = read_table(f"{head}\r\n{cells}\r\n".encode(encoding)).cameras
    assert (read.row, read.form.name, read.form.place.lat) == (first_row, "Jalan Ahmad é", -6.2)
