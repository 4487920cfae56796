"""Runs procrastinate's jobs inside the worker process. Used by `worker`."""

import asyncio
import logging

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from procrastinate import App
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.django_connector import DjangoConnector

logger = logging.getLogger(__name__)

POLL_S = 1.0
RESTART_PAUSE_S = 1.0
GRACEFUL_S = 10.0
CONCURRENCY = 2


def worker_app() -> App:
    """The app of all tasks on a connection of its own.

    `procrastinate.contrib.django.app` keeps Django's connection, so that what a job or a
    subscriber queues is part of its transaction.
    """
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    own = DjangoApp(connector=connector.get_worker_connector())
    own.tasks = app.tasks
    own.periodic_registry = app.periodic_registry
    return own


async def run_jobs() -> None:
    """Work until cancelled; begins anew when PostgreSQL went away."""
    while True:
        try:
            await _run_once()
            return
        except Exception:
            # The outermost loop of this worker: whatever ended procrastinate must not end jobs.
            logger.exception("the job worker ended, beginning anew")
        await sync_to_async(close_old_connections)()
        await asyncio.sleep(RESTART_PAUSE_S)


async def _run_once() -> None:
    own = worker_app()
    async with own.open_async():
        for job in await own.job_manager.get_stalled_jobs():
            logger.warning("job %s was left by a worker that died; queued again", job.id)
            await own.job_manager.retry_job(job)
        await own.run_worker_async(
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=POLL_S,
            shutdown_graceful_timeout=GRACEFUL_S,
            delete_jobs="successful",
            install_signal_handlers=False,
        )
