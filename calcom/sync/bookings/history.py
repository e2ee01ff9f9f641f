"""A long period of bookings, a month at a time: memory stays flat, and a run that was killed goes on where it was.

How far it is stands in the run's SyncRun after each month. The next run of the company whose period reaches into what
one of the last days has left unfinished goes on there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from calcom.client.bookings import PER_PAGE
from calcom.client.filters import BookingFilter
from calcom.errors import CalcomError
from calcom.models import SyncRun
from calcom.sync.bookings.lists import take_list
from calcom.sync.bookings.result import BookingsResult
from calcom.sync.bookings.take_over import Progress, TakeOver
from calcom.sync.runs import alone, recorded
from companies.locks import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calcom.client import CalcomClient
    from companies.models import Company

logger = structlog.get_logger(__name__)

WINDOW = timedelta(days=31)
# Lists are narrowed by start and end: what begins in a window ends within a day after it.
LONGEST = timedelta(days=1)
# What was read longer ago is read again.
GOES_ON_FOR = timedelta(days=7)
MOST_WARNINGS = 200


@dataclass
class HistoryResult(BookingsResult):
    """`went_on_at`: where a former run stopped, and this one began. `done_until`: all before it has been read."""

    went_on_at: datetime | None = None
    done_until: datetime | None = None


def sync_history(
    company: Company,
    *,
    client: CalcomClient,
    starts_after: datetime,
    ends_before: datetime,
    is_dry_run: bool = False,
    batch: int = PER_PAGE,
    on_progress: Progress | None = None,
) -> HistoryResult:
    """Take over all bookings that start in the period; times are aware. `on_progress` is told days, `batch` is how
    many rows are asked for at once.

    Cal.com's errors are in the result's `failures`, and then the next run goes on there; anything else is raised, after
    it was recorded. A dry run leaves nothing, and reads all of it.
    """
    result = HistoryResult(company.pk, company.name, is_dry_run=is_dry_run)
    with alone(company, Purpose.HISTORY) as is_alone:
        result.is_running_elsewhere = not is_alone
        if not is_alone:
            return result
        work = _Work(client, result, starts_after, ends_before, on_progress, batch)
        if is_dry_run:
            work.read(starts_after, run=None)
            return result
        result.went_on_at = _unfinished(company, starts_after, ends_before)
        with recorded(company, result, kind=SyncRun.Kind.HISTORY) as run:
            work.read(result.went_on_at or starts_after, run=run)
    log = logger.info if result.is_good else logger.warning
    log("calcom.bookings.history_read", company_id=company.pk, ok=result.is_good, **result.counts)
    return result


@dataclass
class _Work:
    client: CalcomClient
    result: HistoryResult
    starts_after: datetime
    ends_before: datetime
    on_progress: Progress | None
    batch: int

    def read(self, begin: datetime, *, run: SyncRun | None) -> None:
        """Window by window. One in which Cal.com fails is the last."""
        self._tell(begin, run)
        for start, end in _windows(begin, self.ends_before):
            part = self._window(start, end)
            self.result.add(part)
            del self.result.warnings[MOST_WARNINGS:]
            if not part.is_good:
                return
            self._tell(end, run)

    def _window(self, start: datetime, end: datetime) -> BookingsResult:
        """Rows of the edge belong to the next window; but none of the two lists would name what crosses it."""
        company = self.client.company
        part = BookingsResult(company.pk, company.name, is_dry_run=self.result.is_dry_run)
        wanted = BookingFilter(starts_after=start, ends_before=end + LONGEST)
        work = TakeOver(company, part, per_page=self.batch)
        try:
            take_list(self.client, wanted, work, starts_before=end)
        except CalcomError as error:
            part.failures.append(str(error))
        return part

    def _tell(self, done_until: datetime, run: SyncRun | None) -> None:
        self.result.done_until = done_until
        if run is not None:
            times = {"from": self.starts_after, "to": self.ends_before, "done_until": done_until}
            run.checkpoint = {name: at.isoformat() for name, at in times.items()}
            run.counts = self.result.counts
            run.save(update_fields=["checkpoint", "counts"])
        if self.on_progress:
            self.on_progress((done_until - self.starts_after).days, (self.ends_before - self.starts_after).days)


def _windows(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while begin < end:
        until = min(begin + WINDOW, end)
        yield begin, until
        begin = until


def _unfinished(company: Company, starts_after: datetime, ends_before: datetime) -> datetime | None:
    """Where the last run stopped before its end, if what it has read reaches into this period."""
    runs = SyncRun.objects.for_company(company).filter(kind=SyncRun.Kind.HISTORY)
    last = runs.filter(started_at__gt=timezone.now() - GOES_ON_FOR).order_by("-started_at", "-pk").first()
    if last is None or last.state == SyncRun.State.DONE or not last.checkpoint:
        return None
    begun, done_until = (datetime.fromisoformat(last.checkpoint[name]) for name in ("from", "done_until"))
    return done_until if begun <= starts_after < done_until < ends_before else None
