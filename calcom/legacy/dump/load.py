"""Reading a dump of the predecessor's database: five tables, in an order in which each refers only to earlier ones.

Every file is read to its end before anything is written: what is no dump is refused as a whole. Then batch by batch, in
one transaction each: the rows, the old rows as they came, and the checkpoint. So a run may be killed anywhere; the next
call with the same files goes on behind the last batch, and a call after the end finds everything unchanged.
"""

from __future__ import annotations

import gc
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.db import DataError, IntegrityError

from calcom.legacy.dump.book import Book
from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.dump.files import DumpFile, Survey, find, survey
from calcom.legacy.dump.lines import Read
from calcom.legacy.dump.taking import Way, take
from calcom.legacy.dump.tally import OUTCOMES, DumpResult, ReportFile, Tally
from calcom.legacy.result import RUNNING_ELSEWHERE
from calcom.legacy.runs import Kind, begin, finish, marked_failed, note
from calcom.models import LegacyRow, LegacyRun
from calcom.sync.runs import alone
from companies.locks import Purpose, take_turn
from companies.transactions import transactional

if TYPE_CHECKING:
    from companies.models import Company

logger = structlog.get_logger(__name__)

OnProgress = Callable[[int, int | None], None]
BATCH = 500
# Django's compiled queries refer to themselves. Python's own collector lets a long run pile them up for a long while.
_TIDIED_EVERY = 20


@dataclass(frozen=True)
class DumpOptions:
    """How a dump is read. All texts may be empty.

    `table`: what the one file is, or the only one wanted. `encoding`: of the files, UTF-8 unless told. `zone`: of times
    that name none, the company's unless told. `old_company`: the predecessor's id of the company, where the dump holds
    several. `report`: where rows that were not taken over are listed, `default_report` unless told.
    """

    table: str = ""
    encoding: str = ""
    zone: str = ""
    old_company: str = ""
    report: Path | None = None


def default_report(path: Path, company: Company, *, is_dry_run: bool) -> Path:
    """Beside the dump, one for each company."""
    folder = path if path.is_dir() else path.parent
    return folder / f"not-imported-{company.slug}{'-dry-run' if is_dry_run else ''}.csv"


def import_dump(
    company: Company,
    path: Path,
    *,
    options: DumpOptions | None = None,
    is_dry_run: bool = False,
    batch: int = BATCH,
    on_progress: OnProgress | None = None,
) -> DumpResult:
    """Take over a folder of a dump's files, or one file. A dry run comes to the same numbers; it writes the report.

    `failures` of the result tell that nothing was done, or that rows were refused; then the report names each.
    """
    options = options or DumpOptions()
    result = DumpResult(OUTCOMES)
    with alone(company, Purpose.LEGACY) as is_alone:
        if not is_alone:
            result.failures.append(RUNNING_ELSEWHERE)
            return result
        try:
            files = find(path, table=options.table, encoding=options.encoding)
            way, found = _way(company, options), survey(files)
            _refuse_mixture(company, found, way)
            report = options.report or default_report(path, company, is_dry_run=is_dry_run)
            ReportFile.refuse_unwritable(report)
            load = _Load(company, files, found, way, result, report, batch, on_progress)
            load.dry() if is_dry_run else load.real(path)
        except DumpRefused as error:
            result.failures.append(f"{error}; nothing was taken over" if not result.numbers["rows"] else str(error))
    return result


@dataclass
class _Load:
    company: Company
    files: Sequence[DumpFile]
    survey: Survey
    way: Way
    result: DumpResult
    report: Path
    batch: int
    on_progress: OnProgress | None
    run: LegacyRun | None = None

    def dry(self) -> None:
        """Find out what would become of each row."""
        self._go({})

    def real(self, path: Path) -> None:
        """Begin a run, or go on with the one that was interrupted."""
        source = f"{path.name[:100]} {self.way.zone} {self.way.old_company} {self.survey.fingerprint}"
        self.run = run = begin(self.company, Kind.DUMP, source=source)
        self.result.run_id = run.pk
        self.result.go_on_from(run.checkpoint.get("tables", {}))
        with marked_failed(run):
            self._go(run.checkpoint)
        finish(run, is_good=True)
        if not run.rows.exists() and not run.changes.exists():  # the same dump once more: nothing to roll back
            run.delete()
            self.result.run_id = None

    def _go(self, checkpoint: dict[str, object]) -> None:
        self.result.report = self.report
        run_id = None if self.run is None else self.run.pk
        book = Book(self.company, run_id=run_id, kinds=[file.table.kind for file in self.files])
        names = [file.table.name for file in self.files]
        begin_at = names.index(table) if (table := str(checkpoint.get("table", ""))) in names else 0
        with closing(ReportFile(self.report, size=_number(checkpoint, "report"))) as report:
            for place, file in enumerate(self.files[begin_at:]):
                after = _number(checkpoint, "line") if place == 0 else 0
                with file.rows() as rows:
                    for number, chunk in enumerate(_chunks((row for row in rows if row.line > after), self.batch), 1):
                        self._take(chunk, file, book, report)
                        if number % _TIDIED_EVERY == 0:
                            gc.collect()
        if refused := self.result.numbers["refused"]:
            rows_were = "row was" if refused == 1 else "rows were"
            self.result.failures.append(f"{refused:,} {rows_were} refused; {self.report} names each and why")

    def _take(self, chunk: list[Read], file: DumpFile, book: Book, report: ReportFile) -> None:
        """One batch; where the database refuses something of it, row by row."""
        try:
            self._commit(chunk, file, book, report)
        except (DataError, IntegrityError) as error:
            if len(chunk) > 1:
                for row in chunk:
                    self._take([row], file, book, report)
                return
            logger.warning("calcom.legacy.row_refused", company_id=self.company.pk, line=chunk[0].line, exc_info=True)
            tally = Tally(file.table.name)
            tally.refuse(chunk[0].line, "", f"the database refused it ({type(error).__name__})")
            report.take_back()
            if self.run is not None:
                self._note(self.run, tally, chunk, report)
            self._count(tally, report if self.run is None else None)
            report.keep()

    def _commit(self, chunk: list[Read], file: DumpFile, book: Book, report: ReportFile) -> None:
        """No news of Cal.com's is applied meanwhile: it would make the same bookings."""
        if self.run is None:
            self._count(take(chunk, file.table, book, way=self.way, run=None), report)
            return
        self._count(self._write(chunk, file, book, report, run=self.run))
        report.keep()

    @transactional
    def _write(self, chunk: list[Read], file: DumpFile, book: Book, report: ReportFile, *, run: LegacyRun) -> Tally:
        """Tried again where it met somebody else's change."""
        book.forget_batch()
        report.take_back()
        take_turn(Purpose.NEWS, self.company.pk)
        tally = take(chunk, file.table, book, way=self.way, run=run)
        self._note(run, tally, chunk, report)
        return tally

    def _note(self, run: LegacyRun, tally: Tally, chunk: list[Read], report: ReportFile) -> None:
        """In the batch's transaction: where to go on, with the numbers and the report up to there."""
        place = {"table": tally.table, "line": chunk[-1].line, "report": report.add(tally.remarks)}
        tables = self.result.noted(tally)
        note(run, checkpoint=place | {"tables": tables}, counts=self.result.numbers + tally.numbers)

    def _count(self, tally: Tally, report: ReportFile | None = None) -> None:
        """After the commit."""
        if report is not None:
            report.add(tally.remarks)
            report.keep()
        self.result.add(tally)
        if self.on_progress:
            self.on_progress(self.result.numbers["rows"], sum(self.survey.rows.values()))


def _way(company: Company, options: DumpOptions) -> Way:
    zone = options.zone or str(company.time_zone)
    try:
        return Way(zoneinfo.ZoneInfo(zone), options.old_company.strip())
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DumpRefused(f"there is no time zone “{zone}”; name one like Europe/Berlin") from error


def _refuse_mixture(company: Company, found: Survey, way: Way) -> None:
    """Rows of one company of the predecessor only, and of the same as before."""
    ids = ", ".join(sorted(found.companies))
    if way.old_company:
        if found.companies and way.old_company not in found.companies:
            raise DumpRefused(f"the dump holds no row with company_id {way.old_company}; there are {ids}")
        return
    if len(found.companies) > 1:
        raise DumpRefused(f"the dump holds rows of several companies (company_id {ids}): say whose are to be read")
    before = LegacyRow.objects.for_company(company).filter(data__has_key="company_id").order_by("pk").first()
    known = {str(before.data["company_id"]).strip()} if before is not None else found.companies
    if found.companies and known - {""} != found.companies:
        raise DumpRefused(
            f"what was brought over before was of company_id {', '.join(known)}, and this is of {ids}: "
            "say that it is meant"
        )


def _number(checkpoint: dict[str, object], name: str) -> int:
    value = checkpoint.get(name)
    return value if isinstance(value, int) else 0


def _chunks(rows: Iterator[Read], size: int) -> Iterator[list[Read]]:
    while chunk := list(islice(rows, size)):
        yield chunk
