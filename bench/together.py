"""Both at once: web, worker and beat on this machine; half of what it can store and process, for half a minute."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench import load, world
from bench.processing import finished
from bench.report import Row, Table, progress
from bench.stack import celery_beat, celery_worker, gunicorn
from webhooks.tasks import WAKE_EVERY_MS

# A drain interval is the time between two wakes. Beat's five seconds are the net below, not the rhythm.
INTERVAL_S = WAKE_EVERY_MS / 1000
_SAMPLE_EVERY_S = 0.05
_LAST_S = 1.0


@dataclass
class Backlog:
    """How old the oldest unprocessed delivery was, sampled as long as the load ran."""

    ages_s: list[float] = field(default_factory=list)

    @property
    def at_the_end_s(self) -> float:
        """The median age of the last second: neither a lucky moment counts nor a single hiccup."""
        return statistics.median(self.ages_s[-round(_LAST_S / _SAMPLE_EVERY_S) :])


def measure(directory: Path, *, rounds: int, each: int, seconds: float) -> Table:
    """Find the stored-and-processed rate of `each` deliveries for each of eight clients, then send half as many."""
    tenants = world.found_companies()
    with gunicorn("config.wsgi:application", directory) as port, celery_worker(directory), celery_beat(directory):
        _stored_and_processed(port, tenants, 50)
        rates = [_stored_and_processed(port, tenants, each) for _ in range(rounds)]
        most = statistics.median(rates)
        progress("stored and processed: " + ", ".join(f"{rate:,.0f}/s" for rate in rates))
        world.empty()
        wanted = most / 2
        shares = _shares(tenants, round(wanted * seconds / len(tenants)))
        with _watched() as backlog:
            outcome = load.send(port, shares, rate=wanted)
        left_s = finished() - time.monotonic()
    return Table(
        f"Both: {len(tenants)} clients, web, worker and beat together, {seconds:g} s",
        [
            Row("stored and processed, at most", f"{most:,.0f}/s"),
            Row("sent", f"{outcome.rate:,.0f}/s"),
            Row.at_least("sent / wanted", outcome.rate / wanted, 0.95),
            Row("answers, median and p99", f"{statistics.median(outcome.latencies_ms):.1f}, {outcome.p99_ms:.1f} ms"),
            Row("age of the backlog, median and largest", _ages(backlog)),
            Row.at_most(
                f"age of the backlog at the end, in drain intervals of {WAKE_EVERY_MS} ms",
                backlog.at_the_end_s / INTERVAL_S,
                3.0,
            ),
            Row("all done after the end of the load", f"{max(0.0, left_s):.2f} s"),
        ],
    )


def _stored_and_processed(port: int, tenants: list[world.Tenant], each: int) -> float:
    """Deliveries per second from the first request to the last appointment."""
    world.empty()
    shares = _shares(tenants, each)
    start = time.monotonic()
    load.send(port, shares)
    return len(tenants) * each / (finished() - start)


def _shares(tenants: list[world.Tenant], each: int) -> list[list[bytes]]:
    return [load.requests_of(tenant, world.deliveries(tenant, each)) for tenant in tenants]


@contextlib.contextmanager
def _watched() -> Iterator[Backlog]:
    """Sample the backlog in a process of its own; the samples are there when the block has ended."""
    context = multiprocessing.get_context("fork")
    over, samples = context.Event(), context.SimpleQueue()
    process = context.Process(target=_sample, args=(over, samples))
    process.start()
    backlog = Backlog()
    try:
        yield backlog
    finally:
        over.set()
        backlog.ages_s = samples.get()
        process.join()


def _sample(over: Any, samples: Any) -> None:
    ages: list[float] = []
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        while not over.wait(_SAMPLE_EVERY_S):
            row = connection.execute(
                "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)"
                " FROM webhooks_webhookevent WHERE state IN ('pending', 'waiting')"
            ).fetchone()
            ages.append(float(row[0]) if row else 0.0)
    samples.put(ages)


def _ages(backlog: Backlog) -> str:
    return f"{statistics.median(backlog.ages_s):.2f}, {max(backlog.ages_s):.2f} s"
