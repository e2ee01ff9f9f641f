"""Tens of thousands of rows take no more memory than hundreds."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from appointments.models import Appointment, Customer
from calcom.legacy.dump.files import find, survey
from tests.calcom.legacy.dump import dumps


def peak_of(work: Callable[[], object]) -> int:
    """The most memory that Python held meanwhile, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def many(folder: Path, name: str, count: int, *, ending: str = "csv") -> Path:
    """A file of one table, written row by row."""
    row = getattr(dumps, name)
    path = folder / f"{name}s-{count}.{ending}"
    with path.open("w") as stream:
        columns = list(row())
        stream.write("[" if ending == "json" else ",".join(columns) + "\n")
        for key in range(1, count + 1):
            told = row(key)
            if ending == "json":
                stream.write(("," if key > 1 else "") + json.dumps(told | {"payload": "x" * 1000}) + "\n")
            else:
                stream.write(",".join(str(told[column]) for column in columns) + "\n")
        stream.write("]" if ending == "json" else "")
    return path


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_reading(tmp_path, ending):
    peaks = []
    for count in (1_000, 40_000):
        path = many(tmp_path, "customer", count, ending="json" if ending == "json" else "csv")
        if ending == "jsonl":
            path = path.rename(path.with_suffix(".jsonl"))
            path.write_text("".join(json.dumps(dumps.customer(key)) + "\n" for key in range(count)))
        peaks.append(peak_of(partial(survey, find(path, table="customers"))))
    assert peaks[1] <= 1.2 * peaks[0]


def test_writing(tmp_path, bring):
    bring(many(tmp_path, "customer", 600), table="customers", batch=200)
    few = peak_of(lambda: bring(many(tmp_path, "customer", 1_000), table="customers", batch=200))
    most = peak_of(lambda: bring(many(tmp_path, "customer", 6_000), table="customers", batch=200))
    assert Customer.objects.count() == 6_000
    assert most <= 1.2 * few


def test_appointments_that_follow_each_other_take_no_more_statements(dump, bring, django_assert_max_num_queries):
    rows = [
        dumps.appointment(key, starts_at=f"2026-12-{key % 27 + 1:02} {key // 27 + 8:02}:00:00", ends_at="")
        for key in range(200)
    ]
    folder = dump(appointments=rows)
    with django_assert_max_num_queries(120):
        bring(folder)
    assert Appointment.objects.filter(is_double_booked=False).count() == 200
