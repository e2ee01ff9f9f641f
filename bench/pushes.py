"""Pushes: how many bookings a second one worker of eight threads makes at Cal.com, against eight bare sessions."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from django.db import connection, transaction
from django.db.models import Max

from appointments.backends import AttendeeSnapshot
from appointments.booking import Actor, book
from appointments.models import Appointment, Push, Service
from appointments.models.history import Side
from bench import account, world
from bench.report import Row, Table, progress
from bench.stack import PUSHERS, push_worker
from calcom.sandbox.app import Sandbox
from companies.models import Company, Staff
from config.celery import app

LATENCY_S = 0.05
_SLOW: dict[str, Any] = {"kind": "latency", "match": {"method": "POST", "path": "^/v2/bookings"}, "seconds": LATENCY_S}
_QUEUE = "pushes"
_START_PATIENCE_S, _PATIENCE_S = 30.0, 120.0


def measure(directory: Path, *, rounds: int, each: int) -> Table:
    """Make `each` bookings bare, then as many through the queue, in turn."""
    bare: list[float] = []
    ours: list[float] = []
    with account.running_account(_slow) as url, _without_limiter(), push_worker(directory):
        services = account.make_company(url)
        _await_worker()
        for number in range(rounds + 1):
            rates = _bare(url, each), _pushed(url, services, each)
            progress(f"round {number}: bare {rates[0]:.1f}/s, pushed {rates[1]:.1f}/s")
            if number:  # the first only warms up
                bare.append(rates[0])
                ours.append(rates[1])
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    return Table(
        f"Pushes: {each} bookings, {PUSHERS} at a time, {LATENCY_S * 1000:.0f} ms each at Cal.com, {rounds} rounds",
        [
            Row(f"{PUSHERS} bare sessions (limit)", f"{statistics.median(bare):.1f}/s"),
            Row(f"one worker of {PUSHERS} threads, limiter off", f"{statistics.median(ours):.1f}/s"),
            Row.at_least("pushed / bare", ratio, 0.7),
        ],
    )


def _slow(sandbox: Sandbox) -> None:
    sandbox.faults.add(**_SLOW)


@contextmanager
def _without_limiter() -> Iterator[None]:
    """For the processes started meanwhile: the circuit breaker stays on."""
    name = "CALCOM_V2_RATE_LIMIT_ENABLED"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _bare(url: str, each: int) -> float:
    """Bookings per second of threads that do nothing else."""
    _empty(url)

    def run(first: int) -> None:
        with requests.Session() as session:
            session.headers.update({"Authorization": f"Bearer {account.KEY}", "cal-api-version": "2024-08-13"})
            for index in range(first, each, PUSHERS):
                answer = session.post(f"{url}/bookings", json=_order(index), timeout=(5, 15))
                answer.raise_for_status()
                answer.json()

    began = time.monotonic()
    with ThreadPoolExecutor(PUSHERS) as threads:
        list(threads.map(run, range(PUSHERS)))
    return each / (time.monotonic() - began)


def _order(index: int) -> dict[str, Any]:
    """The same booking as the worker makes."""
    stylist, starts_at = account.slot(index)
    person = _person(index)
    return {
        "eventTypeId": account.event_type_of(stylist),
        "start": f"{starts_at:%Y-%m-%dT%H:%M:%SZ}",
        "attendee": {"name": person.name, "email": person.email, "timeZone": "Europe/Berlin", "language": "de"},
        "metadata": {"reference": "0" * 60},
    }


def _person(index: int) -> AttendeeSnapshot:
    return AttendeeSnapshot(name=f"Karla Kundin {index}", email=f"karla.{index}@example.com", locale="de")


def _pushed(url: str, services: Sequence[Service], each: int) -> float:
    """Bookings per second of the worker, from the moment when it may begin to the last that is recorded."""
    _empty(url)
    app.control.cancel_consumer(_QUEUE, reply=True)
    _book(services, each)
    began = datetime.now(UTC)
    app.control.add_consumer(_QUEUE, reply=True)
    deadline = time.monotonic() + _PATIENCE_S
    while (left := Push.objects.filter(finished_at__isnull=True).count()) and time.monotonic() < deadline:
        time.sleep(0.2)
    if left or Appointment.objects.exclude(sync_status="synced").exists():
        raise RuntimeError(f"{left} of {each} pushes are not done; see the worker's log.")
    ended: datetime = Push.objects.aggregate(last=Max("finished_at"))["last"]
    return each / (ended - began).total_seconds()


def _book(services: Sequence[Service], each: int) -> None:
    """All in one transaction: the worker is told at its end."""
    company, staff = Company.objects.get(), list(Staff.objects.order_by("pk"))
    desk = Actor(side=Side.PORTAL, name="Bench")
    with transaction.atomic():
        for index in range(each):
            stylist, starts_at = account.slot(index)
            book(
                company,
                service=services[stylist],
                staff=staff[stylist],
                starts_at=starts_at,
                attendees=[_person(index)],
                actor=desk,
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _await_worker() -> None:
    deadline = time.monotonic() + _START_PATIENCE_S
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > deadline:
            raise RuntimeError("The worker does not start; see its log.")


def _empty(url: str) -> None:
    """Nothing is booked, neither there nor here."""
    origin = url.removesuffix("/v2")
    requests.post(f"{origin}/sandbox/reset", timeout=5).raise_for_status()
    requests.put(f"{origin}/sandbox/faults", json=[_SLOW], timeout=5).raise_for_status()
    world.empty()
