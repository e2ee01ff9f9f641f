"""Reading a dump of the predecessor's database: five tables, in an order in which each refers only to earlier ones.

Every file is read to its end before anything is written: what is no dump is refused as a whole. Then batch by batch, in
one transaction each: the rows, the old rows as they came, and the checkpoint. So a run may be killed anywhere; the next
call with the same files goes on behind the last batch, and a call after the end finds everything unchanged.
"""

from __future__ import annotations

import gc
import hashlib
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.db import DataError, IntegrityError
from django.db.models.fields.json import KT

from calcom.legacy.dump.book import Book
from calcom.legacy.dump.cells import NONE, key_in
from calcom.legacy.dump.errors import DumpRefused
from calcom.legacy.dump.files import DumpFile, Survey, find, survey
from calcom.legacy.dump.lines import Read, Row
from calcom.legacy.dump.taking import Way, take
from calcom.legacy.dump.tally import OUTCOMES, DumpResult, ReportFile, Tally
from calcom.legacy.result import RUNNING_ELSEWHERE
from calcom.legacy.runs import Kind, begin, finish, marked_failed, note
from calcom.models import LegacyRow, LegacyRun
from calcom.sync.copies import storable
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
            _refuse_report(report, files)
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
        how = f"{self.way.zone} {self.way.old_company} {self.survey.fingerprint}"
        source = f"{storable(path.name[:100])} {hashlib.sha256(how.encode()).hexdigest()[:32]}"
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
        size = _number(checkpoint, "report") if checkpoint.get("report_in") == self._report_in else 0
        with closing(ReportFile(self.report, size=size)) as report:
            for file in self.files:
                # By their number: a whole file may stand on one line.
                done = self.result.tables.get(file.table.name, Counter())["rows"]
                with file.rows() as rows:
                    for number, chunk in enumerate(_chunks(islice(rows, done, None), self.batch), 1):
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
            key = key_in(chunk[0].values) if isinstance(chunk[0], Row) else ""
            tally.refuse(chunk[0].line, key, f"the database refused it ({type(error).__name__})")
            report.take_back()
            if self.run is not None:
                self._note(self.run, tally, report)
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
        self._note(run, tally, report)
        return tally

    def _note(self, run: LegacyRun, tally: Tally, report: ReportFile) -> None:
        """In the batch's transaction: the numbers, by which the next call goes on, and the report up to there."""
        place = {"report": report.add(tally.remarks), "report_in": self._report_in}
        checkpoint = place | {"tables": self.result.noted(tally)}
        note(run, checkpoint=checkpoint, counts=self.result.numbers + tally.numbers)

    @property
    def _report_in(self) -> str:
        return str(storable(str(self.report.resolve())))

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
        return Way(zoneinfo.ZoneInfo(zone), key_in({"id": options.old_company}))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DumpRefused(f"there is no time zone “{zone}”; name one like Europe/Berlin") from error


def _refuse_report(report: Path, files: Sequence[DumpFile]) -> None:
    """Nothing can be written there, or the dump itself is."""
    if report.resolve() in {file.path.resolve() for file in files}:
        raise DumpRefused(f"the report would be written over {report}, which belongs to the dump")
    ReportFile.refuse_unwritable(report)


def _refuse_mixture(company: Company, found: Survey, way: Way) -> None:
    """Rows of one company of the predecessor only, and of the same as before."""
    ids = ", ".join(sorted(found.companies))
    if way.old_company:
        if found.companies and way.old_company not in found.companies:
            raise DumpRefused(f"the dump holds no row with company_id {way.old_company}; there are {ids}")
        return
    if len(found.companies) > 1:
        raise DumpRefused(f"the dump holds rows of several companies (company_id {ids}): say whose are to be read")
    rows = LegacyRow.objects.for_company(company).annotate(owner=KT("data__company_id")).exclude(owner__in=NONE)
    before = rows.filter(owner__isnull=False).order_by("pk").first()
    known = {key_in(before.data, "company_id")} if before is not None else found.companies
    if found.companies and known != found.companies:
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
