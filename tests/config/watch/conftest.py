"""A company, an empty Redis, a clock that stands still, and a round at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django_redis import get_redis_connection

from companies.locks import Purpose
from companies.models import AlertMessage, Company, Incident
from config.celery import heartbeat
from config.watch import Result, one_round
from tests.calcom.odd_server import OddServer, http, odd_server
from tests.factories import MembershipFactory, OperatorFactory

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
OWNER, OPERATOR = "owner@example.com", "operator@example.com"

Round = Callable[..., Result]


@pytest.fixture(autouse=True)
def _empty_redis() -> Iterator[None]:
    get_redis_connection("default").flushdb()
    yield
    get_redis_connection("default").flushdb()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def company(company: Company) -> Company:
    """With an owner; and an operator for all."""
    MembershipFactory.create(company=company, user__email=OWNER)
    OperatorFactory.create(email=OPERATOR)
    return company


@pytest.fixture
def a_round(clock: time_machine.Traveller) -> Round:
    """A round so many seconds after what was before, while worker and beat live."""

    def run(seconds: float = 15, *, is_alive: bool = True) -> Result:
        clock.shift(timedelta(seconds=seconds))
        if is_alive:
            heartbeat()
        result = one_round()
        assert result is not None
        return result

    return run


@pytest.fixture
def receiver() -> Iterator[OddServer]:
    """A loopback server that takes messages."""
    with odd_server() as server:
        server.answers_with(http("204 No Content", b""))
        yield server


@contextmanager
def another_watcher() -> Iterator[None]:
    """Somebody else, on a connection of their own, is at a round."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, 0)", [Purpose.WATCH.value])
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [Purpose.WATCH.value])
    other.close()


def kinds() -> list[tuple[str, bool]]:
    """The incidents that were opened, and whether each is over."""
    rows = Incident.objects.filter(opened_at__isnull=False).order_by("pk")
    return [(one.kind, one.ended_at is not None) for one in rows]


def states() -> list[tuple[str, str]]:
    """The messages: occasion and state."""
    return list(AlertMessage.objects.order_by("pk").values_list("occasion", "state"))
