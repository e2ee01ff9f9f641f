"""Taking rows of Cal.com over, a page at a time: look what is known, apply what is new.

An unchanged page costs one query and writes nothing. What is new goes through the same function as a webhook's news, in
the same turn of the company, so that the two never race.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import structlog
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import standing
from appointments.backends import BookingSnapshot, News
from appointments.customers import normal_email
from appointments.inbound import Outcome, apply_news
from appointments.inbound.doubts import DOUBTS
from appointments.models import Appointment, Push
from calcom.client.bookings import PER_PAGE
from calcom.kept_slots import forget_after_commit
from calcom.models import HostMapping
from calcom.places import CalcomPlaces
from calcom.signals import bookings_applied
from calcom.sync.bookings.differences import Reader, news_of
from calcom.sync.bookings.known import Known, known_bookings
from calcom.sync.bookings.seen import Seen
from companies.locks import Purpose, take_turn

if TYPE_CHECKING:
    from datetime import datetime

    from calcom.schemas.bookings import BookingRead
    from calcom.sync.bookings.result import BookingsResult
    from companies.models import Company

logger = structlog.get_logger(__name__)

_PAGE = 100
# What one booking may do to a page: what the database refuses, and what lies here in a shape that we do not know.
_POISON = (DatabaseError, AttributeError, LookupError, TypeError, ValueError)

Progress = Callable[[int, int | None], None]


@dataclass
class TakeOver:
    """One run's work on the rows of one company.

    `seen` knows what was listed; `links` are the bookings that came by one move and went by another: they say nothing
    but what belongs together, and are taken over last.
    """

    company: Company
    result: BookingsResult
    on_progress: Progress | None = None
    per_page: int = PER_PAGE
    seen: Seen = field(default_factory=Seen)
    links: list[BookingRead] = field(default_factory=list)

    @cached_property
    def places(self) -> CalcomPlaces:
        """What event types and hosts mean, read once for the run."""
        return CalcomPlaces(self.company)

    @cached_property
    def _host_emails(self) -> frozenset[str]:
        emails = HostMapping.objects.for_company(self.company).values_list("calcom_email", flat=True)
        return frozenset(normal_email(email) for email in emails if email)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What a dry run does in it is taken back: it has counted, and leaves nothing."""
        with transaction.atomic():
            yield
            if self.result.is_dry_run:
                transaction.set_rollback(True)

    def take(self, page: Sequence[BookingRead], *, asked_at: datetime) -> list[str]:
        """Take over what is new in a page that was asked for at this time.

        Returns the uids to which bookings have moved that are not in sight here yet.
        """
        rows = [row for row in page if self.seen.add(row.uid, row.updated_at)]
        self.result.seen += len(rows)
        if self.on_progress:
            self.on_progress(self.result.seen, None)
        if not rows:
            return []
        known = known_bookings(self.company, {row.uid for row in rows})
        reader = self._reader(asked_at)
        due: list[list[News]] = []
        self.links += [row for row in rows if row.rescheduled_from_uid and row.rescheduled_to_uid]
        for row in rows:
            one = known.get(row.uid)
            if one is None and row.event_type_id not in self.places.event_type_ids:
                self.result.foreign += 1
                continue
            news = news_of(row, one, reader=reader)
            if news:
                due.append(news)
            else:
                self.result.unchanged += 1
        if due:
            self._apply(due, known)
        self._find_again([known[row.uid] for row in rows if row.uid in known])
        return [row.rescheduled_to_uid for row in rows if _has_moved_unseen(row, known.get(row.uid))]

    def take_links(self) -> None:
        """Complete the chains of moves of which only the ends are known yet."""
        rows = sorted(self.links, key=lambda row: row.id, reverse=True)
        self.links = []
        for start in range(0, len(rows), _PAGE):
            page = rows[start : start + _PAGE]
            known = known_bookings(self.company, {uid for row in page for uid in (row.uid, row.rescheduled_to_uid)})
            reader = self._reader(timezone.now())
            chained = {uid for one in known.values() for uid in (one.calcom_booking_uid, *one.former_uids)}
            due: list[list[News]] = []
            for row in page:
                one = known.get(row.uid)
                if row.rescheduled_to_uid in chained and (one is None or row.rescheduled_from_uid not in chained):
                    due.append([reader.snapshot(row)])
                    chained |= {row.uid, row.rescheduled_from_uid}
            if due:
                self._apply(due, known)

    def _reader(self, asked_at: datetime) -> Reader:
        return Reader(company_id=self.company.pk, asked_at=asked_at, host_emails=self._host_emails)

    def _apply(self, due: list[list[News]], known: dict[str, Known]) -> None:
        """One transaction for a page; on an error again with one for each booking, so that one stops nobody."""
        due.sort(key=_successors_first)
        try:
            self._apply_together(due, known)
        except _POISON:
            logger.warning("calcom.bookings.batch_failed", company_id=self.company.pk, size=len(due))
            for news in due:
                self._apply_alone(news, known)

    def _apply_alone(self, news: list[News], known: dict[str, Known]) -> None:
        try:
            self._apply_together([news], known)
        except _POISON as error:
            number = news[0].booking_id if isinstance(news[0], BookingSnapshot) else None
            text = _("Booking %(number)s was not taken over (%(problem)s).")
            # Two that met each other: the next run tries it again. Poison stays poison, and only the sweep does.
            told = self.result.failures if isinstance(error, OperationalError) else self.result.warnings
            told.append(text % {"number": number, "problem": type(error).__name__})
            logger.warning("calcom.bookings.not_taken_over", company_id=self.company.pk, booking_id=number)

    def _apply_together(self, due: list[list[News]], known: dict[str, Known]) -> None:
        batch = [one for news in due for one in news]
        with self.transaction():
            take_turn(Purpose.NEWS, self.company.pk)
            applied = apply_news(self.company, batch, places=self.places)
            if applied.touched_uids:
                bookings_applied.send(sender=Appointment, company_id=self.company.pk, uids=applied.touched_uids)
                forget_after_commit(self.company.pk, batch)
            settled = _uids_of(applied.finished_pushes)
        outcomes = iter(applied.outcomes)
        for news in due:
            # All of them, also where the first says it already: they belong to this booking.
            is_changed = Outcome.CHANGED in [next(outcomes) for _ in news]
            uid = news[0].uid
            if uid in settled or (is_changed and uid in known):
                self.result.updated += 1
            elif is_changed:
                self.result.created += 1
            else:
                self.result.unchanged += 1

    def _find_again(self, known: Sequence[Known]) -> None:
        """An orphan that is listed is none."""
        lost = {one.pk for one in known if one.is_lost and one.calcom_booking_uid in self.seen}
        if not lost:
            return
        with self.transaction():
            rows = Appointment.objects.for_company(self.company).filter(pk__in=lost).order_by("pk").select_for_update()
            for row in rows:
                standing.regain(row)
                row.requires_manual_review = not row.news.keys().isdisjoint(DOUBTS)
                standing.derive(row, standing.open_pushes(row.pk))
                row.save(update_fields=["news", "requires_manual_review", *standing.COLUMNS, "updated_at"])
                self.result.found_again += 1


def _uids_of(push_ids: Collection[int]) -> set[str]:
    """The present bookings of the appointments whose changes these are."""
    if not push_ids:
        return set()
    return set(Push.objects.filter(pk__in=push_ids).values_list("appointment__calcom_booking_uid", flat=True))


def _successors_first(news: list[News]) -> tuple[bool, int]:
    """The newest bookings of chains first: so no move looks like a cancellation and a new booking for a moment."""
    number = next((one.booking_id or 0 for one in news if isinstance(one, BookingSnapshot) and one.replaces), None)
    return (True, 0) if number is None else (False, -number)


def _has_moved_unseen(row: BookingRead, known: Known | None) -> bool:
    """Whether the row was moved, and what we know is still the old booking."""
    return bool(row.rescheduled_to_uid) and (known is None or known.calcom_booking_uid == row.uid)
