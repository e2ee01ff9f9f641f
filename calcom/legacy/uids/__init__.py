"""The uids of appointments that know only Cal.com's old booking number.

There is no look-up by number, and API v1 is gone. So three passes, each only over what the one before left open:

    payloads     what is stored of the booking here; on the way old payloads become what is stored today
    sources      what other apps have kept: deliveries of webhooks
    list         Cal.com's list of bookings, period by period

Every batch and every page is one transaction with the run's checkpoint, so a run may be killed anywhere and called
again. Number and former payload stay as they were: in their own column, or in the appointment's old row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from appointments.models import Appointment
from calcom.errors import CalcomError
from calcom.legacy.result import RUNNING_ELSEWHERE, LegacyResult
from calcom.legacy.runs import begin, finish, marked_failed
from calcom.legacy.sources import sources
from calcom.legacy.uids.listed import LIST, from_list
from calcom.legacy.uids.stored import PAYLOADS, from_payloads, from_source
from calcom.legacy.uids.work import MOVED, NAMES, Left, Moves, OnLeft, OnProgress, Work
from calcom.models import LegacyRun
from calcom.sync.bookings import BookingsResult, follow
from calcom.sync.bookings.take_over import TakeOver
from calcom.sync.runs import alone
from companies.locks import Purpose

if TYPE_CHECKING:
    from calcom.client import CalcomClient
    from companies.models import Company

__all__ = ["NAMES", "Left", "find_uids"]

_MOVED = "Cal.com has moved its booking to one that could not be taken over: sync_event_types, then sync_historical"


def find_uids(
    company: Company,
    *,
    client: CalcomClient,
    is_dry_run: bool = False,
    batch: int = 500,
    on_progress: OnProgress | None = None,
    on_left: OnLeft | None = None,
) -> LegacyResult:
    """Find the uids of all appointments without one, or go on where the last run stopped.

    Cal.com's errors are in the result's `failures`; anything else is raised, after it was recorded. `on_left` hears of
    each appointment that stays without.
    """
    result = LegacyResult(NAMES)
    with alone(company, Purpose.LEGACY) as is_alone:
        if not is_alone:
            result.failures.append(RUNNING_ELSEWHERE)
            return result
        run = None if is_dry_run else begin(company, LegacyRun.Kind.UIDS)
        work = Work(company=company, run=run, result=result, batch=batch, on_progress=on_progress, on_left=on_left)
        with marked_failed(run) if run else nullcontext():
            _search(work, client)
        if run is not None:
            _finish(run, result)
    return result


def _finish(run: LegacyRun, result: LegacyResult) -> None:
    finish(run, is_good=result.is_good, error="\n".join(result.failures))
    if result.is_good and not run.changes.exists():
        run.delete()
    else:
        result.run_id = run.pk


def _search(work: Work, client: CalcomClient) -> None:
    checkpoint: dict[str, Any] = work.run.checkpoint if work.run else {}
    work.result.numbers.update(work.run.counts if work.run else {})
    if not checkpoint:
        work.result.numbers["open"] = work.open().count()
    chains = _Chains(work, client)
    try:
        chains.follow(checkpoint.get(MOVED, []))
        for moves in _passes(work, client, checkpoint):
            chains.follow(moves)
    except CalcomError as error:
        work.result.failures.append(str(error))


def _passes(work: Work, client: CalcomClient, checkpoint: dict[str, Any]) -> Iterator[Moves]:
    """What each pass finds, from the checkpoint on."""
    order = [PAYLOADS, *(name for name, _source in sources()), LIST]
    first = checkpoint.get("phase", PAYLOADS)
    at = order.index(first) if first in order else 0
    after = checkpoint.get("after") if first in order else None
    for name in order[at:]:
        begins_at = after if name == first else None
        if name == PAYLOADS:
            yield from from_payloads(work, begins_at or 0)
        elif name == LIST:
            yield from from_list(work, client, begins_at)
        elif work.open().exists():
            yield from from_source(work, name, dict(sources())[name], begins_at or 0)


class _Chains:
    """What was moved at Cal.com after the predecessor last heard of it is taken over as a webhook would tell it."""

    def __init__(self, work: Work, client: CalcomClient) -> None:
        self._work, self._client = work, client
        self._take_over = TakeOver(work.company, BookingsResult(work.company.pk, work.company.name))

    def follow(self, moves: Moves) -> None:
        """Each [uid, the uid it was moved to], to the end of its chain. Raises CalcomError."""
        self._work.result.numbers["moved"] += len(moves)
        if self._work.run is None or not moves:
            return
        for _uid, successor in moves:
            follow(self._client, successor, self._take_over)
        self._take_over.take_links()
        self._take_over.seen.clear()
        self._report([uid for uid, _successor in moves])

    def _report(self, uids: list[str]) -> None:
        """Those that still are what they were."""
        rows = Appointment.objects.for_company(self._work.company).filter(calcom_booking_uid__in=uids)
        for pk, number, starts_at in rows.values_list("pk", "calcom_booking_id", "starts_at"):
            self._work.result.numbers["moved"] -= 1
            self._work.leave(Left(appointment_id=pk, booking_id=number or 0, starts_at=starts_at, reason=_MOVED))
