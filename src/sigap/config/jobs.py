"""Runs procrastinate's jobs inside the worker process. Used by `worker`."""

import asyncio
import logging

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from procrastinate import App
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

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
            # Procrastinate returns quietly when one of its side tasks lost PostgreSQL.
            logger.warning("the job worker ended, beginning anew")
        except Exception:
            # The outermost loop of this worker: whatever ended procrastinate must not end jobs.
            logger.exception("the job worker failed, beginning anew")
        await sync_to_async(close_old_connections)()
        await asyncio.sleep(RESTART_PAUSE_S)


async def _run_once() -> None:
    own = worker_app()
    async with own.open_async():
        await _take_over(own.job_manager)
        await own.run_worker_async(
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=POLL_S,
            shutdown_graceful_timeout=GRACEFUL_S,
            delete_jobs="successful",
            install_signal_handlers=False,
        )


async def _take_over(jobs: JobManager) -> None:
    """Queue again what a worker that died had in hand."""
    for job in await jobs.get_stalled_jobs():
        assert job.id is not None
        try:
            await jobs.retry_job(job)
            logger.warning("job %s was left by a worker that died; queued again", job.id)
        except UniqueViolation:
            # The same work is in the queue already, under its queueing lock.
            await jobs.finish_job_by_id_async(job.id, status=Status.FAILED, delete_job=True)
            logger.warning("job %s was left by a worker that died; its successor runs", job.id)
