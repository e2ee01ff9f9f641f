"""Reconciliation: what webhooks did not bring is read from Cal.com.

    reconcile     every few minutes: bookings changed since, and made since, the last good run, with overlap, because
                  rows without a date of change match only the second
    sweep         every night and on demand: all bookings of a period; here it shows which are gone at Cal.com
    look_again    one booking, or its series, of which a webhook did not say enough

All of it goes through the same function as a webhook's news, and a page of unchanged rows costs one query.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from appointments.inbound.doubts import doubtful_uids, settle_series
from calcom.client.bookings import PER_PAGE
from calcom.client.filters import BookingFilter
from calcom.errors import CalcomError, CalcomNotFound
from calcom.models import SyncRun
from calcom.sync.bookings import orphans
from calcom.sync.bookings.differences import SETTLED
from calcom.sync.bookings.lists import follow, take_list
from calcom.sync.bookings.result import BookingsResult
from calcom.sync.bookings.single import read_one
from calcom.sync.bookings.take_over import Progress, TakeOver
from calcom.sync.runs import alone, recorded
from companies.locks import Purpose

if TYPE_CHECKING:
    from calcom.client import CalcomClient
    from calcom.schemas.bookings import BookingRead
    from companies.models import Company

__all__ = ["AHEAD", "BookingsResult", "follow", "look_again", "reconcile", "sweep"]

logger = structlog.get_logger(__name__)

Kind = SyncRun.Kind

OVERLAP = timedelta(minutes=10)
# How far back the first run looks; what is to come is the sweep's.
FIRST_LOOK = timedelta(days=1)
AHEAD = timedelta(days=60)
# Appointments that news left in doubt, read again in one run.
_MOST_DOUBTS = 20
# Of many runs that found nothing, the last days' are enough.
_KEPT = timedelta(days=7)


def reconcile(
    company: Company,
    *,
    client: CalcomClient,
    is_dry_run: bool = False,
    batch: int = PER_PAGE,
    on_progress: Progress | None = None,
) -> BookingsResult:
    """Take over what changed since the last good run. The first run of a company also sweeps what is to come.

    Cal.com's errors are in the result's `failures`, and then the next run begins where this one did; anything else is
    raised, after it was recorded. A dry run leaves nothing, not even a record of itself. `batch`: rows asked
    for at once.
    """
    with _run(company, Kind.BOOKINGS, Purpose.BOOKINGS, is_dry_run=is_dry_run) as result:
        if result.is_running_elsewhere:
            return result
        last = _last_good(company)
        since = (last or timezone.now() - FIRST_LOOK) - OVERLAP
        work = TakeOver(company, result, on_progress, batch)
        with _failures_in(result):
            for wanted in (BookingFilter(updated_after=since), BookingFilter(created_after=since)):
                take_list(client, wanted, work)
            if last is None:
                take_list(client, _period(timezone.now(), timezone.now() + AHEAD), work)
            for uid in doubtful_uids(company, before=timezone.now() - SETTLED, limit=_MOST_DOUBTS):
                _look(client, uid, work)
    return result


def sweep(
    company: Company,
    *,
    client: CalcomClient,
    starts_after: datetime,
    ends_before: datetime,
    is_dry_run: bool = False,
    batch: int = PER_PAGE,
    on_progress: Progress | None = None,
) -> BookingsResult:
    """Take over all bookings of a period, and mark those here that Cal.com does not know. Errors as above."""
    with _run(company, Kind.BOOKING_SWEEP, Purpose.BOOKING_SWEEP, is_dry_run=is_dry_run) as result:
        if result.is_running_elsewhere:
            return result
        work = TakeOver(company, result, on_progress, batch)
        with _failures_in(result):
            take_list(client, _period(starts_after, ends_before), work)
            orphans.find(client, work, starts_after=starts_after, ends_before=ends_before)
        if not is_dry_run:
            _forget_old_runs(company)
    return result


def look_again(company: Company, *, client: CalcomClient, uid: str) -> BookingsResult:
    """Read one booking, and apply it; where the end of a series is in doubt, all of that. Raises CalcomError."""
    result = BookingsResult(company.pk, company.name)
    _look(client, uid, TakeOver(company, result))
    logger.info("calcom.bookings.read_again", company_id=company.pk, **result.counts)
    return result


@contextmanager
def _run(company: Company, kind: SyncRun.Kind, purpose: Purpose, *, is_dry_run: bool) -> Iterator[BookingsResult]:
    result = BookingsResult(company.pk, company.name, is_dry_run=is_dry_run)
    with alone(company, purpose) as is_alone:
        result.is_running_elsewhere = not is_alone
        if not is_alone or is_dry_run:
            yield result
            return
        with recorded(company, result, kind=kind):
            yield result
    log = logger.info if result.is_good else logger.warning
    log("calcom.bookings.read", company_id=company.pk, kind=kind.value, ok=result.is_good, **result.counts)


@contextmanager
def _failures_in(result: BookingsResult) -> Iterator[None]:
    try:
        yield
    except CalcomError as error:
        result.failures.append(str(error))


def _last_good(company: Company) -> datetime | None:
    """When the last run that missed nothing began."""
    runs = SyncRun.objects.for_company(company).filter(kind=Kind.BOOKINGS, state=SyncRun.State.DONE)
    return runs.order_by("-started_at").values_list("started_at", flat=True).first()


def _forget_old_runs(company: Company) -> None:
    """Of runs every five minutes the last days' are enough; the last good one stays, as the next begins there."""
    before = min(timezone.now() - _KEPT, _last_good(company) or timezone.now())
    runs = SyncRun.objects.for_company(company).filter(kind__in=[Kind.BOOKINGS, Kind.BOOKING_SWEEP])
    runs.filter(started_at__lt=before).delete()


def _period(starts_after: datetime, ends_before: datetime) -> BookingFilter:
    return BookingFilter(starts_after=starts_after, ends_before=ends_before)


def _look(client: CalcomClient, uid: str, work: TakeOver) -> None:
    asked_at = timezone.now()
    try:
        row = read_one(client, uid, work.result)
    except CalcomNotFound:
        return
    if row is None:
        return
    rows = [row]
    if row.recurring_uid:
        rows = client.series(row.recurring_uid)
    work.result.read_again += 1
    _take_anew(work, rows, asked_at=asked_at)
    if row.rescheduled_to_uid:
        follow(client, row.rescheduled_to_uid, work)
    work.take_links()


def _take_anew(work: TakeOver, rows: list[BookingRead], *, asked_at: datetime) -> None:
    with work.transaction():
        work.take(rows, asked_at=asked_at)
        settle_series(work.company, [row.uid for row in rows])
