"""Stored payloads become columns: attendees, answers, location, metadata, series, reasons, hosts, meeting URL.

    rows        the next thousand appointments, in the order of their ids (rows)
    own         what each appointment's payload tells, in any shape it was ever stored in (reading)
    more        what else is kept of those that still lack something: the predecessor's row, deliveries (sources)
    filling     the newest that tells a column counts; a column that holds something stays, unless told otherwise
    writing     one UPDATE … FROM; what somebody has touched meanwhile is read again

It asks Cal.com nothing and tells it nothing. A run that was stopped is begun again: what is filled already stays.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError, OperationalError, transaction

from appointments import tombstones
from appointments.backends import News
from appointments.completeness import recount
from appointments.customers import normal_email
from appointments.inbound.forgotten import without_the_forgotten
from appointments.models import Appointment, FormerUid
from calcom.models import HostMapping, LegacyRow
from calcom.payloads.filling import Told, Wish, fill
from calcom.payloads.opened import UnreadablePayload
from calcom.payloads.people import People, find_customers, people_of
from calcom.payloads.reading import Owner, told
from calcom.payloads.result import Extraction, Gaps
from calcom.payloads.rows import Row, batches, these
from calcom.payloads.sources import former_uids, legacy_payloads
from calcom.payloads.writing import workbench, write
from calcom.sync.runs import alone
from companies.locks import Purpose, take_turn

if TYPE_CHECKING:
    from companies.models import Company

logger = structlog.get_logger(__name__)

BATCH = 1000
_TRIES = 3

OnProgress = Callable[[int, int | None], None]
# What is kept elsewhere of bookings with these uids, by uid: for the layers above to supply.
Deliveries = Callable[["Company", Collection[str]], Mapping[str, Sequence[News]]]


def extract(
    company: Company,
    *,
    wish: Wish | None = None,
    deliveries: Deliveries | None = None,
    is_dry_run: bool = False,
    batch: int = BATCH,
    on_progress: OnProgress | None = None,
) -> Extraction:
    """Fill what the stored payloads of one company's bookings tell. Memory does not grow with their number."""
    result = Extraction(is_dry_run=is_dry_run)
    with alone(company, Purpose.PAYLOADS) as is_mine:
        if not is_mine:
            result.is_running_elsewhere = True
            return result
        work = _Work(company, result, wish or Wish(), deliveries or _none)
        result.before = recount(company)
        total = Appointment.objects.for_company(company).count()
        with workbench(), _rare_collections():
            for rows in batches(company, size=batch):
                work.do(rows)
                if on_progress:
                    on_progress(result.numbers["examined"], total)
        result.after = work.gaps.added_to(result.before) if is_dry_run else recount(company)
    logger.info("calcom.payloads.extracted", company_id=company.pk, dry_run=is_dry_run, **result.counts)
    return result


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Python's search for cycles looks only at what the batch has made, not again and again at all of Django."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _none(_company: Company, _uids: Collection[str]) -> Mapping[str, Sequence[News]]:
    return {}


@dataclass
class _Work:
    """One run over one company."""

    company: Company
    result: Extraction
    wish: Wish
    deliveries: Deliveries
    gaps: Gaps = field(default_factory=Gaps)

    @cached_property
    def _host_emails(self) -> frozenset[str]:
        emails = HostMapping.objects.for_company(self.company).values_list("calcom_email", flat=True)
        return frozenset(normal_email(email) for email in emails if email)

    @cached_property
    def _has_former(self) -> bool:
        return FormerUid.objects.for_company(self.company).exists()

    @cached_property
    def _has_legacy(self) -> bool:
        return LegacyRow.objects.for_company(self.company).filter(kind=LegacyRow.Kind.APPOINTMENT).exists()

    def do(self, rows: Sequence[Row]) -> None:
        """One batch; rows that others touch meanwhile are tried some times."""
        self.result.numbers["examined"] += len(rows)
        for _ in range(_TRIES):
            due = self._once(rows)
            if not due:
                return
            rows = these(self.company, due)
        for pk in sorted(due):
            self._give_up(pk, "was being changed each time it was tried; run this again")

    def _once(self, rows: Sequence[Row]) -> set[int]:
        """Extract these. Returns the ids of those that could not be written."""
        by_id = {row.pk: row for row in rows}
        erased = tombstones.state(self.company)
        before = {row.pk: row.gaps() for row in rows}
        problems: dict[int, str] = {}
        tellings = {row.pk: self._own(row, problems) for row in rows}
        self._add_more(
            [row for row in rows if self.wish.is_overwriting or any(before[row.pk].values())], tellings, problems
        )
        tellings = self._without_the_forgotten(tellings)
        for row in rows:
            fill(row, tellings[row.pk], self.wish)
        people = people_of(self.company, rows, tellings, self.wish)
        changed = [row for row in rows if row.changes or row.pk in people]
        lost = self._write(changed, by_id, people, erased)
        for row in rows:
            if row.pk not in lost:
                self._count(row, before[row.pk], is_told=bool(tellings[row.pk]), problem=problems.get(row.pk, ""))
        return lost

    def _write(
        self, changed: Sequence[Row], by_id: Mapping[int, Row], people: Mapping[int, People], erased: str
    ) -> set[int]:
        """Write a batch; where the database refuses something of it, row by row. Returns whom to try again.

        All of them where somebody was erased since `erased`, the state of that, was read.
        """
        if self.result.is_dry_run:
            return set()
        mine = {row.pk: people[row.pk] for row in changed if row.pk in people}
        try:
            with transaction.atomic():
                take_turn(Purpose.NEWS, self.company.pk)
                if tombstones.state(self.company) != erased:
                    return {row.pk for row in changed}
                find_customers(self.company, by_id, mine)
                return {row.pk for row in changed} - write(self.company, changed, mine)
        except OperationalError:  # we and somebody else waited for each other's rows
            logger.warning("calcom.payloads.batch_failed", company_id=self.company.pk, size=len(changed))
            return {row.pk for row in changed}
        except DatabaseError as error:
            logger.warning("calcom.payloads.refused", company_id=self.company.pk, size=len(changed))
            if len(changed) > 1:
                return {pk for row in changed for pk in self._write([row], by_id, people, erased)}
            (row,) = changed
            row.refused = type(error).__name__
            return set()

    def _give_up(self, pk: int, why: str) -> None:
        self.result.numbers["not_written"] += 1
        self.result.fail(f"appointment {pk}: {why}")

    def _own(self, row: Row, problems: dict[int, str]) -> list[Told]:
        """What the appointment's payload tells, as new as it was when it came."""
        stamp = row.news.get("payload")
        as_of = datetime.fromisoformat(stamp[2]).replace(tzinfo=UTC) if stamp and stamp[2] else None
        return self._told(row, row.payload, problems, as_of=as_of)

    def _told(self, row: Row, value: Any, problems: dict[int, str], *, as_of: datetime | None = None) -> list[Told]:
        owner = Owner(
            company_id=self.company.pk,
            uid=row.uid,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            host_emails=self._host_emails,
        )
        try:
            return [Told(news) for news in told(value, owner, as_of=as_of)]
        except UnreadablePayload as error:
            problems[row.pk] = str(error)
            return []

    def _add_more(self, rows: Sequence[Row], tellings: dict[int, list[Told]], problems: dict[int, str]) -> None:
        """What the predecessor's rows and kept deliveries tell of these."""
        if not rows:
            return
        ids = [row.pk for row in rows]
        former = former_uids(self.company, ids) if self._has_former else {}
        legacy = legacy_payloads(self.company, ids) if self._has_legacy else {}
        uids = {row.uid for row in rows if row.uid} | {uid for found in former.values() for uid in found}
        delivered = self.deliveries(self.company, uids) if uids else {}
        for row in rows:
            found = tellings[row.pk]
            found += [Told(news) for news in delivered.get(row.uid, ())]
            for value in legacy.get(row.pk, ()):
                found += self._told(row, value, problems)
            for uid in former.get(row.pk, ()):
                found += [Told(news, is_current=False) for news in delivered.get(uid, ())]

    def _without_the_forgotten(self, tellings: dict[int, list[Told]]) -> dict[int, list[Told]]:
        """The same without people who were erased: what is stored of them elsewhere brings nobody back."""
        if not tombstones.are_any(self.company):
            return tellings
        news = [telling.news for found in tellings.values() for telling in found]
        left = iter(without_the_forgotten(self.company, news))
        return {pk: [replace(telling, news=next(left)) for telling in found] for pk, found in tellings.items()}

    def _count(self, row: Row, before: dict[str, bool], *, is_told: bool, problem: str) -> None:
        if row.refused:
            self._give_up(row.pk, f"the database refused what was found ({row.refused})")
            return
        after = row.gaps()
        self.gaps.note(before, after)
        self.result.columns.update(
            name for name, is_lacking in after.items() if before.get(name, True) and not is_lacking
        )
        is_changed = bool(row.changes) or row.has_new_news
        name = "filled" if is_changed else "nothing_new" if is_told or problem else "nothing_stored"
        self.result.numbers[name] += 1
        if problem:
            self.result.numbers["unreadable"] += 1
            self.result.fail(f"appointment {row.pk}: the stored payload was passed over: {problem}")
