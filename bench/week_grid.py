"""A cold week grid of eight staff members: nothing is kept, and Cal.com is asked about all of them at once."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings

from appointments.availability import Query, week
from appointments.backends import FreeSlots
from appointments.models import Service
from bench.report import Row, Table, progress
from bench.upstream import Upstream, running_upstream
from calcom import cache
from calcom.backend import CalcomBackend
from calcom.client import CalcomClient
from calcom.models import EventType, EventTypeMapping
from companies.models import Branch, Company, Staff

STAFF = 8
# A week's slots on loopback, and the quickest of what was measured at Cal.com's own servers.
_ANSWERS_TAKE_S = (0.017, 0.3)


class TimedBackend(CalcomBackend):
    """Notes how long each call took."""

    took_s: ClassVar[list[float]] = []

    def slots(self, *args: Any, **kwargs: Any) -> FreeSlots:
        """As ever."""
        begun = time.perf_counter()
        try:
            return super().slots(*args, **kwargs)
        finally:
            self.took_s.append(time.perf_counter() - begun)


@dataclass(frozen=True)
class Taken:
    """Seconds for a grid, for the slowest of its calls, and for all of them one after the other."""

    grid: float
    slowest: float
    together: float


def measure(_directory: Path, *, rounds: int) -> Table:
    """The grid again and again, each time with an empty cache."""
    settings.BOOKING_BACKEND = "bench.week_grid.TimedBackend"
    rows: list[Row] = []
    for number, answer_takes_s in enumerate(_ANSWERS_TAKE_S):
        with running_upstream(slots_take_s=answer_takes_s) as upstream:
            query = _salon(upstream.url, number)
            _grid(query)  # connections are made
            taken = [_grid(query) for _round in range(rounds)]
        progress(f"answers after {answer_takes_s * 1000:.0f} ms")
        rows += _rows(f"answers after {answer_takes_s * 1000:.0f} ms", taken)
    return Table(f"A cold week of {STAFF} staff members, asked of Cal.com over real sockets", rows)


def _rows(name: str, taken: list[Taken]) -> list[Row]:
    grid = statistics.median(one.grid for one in taken)
    alone = statistics.median(one.together for one in taken)
    ratio = statistics.median(one.grid / one.slowest for one in taken)
    return [
        Row(f"{name}: grid, ms", f"{grid * 1000:.0f}"),
        Row(f"{name}: its calls one after the other, ms", f"{alone * 1000:.0f}"),
        Row.at_most(f"{name}: grid / the slowest of its calls", ratio, 1.5),
    ]


def _grid(query: Query) -> Taken:
    cache.forget(query.company.pk)
    TimedBackend.took_s.clear()
    begun = time.perf_counter()
    found = week(query, _monday())
    whole = time.perf_counter() - begun
    calls = TimedBackend.took_s
    if found.unknown or len(calls) != STAFF or not found.days[0].cells:
        raise RuntimeError(f"That is no grid of {STAFF}: {found.unknown or len(calls)}")
    return Taken(whole, max(calls), sum(calls))


def _monday() -> date:
    today = datetime.now(UTC).date()
    return today + timedelta(days=14 - today.weekday())


def _salon(base_url: str, number: int) -> Query:
    company = Company.objects.create(
        name="Bench week",
        slug=f"bench-week-{number}",
        calcom_api_key=Upstream.KEY,
        calcom_base_url=base_url,
        requests_per_minute=10_000_000,
    )
    branch = Branch.objects.create(company=company, name="Zentrale")
    service = Service.objects.create(company=company, name="Schnitt", duration_min=30)
    client = CalcomClient(company)
    for index in range(STAFF):
        staff = Staff.objects.create(company=company, name=f"Stylist {index}", home_branch=branch)
        made = client.create_event_type(title=f"Schnitt {index}", slug=f"schnitt-{index}", lengthInMinutes=30)
        row = EventType.objects.create(
            company=company, calcom_id=made.id, title=made.title, length_min=30, host_ids=[index + 1]
        )
        EventTypeMapping.objects.create(company=company, event_type=row, service=service, staff=staff)
    return Query(company=company, service=service)
