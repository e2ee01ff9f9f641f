"""migrate_to_v2: the uids of 50,000 old bookings, and what memory that takes beside a hundredth of them."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from appointments.bulk import insert
from appointments.models import Appointment, Attendee
from bench import account
from bench.report import Row, Table, progress
from calcom.client import CalcomClient
from calcom.guard import Lane
from calcom.legacy.result import LegacyResult
from calcom.legacy.uids import find_uids
from calcom.legacy.undo import roll_back
from calcom.models import LegacyChange
from calcom.sandbox.app import Sandbox
from calcom.sandbox.state import Attendee as Guest
from calcom.sandbox.state import Booking
from companies.models import Company

_SHARE, _FEWEST = 100, 500
"""Below so many what a run needs once, whatever its size, weighs more than its rows."""
_BEGAN_AT = datetime(2023, 1, 2, 8, tzinfo=UTC)
_A_DAY = 48
_BATCH = 5000
_UNKNOWN = 10**9
"""Numbers that Cal.com does not know."""


@dataclass(frozen=True)
class Cost:
    """Of one run, and of its roll-back. Bytes at the most."""

    seconds: float
    added: int
    undone_in: float
    undone_added: int


def measure(_directory: Path, *, many: int) -> Table:
    """Find the uids of `many` bookings, and of a hundredth of them, but not too few, and roll both runs back."""

    def prepare(sandbox: Sandbox) -> None:
        for index in range(many):
            _book(sandbox, index)

    few = max(many // _SHARE, _FEWEST)
    # So that the few, too, come in more than one batch, and see one of every kind that is full.
    batch = few // 2
    with account.running_account(prepare) as url:
        _cost(_company(url, "warm", few), few, batch=batch)
        costs = {size: _cost(_company(url, f"of-{size}", size), size, batch=batch) for size in (few, many)}
    return Table(
        f"migrate_to_v2: {many:,} appointments without uid, against {few:,}, over a real socket",
        [
            *(Row(f"finding {size:,}", _told(cost.seconds, cost.added)) for size, cost in costs.items()),
            *(Row(f"rolling {size:,} back", _told(cost.undone_in, cost.undone_added)) for size, cost in costs.items()),
            Row.at_most(f"peak memory for {many:,} / for {few:,}", costs[many].added / costs[few].added, 1.2),
            Row.at_most("of the roll-back", costs[many].undone_added / costs[few].undone_added, 1.2),
        ],
    )


def _starts_at(index: int) -> datetime:
    return _BEGAN_AT + index // _A_DAY * timedelta(days=1) + index % _A_DAY * timedelta(minutes=10)


def _book(sandbox: Sandbox, index: int) -> None:
    """One booking of three years of them; its number is its place."""
    event_type = sandbox.world.event_types[account.event_type_of(index % account.STYLISTS)]
    person = Guest(index + 1, f"Karla Kundin {index}", f"karla.{index}@example.com", "Europe/Berlin", "de")
    uid = f"uid-{index}"
    sandbox.world.bookings[uid] = Booking(
        id=index + 1,
        uid=uid,
        event_type_id=event_type.id,
        host_id=sandbox.world.api_keys[account.KEY].user_id,
        title=f"{event_type.title} with {person.name}",
        starts_at=_starts_at(index),
        ends_at=_starts_at(index) + account.LENGTH,
        status="accepted",
        attendees=[person],
        created_at=_BEGAN_AT + timedelta(seconds=index),
        updated_at=None,
        responses={"name": person.name, "email": person.email, "notes": "Kommt vielleicht etwas später."},
        ical_uid=f"{uid}@Cal.com",
    )


def _company(url: str, slug: str, size: int) -> Company:
    """A company with so many appointments from the predecessor: most know the number, some more, some less."""
    company = Company.objects.create(
        name=slug, slug=slug, calcom_api_key=account.KEY, calcom_base_url=url, requests_per_minute=10_000_000
    )
    for start in range(0, size, _BATCH):
        rows = list(_appointments(company, range(start, min(start + _BATCH, size))))
        with transaction.atomic():
            insert(rows)
            insert([_attendee(row, start + place) for place, row in enumerate(rows)])
    return company


def _appointments(company: Company, places: range) -> Iterator[Appointment]:
    """All with an old payload, as object or as text. Of ten, two know their uid from it; the number of one is wrong."""
    for index in places:
        kind = index % 10
        starts_at = _starts_at(index)
        yield Appointment(
            company=company,
            starts_at=starts_at,
            ends_at=starts_at + account.LENGTH,
            status="confirmed",
            told_status="confirmed",
            source="import",
            sync_origin="system",
            sync_status="not_applicable",
            calcom_event_type_id=account.event_type_of(index % account.STYLISTS),
            calcom_booking_id=_UNKNOWN + index if kind == 9 else index + 1,
            payload=_payload(index, starts_at, knows_uid=kind in {7, 8}),
        )


def _attendee(row: Appointment, index: int) -> Attendee:
    """Of those with a wrong number every second has the address that Cal.com knows."""
    email = f"karla.{index}@example.com" if index % 20 < 10 else ""
    return Attendee(company=row.company, appointment=row, name=f"Karla Kundin {index}", email=email)


def _payload(index: int, starts_at: datetime, *, knows_uid: bool) -> Any:
    told = {
        "id": index + 1,
        "uid": f"uid-{index}" if knows_uid else "",
        "userId": 1,
        "title": "Haircut",
        "startTime": starts_at.isoformat(),
        "endTime": (starts_at + account.LENGTH).isoformat(),
        "attendees": [{"id": index, "name": f"Karla Kundin {index}", "timeZone": "Europe/Berlin", "locale": "de"}],
        "user": {"name": "Olga", "timeZone": "Europe/Berlin", "locale": "de"},
        "responses": {"notes": "Kommt vielleicht etwas später. " * 20},
        "status": "ACCEPTED",
    }
    return json.dumps(told) if index % 2 else told


def _cost(company: Company, size: int, *, batch: int) -> Cost:
    client = CalcomClient(company, lane=Lane.BACKGROUND)
    seconds, added, found = _weighed(lambda: find_uids(company, client=client, batch=batch))
    _check(found, size)
    undone_in, undone_added, undone = _weighed(lambda: roll_back(company, found.run_id or 0, batch=batch))
    if undone.counts["kept"]:
        raise RuntimeError(f"{undone.counts['kept']} changes were not rolled back.")
    LegacyChange.objects.all().delete()
    cost = Cost(seconds, added, undone_in, undone_added)
    progress(f"{size}: found in {_told(seconds, added)}, rolled back in {_told(undone_in, undone_added)}")
    return cost


def _check(found: LegacyResult, size: int) -> None:
    told = found.counts
    wanted = {
        "open": size,
        "stored": size // 5,
        "listed": size * 7 // 10,
        "second_chance": (size + 10) // 20,
        "converted": size,
    }
    if not found.is_good or {name: told[name] for name in wanted} != wanted:
        raise RuntimeError(f"{told} instead of {wanted}: {'; '.join(found.failures)}")


def _weighed(work: Any) -> tuple[float, int, LegacyResult]:
    """Seconds, bytes at the most, and what came of it.

    Frozen is what was there before: Python looks for dead cycles only when the living have grown by a quarter, and a
    longer run would be charged for those of Django that nobody has fetched yet.
    """
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        before, began = tracemalloc.get_traced_memory()[0], time.perf_counter()
        result: LegacyResult = work()
        return time.perf_counter() - began, tracemalloc.get_traced_memory()[1] - before, result
    finally:
        tracemalloc.stop()


def _told(seconds: float, added: int) -> str:
    return f"{seconds:.1f} s, {added / 1e6:.1f} MB"
