"""migrate_to_v2 --dump: 50,000 appointments of the predecessor, and the memory they take beside a hundredth of them."""

from __future__ import annotations

import csv
import json
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from appointments.models import Appointment
from bench.report import Row, Table, progress
from calcom.legacy.dump import import_dump
from companies.models import Company

_SHARE = 100
_BEGAN_AT = datetime(2025, 1, 6, 8, tzinfo=UTC)
_STAFF, _SERVICES, _A_DAY = 20, 20, 200
_TEXT = "Kommt vielleicht etwas später. " * 40


def measure(directory: Path, *, many: int) -> Table:
    """Take a dump of `many` appointments over, and one of a hundredth, both with a fifth as many customers."""
    few = many // _SHARE
    _cost(directory, "warm", few)
    costs = {size: _cost(directory, f"of-{size}", size) for size in (few, many)}
    rows = [Row(f"{size:,} appointments", f"{s:.1f} s, {added / 1e6:.1f} MB") for size, (s, added) in costs.items()]
    ratio = Row.at_most(f"peak memory for {many:,} / for {few:,}", costs[many][1] / costs[few][1], 1.2)
    return Table(f"migrate_to_v2 --dump: {many:,} appointments against {few:,}", [*rows, ratio])


def _cost(directory: Path, slug: str, size: int) -> tuple[float, int]:
    """Seconds, and bytes at the most. Batches that the smaller dump fills as well as the larger."""
    company = Company.objects.create(name=slug, slug=slug)
    folder = directory / f"dump-{slug}"
    folder.mkdir()
    for name, rows in _tables(size).items():
        _write(folder / f"{name}.csv", rows)
    tracemalloc.start()
    before, began = tracemalloc.get_traced_memory()[0], time.perf_counter()
    result = import_dump(company, folder, batch=100)
    seconds, added = time.perf_counter() - began, tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    if not result.is_good or Appointment.objects.filter(company=company).count() != size:
        raise RuntimeError(f"{result.counts}: {'; '.join(result.failures)}")
    progress(f"{size}: {seconds:.1f} s, {added / 1e6:.1f} MB")
    return seconds, added


def _tables(size: int) -> dict[str, Iterator[dict[str, Any]]]:
    people = max(100, size // 5)
    return {
        "branches": iter([{"id": "b", "name": "Salon"}]),
        "staff": ({"id": f"s{n}", "name": f"Stylist {n}", "branch_id": "b"} for n in range(_STAFF)),
        "services": ({"id": n, "name": f"Service {n}", "duration_minutes": 30} for n in range(1, _SERVICES + 1)),
        "customers": ({"id": n, "name": f"Kundin {n}", "email": f"kundin.{n}@example.com"} for n in range(people)),
        "appointments": (_appointment(index, people) for index in range(size)),
    }


def _appointment(index: int, people: int) -> dict[str, Any]:
    """Every second one knows its uid, the others only the number; all have a payload encoded twice."""
    starts_at = _BEGAN_AT + timedelta(days=index // _A_DAY, minutes=30 * (index % _A_DAY // _STAFF))
    told = {"id": index + 1, "uid": f"uid-{index}", "startTime": starts_at.isoformat(), "responses": {"notes": _TEXT}}
    return {
        "id": index + 1,
        "branch_id": "b",
        "staff_id": f"s{index % _STAFF}",
        "service_id": index % _SERVICES + 1,
        "customer_id": index % people,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(minutes=30)).isoformat(),
        "status": "booked",
        "calcom_booking_id": index + 1,
        "calcom_v2_booking_uid": f"uid-{index}" if index % 2 else "",
        "payload": json.dumps(json.dumps(told)),
    }


def _write(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
