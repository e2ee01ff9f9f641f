"""The Celery application, and the heartbeat that proves that beat and a worker are alive."""

import gc
import os
import time
from typing import Any

from celery import Celery, signals
from celery.worker import state
from celery.worker.consumer import Consumer
from django.core.cache import cache
from django.db import close_old_connections
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HEARTBEAT_KEY = "config.heartbeat"
HEARTBEAT_MAX_AGE_S = 45

app = Celery("slotkeeper")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.worker_consumer = "config.celery:SurvivingConsumer"
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


class SurvivingConsumer(Consumer):
    """Goes on when Redis comes back.

    Celery 5.7 gives unacknowledged messages back over the connection that is lost, and running tasks acknowledge over
    it; a worker ends by either. Here both are let go, for the tables are the queue.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """The broker has gone away."""
        transport = self.connection.transport if self.connection else None
        for channel in getattr(transport, "channels", None) or ():
            channel.do_restore = False
        for request in (*state.active_requests, *state.reserved_requests):
            request.acknowledged = True
        super().on_connection_error_after_connected(exc)


@signals.setup_logging.connect
def _keep_our_logging(**_kwargs: Any) -> None:
    """Celery leaves logging alone when this signal has a receiver."""


@signals.task_prerun.connect
def _drop_dead_connections(task: Any, **_kwargs: Any) -> None:
    """With CELERY_DB_REUSE_MAX connections outlive tasks; drop those that died meanwhile."""
    if not task.request.is_eager:
        close_old_connections()


@app.task(expires=30)
def heartbeat() -> None:
    """Beat sends it, a worker runs it: a fresh value means that both live. Value: Unix seconds."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=600)


@signals.beat_init.connect
def _beat_at_once(**_kwargs: Any) -> None:
    """Do not let `/readyz` wait for the first interval to pass."""
    heartbeat.delay()


def heartbeat_age_s() -> float | None:
    """Seconds since a worker last ran a task of beat's, or None if that never happened."""
    beaten_at = cache.get(HEARTBEAT_KEY)
    return None if beaten_at is None else time.time() - float(beaten_at)


@signals.worker_ready.connect
def _settle_down(**_kwargs: Any) -> None:
    """What is there by now stays: the garbage collector need not look through all of Django again and again."""
    gc.collect()
    gc.freeze()
