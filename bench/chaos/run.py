"""The run from beginning to end: changes and faults together, then quiet, then the comparison; then staff decide."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.db import connection, connections
from django.utils import timezone

from bench.chaos import decisions, quiet
from bench.chaos.agreement import Found, compare
from bench.chaos.customers import Customers
from bench.chaos.desk import Desk
from bench.chaos.diary import Diary, Pace
from bench.chaos.faults import Faults
from bench.chaos.parts import Part
from bench.chaos.salons import Salons, Times
from bench.chaos.servers import Servers
from bench.chaos.upstream import Upstream
from bench.report import Row, Table, progress

THREADS = 2
_PER_SECOND = 10.0  # on each side; less where the machine does not keep up
_LOAD_AT_MOST_S = 900.0
_QUIET_AT_MOST_S = 900.0
_TELL_EVERY_S = 15.0


@dataclass
class Chaos:
    """One run. `seed` decides who does what and which fault comes when, as far as the machine lets it."""

    servers: Servers
    upstream: Upstream
    salons: Salons
    processes: Sequence[Part]
    changes: int
    seed: int
    diary: Diary = field(default_factory=Diary)
    times: Times = field(default_factory=Times)

    def run(self) -> Table:
        """Do it all."""
        load_s, faults = self._load()
        progress(f"{load_s:.0f} s of changes and faults are over: {quiet.open_work()}")
        quiet_s = self._quiet()
        found = compare(self.upstream.bookings(), self.diary)
        decided, again_s = self._decide()
        after = compare(self.upstream.bookings(), self.diary)
        rows = [*self._rows(load_s, faults), *_quiet_rows(quiet_s, found)]
        rows += _decided_rows(decided, again_s, after)
        table = Table(f"Chaos: {self.changes:,} changes on each side, seed {self.seed}", rows)
        if not table.holds or any(part.ends for part in self.processes):
            self._keep([*found.all, *(f"after the decisions: {text}" for text in after.all)])
        return table

    def _load(self) -> tuple[float, Faults]:
        workers = [part for part in self.processes if part.name.startswith("worker")]
        faults = Faults(self.servers, self.upstream, workers, random.Random(self.seed))
        stop = threading.Event()
        began = next_tell = next_reconcile = time.monotonic()
        paces, threads = self._people(stop)
        try:
            while any(thread.is_alive() for thread in threads) and time.monotonic() - began < _LOAD_AT_MOST_S:
                self._keep_alive()
                faults.go_on(sum(pace.done for pace in paces) / (2 * self.changes))
                now = time.monotonic()
                if now >= next_reconcile:
                    next_reconcile = now + quiet.RECONCILE_EVERY_S
                    quiet.reconcile_soon()
                if now >= next_tell:
                    next_tell = now + _TELL_EVERY_S
                    progress(f"{now - began:.0f} s: {len(self.diary.local)} here, {len(self.diary.remote)} there")
                time.sleep(0.1)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        faults.end()
        connections.close_all()
        return time.monotonic() - began, faults

    def _people(self, stop: threading.Event) -> tuple[list[Pace], list[threading.Thread]]:
        paces: list[Pace] = []
        threads: list[threading.Thread] = []
        for number in range(1, THREADS + 1):
            dice = random.Random(f"{self.seed} {number}")
            share = self.changes // THREADS + (number <= self.changes % THREADS)
            desk = Desk(f"desk{number}", self.salons, self.times, self.diary, dice)
            customers = Customers(f"web{number}", self.salons, self.upstream, self.times, self.diary, dice)
            for work in (desk.work, customers.work):
                pace = Pace(share, _PER_SECOND / THREADS, stop)
                paces.append(pace)
                threads.append(threading.Thread(target=work, args=(pace,), daemon=True))
        for thread in threads:
            thread.start()
        return paces, threads

    def _keep_alive(self) -> None:
        for part in self.processes:
            part.revive()

    def _quiet(self) -> float | None:
        quiet_s = quiet.wait_for_quiet(since=timezone.now(), at_most_s=_QUIET_AT_MOST_S, keep_alive=self._keep_alive)
        if quiet_s is None:
            progress(f"never quiet: {quiet.open_work()}")
        return quiet_s

    def _decide(self) -> tuple[int, float | None]:
        """Let staff decide, and wait; then what comes back, because Cal.com refuses what they chose."""
        dice, decided, waited_s = random.Random(self.seed), 0, 0.0
        for is_first in (True, False):
            decided += decisions.decide_all(self.diary, dice, ours=0.5 if is_first else 0.0)
            quiet_s = self._quiet()
            if quiet_s is None:
                return decided, None
            waited_s += quiet_s
        return decided, waited_s

    def _rows(self, load_s: float, faults: Faults) -> list[Row]:
        ends = [f"{part.name} {len(part.ends)} times" for part in self.processes if part.ends]
        refused = sum(self.diary.refused.values())
        made_here, made_there = len(self.diary.local), len(self.diary.remote)
        return [
            Row("changes made here", f"{made_here:,}", f"= {self.changes}", made_here == self.changes),
            Row("changes made at Cal.com", f"{made_there:,}", f"= {self.changes}", made_there == self.changes),
            Row("refused, as they must be", f"{refused:,}"),
            *(Row(f"  {what}", f"{count:,}") for what, count in sorted(self.diary.refused.items())),
            Row("duration of changes and faults", f"{load_s:.0f} s"),
            *(Row(f"  {what}", f"{count:,}") for what, count in sorted(faults.count.items())),
            Row("processes that ended by themselves", ", ".join(ends) or "none"),
            Row("mistakes of the run itself", f"{len(self.diary.failed)}", "= 0", not self.diary.failed),
        ]

    def _keep(self, wrong: list[str]) -> None:
        """Save logs and both sides where they can be read afterwards."""
        place = Path(tempfile.mkdtemp(prefix="slotkeeper-chaos-"))
        for log in self.servers.directory.glob("*.log"):
            shutil.copy(log, place)
        (place / "wrong.txt").write_text("\n".join([*wrong, *self.diary.failed]) + "\n")
        (place / "remote.json").write_text(json.dumps([asdict(one) for one in self.diary.remote], default=str))
        bookings = [asdict(one) for one in self.upstream.bookings().values()]
        (place / "bookings.json").write_text(json.dumps(bookings, default=str, indent=0))
        _dump(place)
        for text in wrong[:20]:
            progress(text)
        progress(f"{len(wrong)} findings, logs and both sides are in {place}")


def _quiet_rows(quiet_s: float | None, found: Found) -> list[Row]:
    explained = sum(found.explained.values())
    return [
        _row_of_time("time to quiet", quiet_s),
        *_zeros(found),
        Row("left to staff, because both sides changed it", f"{explained}"),
        *(Row(f"  {what}", f"{count:,}") for what, count in sorted(found.explained.items())),
    ]


def _decided_rows(decided: int, again_s: float | None, after: Found) -> list[Row]:
    left = sum(after.explained.values())
    return [
        Row("decided by staff", f"{decided}"),
        Row(
            "time to quiet after that", "never" if again_s is None else f"{again_s:.0f} s", "ever", again_s is not None
        ),
        *_zeros(after),
        Row("still left to staff", f"{left}", "= 0", left == 0),
    ]


def _row_of_time(what: str, seconds: float | None) -> Row:
    return Row(what, "never" if seconds is None else f"{seconds:.0f} s", "ever", seconds is not None)


def _zeros(found: Found) -> Iterator[Row]:
    for name in ("lost", "doubled", "stuck", "different", "unexplained"):
        count = len(getattr(found, name))
        yield Row(f"  {name}", f"{count}", "= 0", count == 0)


def _dump(place: Path) -> None:
    """The tables that tell the story."""
    tables = (
        "appointments_appointment",
        "appointments_push",
        "appointments_appointmentchange",
        "appointments_attendee",
    )
    with connection.cursor() as cursor:
        for table in (*tables, "appointments_formeruid", "calcom_syncrun"):
            _copy(cursor, f"SELECT * FROM {table}", place / f"{table}.csv")
        columns = "id, company_id, delivery_id, trigger, booking_uid, state, reason, received_at, finished_at"
        story = f"SELECT {columns}, convert_from(body, 'UTF8') AS body FROM webhooks_webhookevent"
        _copy(cursor, story, place / "deliveries.csv")


def _copy(cursor: object, query: str, target: Path) -> None:
    copy = cursor.copy(f"COPY ({query} ORDER BY id) TO STDOUT WITH CSV HEADER")  # type: ignore[attr-defined]
    with copy as rows, target.open("wb") as file:
        for chunk in rows:
            file.write(chunk)
