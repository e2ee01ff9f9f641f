"""A dump, and what reads it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from calcom.legacy.dump import DumpOptions, DumpResult, import_dump
from companies.models import Company
from tests.calcom.legacy.dump import dumps

Import = Callable[..., DumpResult]
Dump = Callable[..., Path]


@pytest.fixture
def dump(tmp_path: Path) -> Dump:
    """A folder with one row of each table, or what the arguments say."""
    folder = tmp_path / "dump"
    folder.mkdir()
    return lambda **tables: dumps.small(folder, **tables)


@pytest.fixture
def bring(company: Company) -> Import:
    """Takes a dump over for the company; options by name."""

    def brought(path: Path, *, is_dry_run: bool = False, batch: int = 500, **options: Any) -> DumpResult:
        return import_dump(company, path, options=DumpOptions(**options), is_dry_run=is_dry_run, batch=batch)

    return brought


def reported(result: DumpResult) -> list[tuple[str, ...]]:
    """The lines of the report, without its head: table, line, key, outcome, reason."""
    assert result.report is not None
    with result.report.open(encoding="utf-8", newline="") as stream:
        return [tuple(row) for row in csv.reader(stream)][1:]
