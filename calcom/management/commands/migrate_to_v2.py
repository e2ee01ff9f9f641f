"""`manage.py migrate_to_v2`: uids for bookings known by their old number, a dump of the old database, and the way back.

migrate_to_v2 --company salon --dump old/        the predecessor's tables; needs no key
migrate_to_v2 --company salon                    then the uids; asks Cal.com
migrate_to_v2 --company salon --rollback 12      undoes one run, of either kind
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.utils import timezone

from calcom.guard import Lane
from calcom.legacy.dump import DumpOptions, DumpResult, import_dump
from calcom.legacy.dump.tables import BY_NAME
from calcom.legacy.result import RUNNING_ELSEWHERE, LegacyResult
from calcom.legacy.uids import NAMES, find_uids
from calcom.legacy.undo import roll_back
from calcom.management.company_command import (
    WRONG_USAGE,
    CompanyCommand,
    Report,
    numbers,
    refused,
    summed_up,
)
from calcom.models import LegacyRun

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Iterator

    from calcom.legacy.uids import Left
    from companies.models import Company

_HEAD = ("appointment", "booking_id", "start", "reason")
_OF_A_DUMP = ("table", "encoding", "zone", "old_company")


class Command(CompanyCommand):
    """Goes on where the last call stopped. Nothing is told to Cal.com, neither by a run nor by its roll-back."""

    help = (
        "Finds the uids of appointments that know only Cal.com's old booking number, and converts old payloads. "
        "With --dump reads the predecessor's tables instead, with --rollback undoes one run."
    )
    needs_a_choice = True
    has_dry_run = True
    has_batch = True
    batch = 500

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which companies, and what instead of looking for uids."""
        super().add_arguments(parser)
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument(
            "--dump", type=Path, metavar="PATH", help="read a folder of CSV or JSON files, or one file"
        )
        instead.add_argument("--rollback", type=int, metavar="RUN", help="undo this run of the company")
        instead.add_argument("--status", action="store_true", help="list the runs so far")
        text = "list what was left out in this CSV file, with the reason; of a dump beside it unless told"
        parser.add_argument("--report", type=Path, metavar="FILE", help=text)
        dump = parser.add_argument_group("of a dump")
        dump.add_argument(
            "--table", choices=list(BY_NAME), default="", help="what the file is, or the only one to read"
        )
        dump.add_argument("--encoding", default="", help="of the files, where it is not UTF-8")
        dump.add_argument("--zone", default="", help="of times that name none, where it is not the company's")
        dump.add_argument("--old-company", default="", metavar="ID", help="whose rows, where the dump holds several")

    def handle(self, *args: Any, **options: Any) -> None:
        """What asks Cal.com nothing needs no key; a file and a run are one company's."""
        is_dump, is_roll_back = options["dump"] is not None, options["rollback"] is not None
        if (is_dump or is_roll_back) and not options["company"]:
            raise CommandError("--dump and --rollback need --company.", returncode=WRONG_USAGE)
        if not is_dump and any(options[name] for name in _OF_A_DUMP):
            raise CommandError("--table, --encoding, --zone and --old-company go with --dump.", returncode=WRONG_USAGE)
        self.needs_key = not (is_dump or is_roll_back or options["status"])
        super().handle(*args, **options)

    def report(self, company: Company, options: dict[str, Any]) -> Report:
        """The numbers; below them what is left, and why."""
        if options["status"]:
            return _status(company)
        if options["dump"] is not None:
            work = self._import
        else:
            work = self._find if options["rollback"] is None else self._roll_back
        return _told(work(company, options), is_dry_run=options["dry_run"])

    def _import(self, company: Company, options: dict[str, Any]) -> LegacyResult:
        how = DumpOptions(report=options["report"], **{name: options[name] for name in _OF_A_DUMP})
        with self.progress(f"{company.name}: dump") as tick:
            return import_dump(
                company,
                options["dump"],
                options=how,
                is_dry_run=options["dry_run"],
                batch=options["batch"],
                on_progress=tick,
            )

    def _find(self, company: Company, options: dict[str, Any]) -> LegacyResult:
        if reason := _unwritable(options["report"]):
            return LegacyResult(NAMES, failures=[f"the report cannot be written ({reason}); nothing was done"])
        with _left_to(options["report"]) as on_left, self.progress(f"{company.name}: uids") as tick:
            return find_uids(
                company,
                client=self.client(company, lane=Lane.BACKGROUND),
                is_dry_run=options["dry_run"],
                batch=options["batch"],
                on_progress=tick,
                on_left=on_left,
            )

    def _roll_back(self, company: Company, options: dict[str, Any]) -> LegacyResult:
        with self.progress(f"{company.name}: rolling back") as tick:
            return roll_back(
                company, options["rollback"], is_dry_run=options["dry_run"], batch=options["batch"], on_progress=tick
            )


def _told(result: LegacyResult, *, is_dry_run: bool) -> Report:
    """What is left out is no failure, but it is said."""
    if result.failures == [RUNNING_ELSEWHERE]:
        return refused(RUNNING_ELSEWHERE)
    more: dict[str, Any] = {}
    if isinstance(result, DumpResult):
        more = {"tables": result.tables, "report": result.report}
    told = summed_up(result, is_dry_run=is_dry_run, warnings=result.left, run=result.run_id, **more)
    lines = list(told.lines)
    if isinstance(result, DumpResult):
        lines[1:1] = result.lines()
    if result.run_id is not None:
        lines[0] = f"run {result.run_id}: {lines[0]}"
    return Report(lines, told.facts, is_good=told.is_good)


def _status(company: Company) -> Report:
    """The company's runs, newest first."""
    runs = list(LegacyRun.objects.for_company(company))
    lines = [
        f"run {run.pk}: {run.get_kind_display()}, {timezone.localtime(run.started_at):%Y-%m-%d %H:%M}, "
        f"{run.get_state_display()}: {numbers(_noted(run))}"
        for run in runs
    ]
    facts = [
        {"run": run.pk, "kind": run.kind, "state": run.state, "started_at": run.started_at, "counts": run.counts}
        for run in runs
    ]
    return Report(["1 run" if len(runs) == 1 else f"{len(runs)} runs", *lines], {"runs": facts})


def _noted(run: LegacyRun) -> dict[str, int]:
    """What is not zero, in the order in which it is counted: the database keeps none."""
    names = sorted(run.counts, key=lambda name: NAMES.index(name) if name in NAMES else len(NAMES))
    return {name: run.counts[name] for name in names if run.counts[name]}


def _unwritable(path: Path | None) -> str:
    """Why nothing can be written there; empty where it can."""
    try:
        if path is not None:
            path.open("ab").close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


@contextmanager
def _left_to(path: Path | None) -> Iterator[Callable[[Left], None] | None]:
    """Where each appointment without a uid is written to, behind what is there: a run may take several calls."""
    if path is None:
        yield None
        return
    with path.open("a", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        if not stream.tell():
            rows.writerow(_HEAD)
        yield lambda one: rows.writerow((one.appointment_id, one.booking_id, one.starts_at.isoformat(), one.reason))
