"""Reconciliation: what it costs to read 10,000 bookings of which nothing is new, in writes, queries and memory."""

from __future__ import annotations

import re
import time
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.models import Appointment
from bench import account
from bench.report import Row, Table, progress
from calcom.client import CalcomClient
from calcom.guard import Lane
from calcom.models import SyncRun
from calcom.sandbox.app import Sandbox
from calcom.sandbox.state import Attendee, Booking
from calcom.sync.bookings import reconcile
from calcom.sync.bookings.result import BookingsResult
from companies.models import Company

_PAGE = 100
_MADE_AT = datetime.now(UTC) - timedelta(days=30)
_HOUR = timedelta(hours=1)
_WRITES = re.compile(r"\s*(EXECUTE )?(INSERT|UPDATE|DELETE)", re.IGNORECASE)
_OWN_RECORD = '"calcom_syncrun"'


@dataclass(frozen=True)
class Cost:
    """Of one run. `writes` besides its own record; `added`: bytes at the most."""

    queries: int
    writes: int
    seconds: float
    added: int


def measure(_directory: Path, *, few: int, many: int) -> Table:
    """Read `few` and then `many` bookings that are known already."""

    def prepare(sandbox: Sandbox) -> None:
        _fill(sandbox, few=few, many=many)

    with account.running_account(prepare) as url:
        account.make_company(url)
        company = Company.objects.get()
        took_s = _take_over(company, many)
        costs = {size: _cost(company, size, since=since) for size, since in ((few, 2 * _HOUR), (many, 4 * _HOUR))}
    more = (many - few) / _PAGE
    return Table(
        f"Reconciliation of {many:,} unchanged bookings, against {few:,}, over a real socket",
        [
            Row(f"taking over {many:,} new ones", f"{took_s:.1f} s"),
            *(Row(f"reading {size:,} unchanged", _told(cost)) for size, cost in costs.items()),
            Row.at_most("rows written, but for its own record", max(cost.writes for cost in costs.values()), 0),
            Row.at_most(f"queries for a page of {_PAGE} more", (costs[many].queries - costs[few].queries) / more, 1.0),
            Row.at_most("queries besides", costs[few].queries - few // _PAGE, 20),
            Row.at_most(
                "bytes of memory for each booking more", (costs[many].added - costs[few].added) / (many - few), 150
            ),
        ],
    )


def _fill(sandbox: Sandbox, *, few: int, many: int) -> None:
    """Bookings made a month ago, of which a few were changed an hour ago and all the others three."""
    now, owner_id = sandbox.world.now(), sandbox.world.api_keys[account.KEY].user_id
    for index in range(many):
        stylist, starts_at = account.slot(index)
        event_type = sandbox.world.event_types[account.event_type_of(stylist)]
        person = Attendee(index + 1, f"Karla Kundin {index}", f"karla.{index}@example.com", "Europe/Berlin", "de")
        uid = sandbox.world.new_uid()
        sandbox.world.bookings[uid] = Booking(
            id=sandbox.world.next_id("booking"),
            uid=uid,
            event_type_id=event_type.id,
            host_id=owner_id,
            title=f"Haircut between Stylist {stylist} and {person.name}",
            starts_at=starts_at,
            ends_at=starts_at + account.LENGTH,
            status="accepted",
            attendees=[person],
            created_at=_MADE_AT,
            updated_at=now - (_HOUR if index < few else 3 * _HOUR),
            responses={"name": person.name, "email": person.email, "notes": "Kommt vielleicht etwas später."},
            ical_uid=f"{uid}@Cal.com",
        )


def _take_over(company: Company, many: int) -> float:
    began = time.perf_counter()
    _reconciled(company)
    if Appointment.objects.count() != many:
        raise RuntimeError(f"{Appointment.objects.count()} of {many} bookings were taken over.")
    seconds = time.perf_counter() - began
    progress(f"{many} new: {seconds:.1f} s")
    return seconds


def _cost(company: Company, size: int, *, since: timedelta) -> Cost:
    _last_run_was(since)
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as asked:
        result = _reconciled(company)
    seconds = time.perf_counter() - began
    if (result.unchanged, result.seen) != (size, size):
        raise RuntimeError(f"{result.unchanged} of {size} bookings were unchanged, {result.seen} were seen.")
    writes = [one["sql"] for one in asked if _WRITES.match(one["sql"]) and _OWN_RECORD not in one["sql"]]
    _last_run_was(since)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        _reconciled(company)
        added = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    cost = Cost(len(asked), len(writes), seconds, added)
    progress(f"{size} unchanged: {_told(cost)}")
    return cost


def _last_run_was(since: timedelta) -> None:
    SyncRun.objects.update(started_at=timezone.now() - since)


def _reconciled(company: Company) -> BookingsResult:
    result = reconcile(company, client=CalcomClient(company, lane=Lane.BACKGROUND))
    if not result.is_good:
        raise RuntimeError("; ".join(result.failures))
    return result


def _told(cost: Cost) -> str:
    return f"{cost.queries} q, {cost.added / 1e6:.1f} MB, {cost.seconds:.1f} s"
