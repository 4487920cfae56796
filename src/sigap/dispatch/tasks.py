"""Background jobs of dispatch. Found by procrastinate through the file's name."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections
from procrastinate.contrib.django import app

from sigap.dispatch.actions.deadlines import mark_unanswered, sweep_unanswered
from sigap.dispatch.deferring import ACCEPT_CHECK, ACCEPT_SWEEP


@contextmanager
def _borrowed_connection() -> Iterator[None]:
    """Give the thread's connection back after the job, also one that broke."""
    try:
        yield
    finally:
        close_old_connections()


@app.task(name=ACCEPT_CHECK)
def accept_check(city_id: int, assignment_id: int) -> None:
    """The time to accept one assignment is over."""
    with _borrowed_connection():
        mark_unanswered(city_id, assignment_id)


@app.periodic(cron="* * * * * */15")
@app.task(name=ACCEPT_SWEEP, queueing_lock=ACCEPT_SWEEP, pass_context=False)
def accept_sweep(timestamp: int) -> None:
    """The net under the checks above: a job that was lost delays an alert by 15 s at most."""
    del timestamp
    with _borrowed_connection():
        sweep_unanswered()
