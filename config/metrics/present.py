"""What the tables and Redis know at the moment of a scrape: ages, depths, budgets. No company is named."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import structlog
from django.conf import settings
from django.db import Error, connection, transaction
from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from appointments.backlog import unsent
from calcom import conf, guard
from calcom.accounts import Accounts, accounts_of
from calcom.guard import CircuitState, GuardAway
from companies.models import Company
from config.celery import heartbeat_age_s
from webhooks.backlog import backlog

logger = structlog.get_logger(__name__)

_PATIENCE_MS = 2000
_AWAY = (RedisError, ConnectionInterrupted, GuardAway, OSError)

Gauges = Iterator[Metric]


class Present(Collector):
    """Gauges; those of a server that is away are missing, and its `…_up` is 0."""

    def collect(self) -> Iterable[Metric]:
        """Ask the database, then Redis."""
        gauges: list[Metric] = []
        accounts: Accounts | None = None
        is_up = False
        try:
            with transaction.atomic():
                _limit_patience()
                gauges += [*_deliveries(), *_changes()]
                accounts = accounts_of(Company.objects.all())
                gauges += _keys(accounts)
            is_up = True
        except Error as error:
            logger.warning("metrics.no_database", error=type(error).__name__)
        yield from gauges
        yield _gauge("slotkeeper_database_up", "Whether the database answered this scrape.", is_up)
        yield from _of_redis(lambda: [*_beat(), *_queues(), *_circuits(accounts)])


def _of_redis(look: Callable[[], list[Metric]]) -> Gauges:
    found: list[Metric] = []
    try:
        found = look()
    except _AWAY as error:
        logger.warning("metrics.no_redis", error=type(error).__name__)
    yield from found
    yield _gauge("slotkeeper_redis_up", "Whether Redis answered this scrape.", bool(found))


def _limit_patience() -> None:
    """A scrape gives up rather than burden a database in trouble."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [_PATIENCE_MS])


def _deliveries() -> Gauges:
    waiting = backlog()
    yield _gauge("slotkeeper_webhooks_unprocessed", "Deliveries to be processed; counted up to 10000.", waiting.count)
    yield _gauge(
        "slotkeeper_webhooks_oldest_unprocessed_seconds",
        "Age of the oldest delivery to be processed; 0 where there is none.",
        waiting.oldest_s,
    )


def _changes() -> Gauges:
    changes = unsent()
    yield _by(
        "slotkeeper_pushes_open", "Changes not settled with Cal.com; each counted up to 10000.", "state", changes.counts
    )
    yield _by(
        "slotkeeper_pushes_oldest_seconds",
        "Age of the oldest of them; 0 of none.",
        "state",
        changes.oldest_s,
    )
    yield _gauge(
        "slotkeeper_pushes_oldest_unsent_seconds",
        "Age of the oldest change that Cal.com is still to be told (pending, in flight or unclear).",
        changes.oldest_unsent_s,
    )
    yield _gauge(
        "slotkeeper_appointments_orphaned", "Appointments whose booking is gone; counted up to 10000.", changes.orphaned
    )


def _keys(accounts: Accounts) -> Gauges:
    yield _by(
        "slotkeeper_companies_with_key",
        "Active companies with an API key of Cal.com's, by whether it can be used.",
        "usable",
        {"yes": len(accounts.by_company), "no": len(accounts.unusable)},
    )


def _beat() -> Gauges:
    age_s = heartbeat_age_s()
    yield _gauge(
        "slotkeeper_beat_age_seconds",
        "Since a worker last ran a task of beat's; infinite where that never happened.",
        math.inf if age_s is None else max(age_s, 0.0),
    )


def _queues() -> Gauges:
    pipe = get_redis_connection("default").pipeline(transaction=False)
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    for name in names:
        pipe.llen(name)
    lengths = dict(zip(names, pipe.execute(), strict=True))
    yield _by("slotkeeper_queue_messages", "Messages that wait for a worker.", "queue", lengths)


def _circuits(accounts: Accounts | None) -> Gauges:
    """Nothing where the database, which knows the keys, is away: that would look as if all were well."""
    if accounts is None:
        return
    standings = guard.overview(accounts.distinct)
    has_breaker = conf.breaker_enabled()
    states = Counter(standing.circuit if has_breaker else CircuitState.CLOSED for standing in standings)
    yield _by(
        "slotkeeper_calcom_circuits",
        "Keys of Cal.com's by the state of their circuit breaker.",
        "state",
        {state.value: states[state] for state in CircuitState},
    )
    yield _gauge(
        "slotkeeper_calcom_budget_left_ratio",
        "What is left of the requests of this minute, of the key with the least; 1 is all.",
        min((standing.left for standing in standings), default=1.0),
    )
    yield _gauge(
        "slotkeeper_calcom_held_seconds",
        "For how long nothing is sent with the key that has to wait longest; 0 where none has to.",
        max((one.wait_s if has_breaker else one.blocked_s for one in standings), default=0.0),
    )


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=float(value))


def _by(name: str, told: str, label: str, values: dict[str, float] | dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for labelled, value in values.items():
        family.add_metric([labelled], float(value))
    return family
