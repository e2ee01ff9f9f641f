"""Event types: what a sync of 2,000 of them costs more than one of 500, in queries and in memory."""

from __future__ import annotations

import gc
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Service
from bench.report import Row, Table, progress
from bench.upstream import Upstream, running_upstream
from calcom.client import CalcomClient
from calcom.models import EventType, MappingProposal
from calcom.schemas.accounts import Profile
from calcom.sync.event_types import sync_event_types
from calcom.sync.pages import PAGE
from companies.models import Company

_SERVICES = 40


@dataclass(frozen=True)
class Cost:
    """Of one sync. `added`: bytes at the most, beyond what Cal.com's answer itself takes."""

    queries: int
    seconds: float
    added: int


class _Weighed(CalcomClient):
    """Asked who it is after everything was listed: from here on the sync's own memory counts."""

    before = 0

    def me(self, *, fresh: bool = False) -> Profile:
        found = super().me(fresh=fresh)
        tracemalloc.reset_peak()
        self.before = tracemalloc.get_traced_memory()[0]
        return found


def measure(_directory: Path, *, few: int, many: int, again: int) -> Table:
    """Sync `few` event types and `many`: all new, all unchanged (`again` times), and all changed."""
    with running_upstream() as upstream:
        company = _company(upstream.url)
        costs: dict[str, Cost] = {}
        for size in (few, many):
            _offer(company, size)
            EventType.objects.all().delete()
            costs[f"new {size}"] = _cost(company, f"{size} new")
            costs[f"same {size}"] = _cost(company, f"{size} unchanged")
            EventType.objects.update(fingerprint="")
            costs[f"changed {size}"] = _cost(company, f"{size} changed")
        left = _left_behind(company, again)
        waiting = MappingProposal.objects.count()
    more = (many - few) / PAGE
    rows = [
        Row("proposals that each sync looks at again", f"{waiting:,}"),
        *(Row(f"{kind} {size:,}", _told(costs[f"{kind} {size}"])) for size in (few, many) for kind in _KINDS),
        *(
            Row.at_most(f"queries for a page of {PAGE} more, {kind}", _more(costs, kind, few, many) / more, 4.0)
            for kind in _KINDS
        ),
        *(
            Row.at_most(f"memory for {many:,}, {kind} / for {few:,}, new", _weight(costs, kind, few, many), 1.5)
            for kind in _KINDS
        ),
        Row.at_most(f"left behind by each of {again} syncs, kB", left / 1000, 50.0),
    ]
    return Table(f"Event types: a sync of {few:,} and of {many:,}, one company, over a real socket", rows)


_KINDS = ("new", "same", "changed")


def _company(base_url: str) -> Company:
    company = Company.objects.create(
        name="Bench",
        slug="bench",
        calcom_api_key=Upstream.KEY,
        calcom_base_url=base_url,
        requests_per_minute=10_000_000,
    )
    Service.objects.bulk_create(
        Service(company=company, name=f"Service {number}", duration_min=30) for number in range(_SERVICES)
    )
    return company


def _offer(company: Company, size: int) -> None:
    """Let there be so many event types at Cal.com, each with a form and a description."""
    client = CalcomClient(company)
    there = len(client.event_types(fresh=True))
    form = [{"type": "text", "slug": f"field-{index}", "label": "Frage", "required": False} for index in range(5)]
    for number in range(there, size):
        fields: dict[str, Any] = {"description": "Kommen Sie gern etwas früher. " * 10, "bookingFields": form}
        title = f"Service {number % _SERVICES}"
        client.create_event_type(title=title, slug=f"type-{number}", lengthInMinutes=30, **fields)


def _cost(company: Company, what: str) -> Cost:
    began = time.perf_counter()
    sync_event_types(company, client=CalcomClient(company), force=True, dry_run=True)
    seconds = time.perf_counter() - began
    client = _Weighed(company)
    tracemalloc.start()
    try:
        with CaptureQueriesContext(connection) as asked:
            result = sync_event_types(company, client=client, force=True)
        added = tracemalloc.get_traced_memory()[1] - client.before
    finally:
        tracemalloc.stop()
    if not result.is_good:
        raise RuntimeError("; ".join(result.failures))
    cost = Cost(len(asked), seconds, added)
    progress(f"{what}: {_told(cost)}")
    return cost


def _left_behind(company: Company, times: int) -> float:
    """Bytes that a sync keeps when it is over, on average."""
    tracemalloc.start()
    try:
        sync_event_types(company, client=CalcomClient(company), force=True)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            sync_event_types(company, client=CalcomClient(company), force=True)
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / times
    finally:
        tracemalloc.stop()


def _told(cost: Cost) -> str:
    return f"{cost.queries} q, {cost.added / 1e6:.1f} MB, {cost.seconds:.2f} s"


def _more(costs: dict[str, Cost], kind: str, few: int, many: int) -> float:
    return float(costs[f"{kind} {many}"].queries - costs[f"{kind} {few}"].queries)


def _weight(costs: dict[str, Cost], kind: str, few: int, many: int) -> float:
    return costs[f"{kind} {many}"].added / costs[f"new {few}"].added
