"""extract_payload_data: its rate against bare COPY and UPDATE, and whether its memory grows with the rows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from appointments.models import Attendee
from bench import extract_rows
from bench.report import Row, Table, progress
from companies.models import Company
from devstack.place import ROOT

_COMMAND = ("manage.py", "extract_payload_data", "--all", "--json")


@dataclass(frozen=True)
class Run:
    """The command as a process of its own: how long, how much memory at the most."""

    seconds: float
    peak_mb: float


def measure(directory: Path, *, rows: int) -> Table:
    """A hundredth of the rows, then all of them, then the same data moved by bare statements."""
    company = Company.objects.create(name="Bench", slug="bench")
    few = rows // 100
    extract_rows.write(company, few)
    small = _run(expected=few)
    progress(f"{few:,} rows: {small.seconds:.1f} s, {small.peak_mb:.0f} MB")
    extract_rows.write(company, rows)
    large = _run(expected=rows)
    progress(f"{rows:,} rows: {large.seconds:.1f} s, {large.peak_mb:.0f} MB")
    extract_rows.keep_extracted(directory)
    extract_rows.write(company, rows)
    bare_s = _timed(directory)
    return Table(
        f"extract_payload_data over {rows:,} appointments of which only the payload was known",
        [
            Row("bare COPY out, COPY in, UPDATE ... FROM (limit)", f"{rows / bare_s:,.0f}/s"),
            Row("the command, from start to end", f"{rows / large.seconds:,.0f}/s"),
            Row.at_least("command / limit", bare_s / large.seconds, 0.3),
            Row(f"peak memory for {few:,} rows, for {rows:,}", f"{small.peak_mb:.0f} MB, {large.peak_mb:.0f} MB"),
            Row.at_most("peak / peak at a hundredth", large.peak_mb / small.peak_mb, 1.2),
        ],
    )


def _run(*, expected: int) -> Run:
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *_COMMAND], cwd=ROOT, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    found = Attendee.objects.count()
    if process.returncode or found != expected:
        raise RuntimeError(f"The command ended with {process.returncode}; {found:,} attendees of {expected:,}.")
    return Run(seconds, usage.ru_maxrss / 1024)


def _timed(directory: Path) -> float:
    started = time.perf_counter()
    extract_rows.move_bare(directory)
    seconds = time.perf_counter() - started
    connection.close()
    return seconds
