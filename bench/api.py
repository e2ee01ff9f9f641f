"""The API: what an Idempotency-Key costs a booking, over HTTP, with Cal.com asked before each."""

from __future__ import annotations

import json
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.api_world import MONDAY, World, found
from bench.report import Row, Table, progress
from bench.stack import gunicorn
from bench.upstream import running_upstream

_ADDRESS = "/api/v1/appointments/"
_HERE = ZoneInfo("Europe/Berlin")
_ROUNDS_ARE_EVEN = 2


def measure(directory: Path, *, rounds: int, each: int) -> Table:
    """Book `each` times a round without a key and with one, taking turns; every booking at a time of its own."""
    os.environ["API_REQUESTS_PER_MINUTE"] = "1000000"
    with running_upstream() as upstream:
        world = found(upstream.url)
        with gunicorn("config.wsgi:application", directory) as port:
            caller, times = _Caller(port, world), _times()
            caller.book(next(times), with_key=True)
            plain, keyed, replayed = [], [], []
            for number in range(rounds):
                pair = [caller.booked(times, each, with_key=with_key) for with_key in _turns(number)]
                without, with_one = pair if number % _ROUNDS_ARE_EVEN == 0 else reversed(pair)
                plain.append(without)
                keyed.append(with_one)
                replayed.append(caller.replayed(next(times), each))
                progress(f"without a key {without:.1f} ms, with one {with_one:.1f} ms, again {replayed[-1]:.1f} ms")
    ratios = [one / other for one, other in zip(keyed, plain, strict=True)]
    return Table(
        "API: an appointment is booked, Cal.com asked before",
        [
            Row("without an Idempotency-Key, median", f"{statistics.median(plain):.1f} ms"),
            Row("with one", f"{statistics.median(keyed):.1f} ms"),
            Row("the answer once more", f"{statistics.median(replayed):.1f} ms"),
            Row.at_most("with a key / without", statistics.median(ratios), 2.0),
        ],
    )


class _Caller:
    """One client, on one connection."""

    def __init__(self, port: int, world: World) -> None:
        self._port, self._world = port, world

    def booked(self, times: Iterator[datetime], each: int, *, with_key: bool) -> float:
        """The median of so many bookings, in milliseconds."""
        return statistics.median(self.book(next(times), with_key=with_key) for _ in range(each))

    def replayed(self, starts_at: datetime, each: int) -> float:
        """The median of asking again for one booking, in milliseconds."""
        key = str(uuid.uuid4())
        self._post(starts_at, key)
        return statistics.median(self._post(starts_at, key) for _ in range(each))

    def book(self, starts_at: datetime, *, with_key: bool) -> float:
        """How long one booking took, in milliseconds. Raises RuntimeError where it is refused."""
        return self._post(starts_at, str(uuid.uuid4()) if with_key else "")

    def _post(self, starts_at: datetime, key: str) -> float:
        person = {"name": "Rita Reserviert", "email": f"rita{starts_at:%m%d%H%M}@example.com"}
        wish = {"service": self._world.service.pk, "starts_at": starts_at.isoformat(), "attendees": [person]}
        headers = {"Authorization": f"Bearer {self._world.key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        before = time.perf_counter()
        connection.request("POST", _ADDRESS, json.dumps(wish), headers)
        answer = connection.getresponse()
        told = answer.read()
        took_ms = (time.perf_counter() - before) * 1000
        connection.close()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {told.decode()}")
        return took_ms


def _turns(number: int) -> tuple[bool, bool]:
    """Whoever goes first in one round goes second in the next."""
    return (False, True) if number % _ROUNDS_ARE_EVEN == 0 else (True, False)


def _times() -> Iterator[datetime]:
    """Half hours at which the stylist is free, each once."""
    for day in count():
        date = MONDAY + timedelta(days=day)
        if date.weekday() < 5:
            yield from (
                datetime(date.year, date.month, date.day, h, m, tzinfo=_HERE) for h in range(9, 17) for m in (0, 30)
            )
