"""The worker as a process: it acts on events, outlives lost connections and `kill -9`, ends on
SIGTERM."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from psycopg.conninfo import make_conninfo

from sigap.cctv.events import CameraWentSilent
from sigap.cctv.models import Camera
from sigap.cctv.testing_cameras import make_camera, make_node
from sigap.city.models import City
from sigap.core import clock
from sigap.core.actor import system_actor
from sigap.core.tenancy import reading
from sigap.core.unit_of_work import unit_of_work
from sigap.dispatch.deferring import ACCEPT_CHECK
from sigap.intake.models import Signal, SignalSource
from tests.cast import SUDIRMAN, Cast

DEADLINE_S = 30.0


@contextmanager
def worker(log: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = connection.settings_dict
    url = (
        f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
        f"&port={settings['PORT'] or 5432}&application_name=sigap-test-worker"
    )
    assert make_conninfo(url)
    with open(log, "ab") as output:  # noqa: PTH123  (a plain file for a child's output)
        process = subprocess.Popen(
            [sys.executable, "-m", "sigap.config.worker"],
            env=os.environ | {"SIGAP_DATABASE_URL": url},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def cameras(live_cast: Cast) -> list[Camera]:
    make_node(live_cast.kota)
    return [make_camera(live_cast.kota, f"Kamera {n}", SUDIRMAN) for n in range(3)]


def go_silent(camera: Camera) -> None:
    with unit_of_work(system_actor("test"), camera.city_id) as work:
        work.record(
            CameraWentSilent(
                camera_id=camera.pk,
                name=camera.name,
                state="silent",
                reason="no packets",
                since=clock.now().isoformat(),
            )
        )


def signals(camera: Camera) -> int:
    """How many signals name the camera; those that fall silent together share one."""
    with reading(camera.city_id):
        health = Signal.objects.filter(source=SignalSource.HEALTH)
        return health.filter(text__contains=f"{camera.name}: ").count()


def cut_connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'sigap-test-worker'"
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def queue_job(city: City) -> None:
    """A job about an assignment that there is not: it ends, refused."""
    app.configure_task(ACCEPT_CHECK).defer(city_id=city.pk, assignment_id=0)


def jobs_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE task_name = %s AND status IN ('todo', 'doing')",
            [ACCEPT_CHECK],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def test_the_worker_acts_recovers_and_ends(
    live_cast: Cast, cameras: list[Camera], tmp_path: os.PathLike[str]
) -> None:
    first, second, third = cameras
    log = os.path.join(tmp_path, "worker.log")  # noqa: PTH118
    with worker(log) as process:
        go_silent(first)
        until(lambda: signals(first) == 1)
        assert cut_connections() > 0
        queue_job(live_cast.kota)
        go_silent(second)
        until(lambda: signals(second) == 1)
        until(lambda: jobs_waiting() == 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
    go_silent(third)
    with worker(log) as process:
        until(lambda: signals(third) == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=DEADLINE_S) == 0
    assert [signals(camera) for camera in cameras] == [1, 1, 1]
