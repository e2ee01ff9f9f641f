"""Outbound: what guard and bookkeeping add to a call of Cal.com, what the cache saves, and who fetches when all ask."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import statistics
import threading
import time
import unittest.mock
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from django.db import connections
from django_redis import get_redis_connection
from redis.connection import Connection

from bench.report import Row, Table, progress
from bench.upstream import Upstream, running_upstream
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.guard import Lane
from calcom.transport import Call, send
from companies.models import Company

_PROCESSES, _THREADS = 4, 50
_TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
_MONDAY = _TODAY + timedelta(days=14 - _TODAY.weekday())
_WEEK = timedelta(days=7)
_PATIENCE_S = 60.0

Timed = Callable[[], Any]


@dataclass
class Times:
    """Medians of the rounds, in milliseconds, by what was timed."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: list[float]) -> None:
        """One round of single times."""
        self.rounds.setdefault(name, []).append(statistics.median(seconds) * 1000)

    def median(self, name: str) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds[name])

    def compared(self, name: str, other: str, how: Callable[[float, float], float]) -> float:
        """The median of what the rounds say of two things timed in turn."""
        return statistics.median(map(how, self.rounds[name], self.rounds[other]))


def measure(directory: Path, *, rounds: int, each: int) -> Table:
    """Time everything in turn, `each` times a round; then let all processes ask for the same at once."""
    with running_upstream() as upstream:
        company = _company(upstream.url)
        client = CalcomClient(company)
        event_type_id = client.create_event_type(title="Haircut", slug="haircut", lengthInMinutes=30).id
        with _logging_to(directory / "outbound.log"):
            times, trips = _timed(client, event_type_id, upstream, rounds=rounds, each=each)
        answers = [_ask_all_at_once(company, event_type_id, upstream, week) for week in range(1, rounds + 1)]
        found = len(client.slots(event_type_id, starts_at=_MONDAY, ends_at=_MONDAY + _WEEK))
    return Table(
        f"Outbound: {each} calls in turn, {rounds} rounds, a small Cal.com in a process of its own",
        [
            Row("bare requests.Session call", _ms(times.median("bare"))),
            Row("the same through the transport, with its log line", _ms(times.median("ours"))),
            Row.at_most("added by guard and bookkeeping, ms", times.compared("ours", "bare", _minus), 0.5),
            Row.at_most("Redis round trips of a call", trips["ours"], 2),
            Row("one Redis round trip", _ms(times.median("ping"))),
            Row(f"cached answer with the {found} slots of a week", _ms(times.median("cached"))),
            Row.at_most("cached answer, in Redis round trips' time", times.compared("cached", "ping", _over), 4.0),
            Row.at_most("Redis round trips of a cached answer", trips["cached"], 2),
            Row("the call that it saves (17 ms at Cal.com)", _ms(times.median("fetched"))),
            Row.at_least("fetched / cached", times.compared("fetched", "cached", _over), 50.0),
            Row.at_most(f"calls for {_PROCESSES * _THREADS} equal questions at once", max(answers), 1),
        ],
    )


def _company(base_url: str) -> Company:
    """One whose budget is never used up."""
    return Company.objects.create(
        name="Bench",
        slug="bench",
        calcom_api_key=Upstream.KEY,
        calcom_base_url=base_url,
        requests_per_minute=10_000_000,
    )


def _timed(
    client: CalcomClient, event_type_id: int, upstream: Upstream, *, rounds: int, each: int
) -> tuple[Times, dict[str, int]]:
    access = access_of(client.company)
    session, redis = requests.Session(), get_redis_connection("default")
    headers = {"Authorization": f"Bearer {Upstream.KEY}", "Accept": "application/json"}

    def slots(*, fresh: bool) -> object:
        return client.slots(event_type_id, starts_at=_MONDAY, ends_at=_MONDAY + _WEEK, fresh=fresh)

    calls: dict[str, Timed] = {
        "bare": lambda: session.get(f"{upstream.url}/me", headers=headers, timeout=(5, 15)).json(),
        "ours": lambda: send(access, Call("GET", "/me", "/me"), lane=Lane.INTERACTIVE),
    }
    kept: dict[str, Timed] = {"ping": redis.ping, "cached": lambda: slots(fresh=False)}
    saved: dict[str, Timed] = {"fetched": lambda: slots(fresh=True)}
    trips = {name: _round_trips(way) for name, way in (calls | kept).items()}
    times = Times()
    for number in range(1, rounds + 1):
        for ways, often in ((calls, each), (kept, each), (saved, max(10, each // 20))):
            for name, seconds in _in_turn(ways, often).items():
                times.add(name, seconds)
        progress(f"round {number}: " + ", ".join(f"{name} {of[-1]:.3f} ms" for name, of in times.rounds.items()))
    return times, trips


def _in_turn(ways: dict[str, Timed], each: int) -> dict[str, list[float]]:
    """Each way once, then each again: what else the machine does meets all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(each):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def _round_trips(way: Timed) -> int:
    """How often something is sent to Redis, once connections and scripts are there."""
    way()
    sent: list[int] = []
    real_send: Any = Connection.send_packed_command

    def counted(connection: Connection, *args: Any, **kwargs: Any) -> None:
        sent.append(1)
        real_send(connection, *args, **kwargs)

    with unittest.mock.patch.object(Connection, "send_packed_command", counted):
        way()
    return len(sent)


def _ask_all_at_once(company: Company, event_type_id: int, upstream: Upstream, week: int) -> int:
    """How many calls it takes when fifty threads in each of four processes ask for the same week."""
    connections.close_all()
    asked_before = upstream.slots_asked
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(_PROCESSES * _THREADS), context.SimpleQueue()
    starts_at = _MONDAY + week * _WEEK

    def ask() -> None:
        start.wait(_PATIENCE_S)
        slots = CalcomClient(company).slots(event_type_id, starts_at=starts_at, ends_at=starts_at + _WEEK)
        answers.put(len(slots))

    def run() -> None:
        threads = [threading.Thread(target=ask) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    processes = [context.Process(target=run) for _ in range(_PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    found = [answers.get() for _ in range(_PROCESSES * _THREADS) if not answers.empty()]
    if len(found) != _PROCESSES * _THREADS or min(found) == 0:
        raise RuntimeError(f"Only {len(found)} of {_PROCESSES * _THREADS} questions were answered.")
    return upstream.slots_asked - asked_before


@contextlib.contextmanager
def _logging_to(file: Path) -> Iterator[None]:
    """Log as in production: the line for each call is part of what it costs."""
    handler, level = logging.root.handlers[0], logging.root.level
    assert isinstance(handler, logging.StreamHandler)
    with file.open("a", encoding="utf-8") as stream:
        before = handler.setStream(stream)
        logging.root.setLevel(logging.INFO)
        try:
            yield
        finally:
            logging.root.setLevel(level)
            handler.setStream(before)


def _minus(value: float, other: float) -> float:
    return value - other


def _over(value: float, other: float) -> float:
    return value / other


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.3f} ms"
