"""The API's pages: the cached week grid against a view of constant bytes, and lists out of a million appointments."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import api_rows, api_world
from bench.api_world import MONDAY, World
from bench.report import Row, Table, progress
from bench.stack import gunicorn
from bench.upstream import running_upstream

CONSTANT = "/api/v1/constant/"
ANSWER_VARIABLE = "BENCH_CONSTANT_ANSWER"
FEW = 1_000
_PATIENCE_S = 60.0
_KEPT_ALIVE_S = 1.0  # gunicorn closes what is idle for two seconds
_LIST = "/api/v1/appointments/"

Rounds = dict[str, list[float]]


@dataclass
class Caller:
    """A program that keeps its connection."""

    port: int
    key: str

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        self._used_at = time.monotonic()

    def get(self, address: str) -> bytes:
        """The body of a 200."""
        return self._ask("GET", address, 200)

    def post(self, address: str, body: dict[str, Any]) -> bytes:
        """The body of a 201."""
        return self._ask("POST", address, 201, json.dumps(body).encode())

    def _ask(self, method: str, address: str, wanted: int, body: bytes | None = None) -> bytes:
        if time.monotonic() - self._used_at > _KEPT_ALIVE_S:
            self._connection.close()  # the server is about to do the same; the next request connects anew
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self._connection.request(method, address, body, headers)
        answer = self._connection.getresponse()
        told = answer.read()
        self._used_at = time.monotonic()
        if answer.status != wanted:
            raise RuntimeError(f"{method} {address}: {answer.status} {told[:300]!r}")
        return told


def measure(directory: Path, *, rounds: int, each: int, many: int) -> Table:
    """Time the week grid and the constant view in turn; then pages of few rows, and the same pages of many."""
    file = directory / "constant.json"
    os.environ[ANSWER_VARIABLE] = str(file)
    with running_upstream() as upstream:
        world = api_world.found(upstream.url)
        api_rows.furnish(world)
        api_rows.write(world, first=1, last=FEW)
        with gunicorn("bench.api_server", directory) as port:
            caller = Caller(port, world.key)
            file.write_bytes(caller.get(world.week))
            week = _timed(caller, {"constant": CONSTANT, "week": world.week}, rounds=rounds, each=each)
            changed = _changes(caller, world)
            pages = _pages(world)
            few, asked_few = _timed(caller, pages, rounds=rounds, each=each), _queries(world, pages)
            api_rows.write(world, first=FEW + 1, last=many)
            large, asked_many = _timed(caller, pages, rounds=rounds, each=each), _queries(world, pages)
    return Table(
        f"API: {each} calls in turn, {rounds} rounds; lists of 50 out of {FEW} and of {many} appointments",
        [
            Row("constant bytes, same key and throttle", _ms(week["constant"])),
            Row("cached week grid", _ms(week["week"])),
            Row.at_most("cached week grid / constant bytes", _ratio(week, "week", "constant"), 3.0),
            Row.at_most("weeks that a booking did not change", int(not changed), 0),
            *_rows(few, large),
            Row.at_most("queries that a large list needs more", _most_more(asked_few, asked_many), 0),
            Row("queries of a page, at most", str(max(asked_many.values()))),
        ],
    )


def _pages(world: World) -> dict[str, str]:
    """Pages with fifty rows each, of the small table and of the large one."""
    now = datetime.now(UTC).date()
    since, until = now - timedelta(days=3), now + timedelta(days=3)
    staff, branch, service = world.staff.pk, world.branch.pk, world.service.pk
    queries = {
        "the latest": "",
        "six days, two states": f"since={since}&until={until}&status=confirmed,pending",
        "one state": "status=cancelled",
        "one branch, from today on": f"branch={branch}&since={since}&ordering=starts_at",
        "one staff member": f"staff={staff}",
        "one service": f"service={service}",
        "in person": "location_type=in_person&ordering=starts_at",
        "synchronised": "sync=synced",
        "by name": "text=zora+zopf",
    }
    return {"constant": CONSTANT} | {name: f"{_LIST}?{query}" for name, query in queries.items()}


def _timed(caller: Caller, addresses: Mapping[str, str], *, rounds: int, each: int) -> Rounds:
    """Each address once, then each again: what else the machine does meets all of them. Medians, in milliseconds."""
    found: Rounds = {name: [] for name in addresses}
    for number in range(1, rounds + 1):
        seconds: Rounds = {name: [] for name in addresses}
        for _ in range(each):
            for name, address in addresses.items():
                start = time.perf_counter()
                caller.get(address)
                seconds[name].append(time.perf_counter() - start)
        for name, times in seconds.items():
            found[name].append(statistics.median(times) * 1000)
        progress(f"round {number}: " + ", ".join(f"{name} {times[-1]:.1f} ms" for name, times in found.items()))
    return found


def _changes(caller: Caller, world: World) -> bool:
    """Whether a booking made between two calls changes the second answer."""
    before = caller.get(world.week)
    starts_at = f"{MONDAY}T10:00:00"
    person = {"name": "Karla Kundin", "email": "karla@example.com"}
    body = {"service": world.service.pk, "staff": world.staff.pk, "starts_at": starts_at, "attendees": [person]}
    caller.post(_LIST, {**body, "time_zone": "Europe/Berlin"})
    free = [_free_at(told, starts_at) for told in (before, caller.get(world.week))]
    return free == [True, False]


def _free_at(told: bytes, starts_at: str) -> bool:
    cells = (cell for day in json.loads(told)["days"] for cell in day["cells"])
    return any(cell["duration_ok"] for cell in cells if cell["starts_at_local"].startswith(starts_at))


def _queries(world: World, pages: Mapping[str, str]) -> dict[str, int]:
    """How often each page asks the database."""
    client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {world.key}"})
    counts = {}
    for name, address in pages.items():
        if address != CONSTANT:
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(address)
            rows = len(answer.json()["results"])
            if rows != 50:
                raise RuntimeError(f"{address} has {rows} rows, and is to be compared as a page of 50.")
            counts[name] = len(captured)
    return counts


def _rows(few: Rounds, large: Rounds) -> list[Row]:
    """Large against few, each in units of the constant view, timed beside both: the machine's moods cancel out."""
    rows = []
    for name in few:
        if name != "constant":
            grown = _ratio(large, name, "constant") / _ratio(few, name, "constant")
            rows.append(Row(f"{name}: few, many", f"{_ms(few[name])}, {_ms(large[name])}"))
            rows.append(Row.at_most(f"{name}: many / few", grown, 2.0))
    return rows


def _ratio(times: Rounds, name: str, other: str) -> float:
    return statistics.median([one / two for one, two in zip(times[name], times[other], strict=True)])


def _most_more(few: Mapping[str, int], many: Mapping[str, int]) -> int:
    return max(many[name] - few[name] for name in few)


def _ms(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} ms"
