"""Ingest: requests per second of the webhook endpoint, against a bare WSGI function with the same HMAC and INSERT."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from pathlib import Path

from bench import load, world
from bench.report import Row, Table, progress
from bench.stack import gunicorn


def measure(directory: Path, *, rounds: int, each: int) -> Table:
    """Alternate the two servers; every client sends `each` distinct bodies to a company of its own."""
    tenants = world.found_companies()
    os.environ["BENCH_TENANTS"] = str(world.announce(tenants, directory))
    warming = [load.requests_of(tenant, world.deliveries(tenant, 50, run="warm")) for tenant in tenants]
    shares = [load.requests_of(tenant, world.deliveries(tenant, each)) for tenant in tenants]
    size = statistics.mean(len(body) for body in world.deliveries(tenants[0], 100))
    outcomes: dict[str, list[load.Outcome]] = {"bare": [], "ours": []}
    with gunicorn("bench.bare:application", directory) as bare, gunicorn("config.wsgi:application", directory) as ours:
        ports = {"bare": bare, "ours": ours}
        for number in range(1, rounds + 1):
            for name in ports if number % 2 else reversed(ports):
                world.empty()
                load.send(ports[name], warming)
                outcomes[name].append(load.send(ports[name], shares))
            progress(
                f"round {number}: " + ", ".join(f"{name} {done[-1].rate:,.0f}/s" for name, done in outcomes.items())
            )
    title = f"Ingest: {len(tenants)} clients, gunicorn 2 x 4, {each} bodies of {size:,.0f} bytes each, {rounds} pairs"
    return Table(
        title,
        [
            Row("bare WSGI function, HMAC + INSERT (limit)", _rate(outcomes["bare"])),
            Row("webhook endpoint", _rate(outcomes["ours"])),
            Row.at_least("endpoint / limit (aim: 0.5)", _ratio(outcomes, lambda outcome: outcome.rate), 0.4),
            Row("p99 of the limit, of the endpoint", f"{_p99(outcomes['bare'])}, {_p99(outcomes['ours'])}"),
            Row.at_most("p99 / p99 of the limit", _ratio(outcomes, lambda outcome: outcome.p99_ms), 3.0),
        ],
    )


def _rate(outcomes: list[load.Outcome]) -> str:
    return f"{statistics.median(outcome.rate for outcome in outcomes):,.0f}/s"


def _p99(outcomes: list[load.Outcome]) -> str:
    return f"{statistics.median(outcome.p99_ms for outcome in outcomes):.1f} ms"


def _ratio(outcomes: dict[str, list[load.Outcome]], figure: Callable[[load.Outcome], float]) -> float:
    """The median of the pairs' ratios."""
    pairs = zip(outcomes["ours"], outcomes["bare"], strict=True)
    return statistics.median(figure(ours) / figure(bare) for ours, bare in pairs)
