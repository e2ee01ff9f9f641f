"""Sending again, all at once, what was left to staff for a reason that may be over.

After an outage of the backend longer than a day, each change waits for a person. What it refused, and what it changed
itself meanwhile, still does: there somebody has to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from appointments.backend import backend_of
from appointments.backends import BackendNotConnected
from appointments.booking.decide import send_again
from appointments.errors import BookingError
from appointments.models import Appointment, Push

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from appointments.booking.actor import Actor
    from companies.models import Company

logger = structlog.get_logger(__name__)
Operation, State, Trouble = Push.Operation, Push.State, Push.Trouble

BATCH = 500
MOST_NAMED = 200
PASSING = (Trouble.UNAVAILABLE, Trouble.BUSY, Trouble.UNCLEAR, Trouble.NOT_CONNECTED)

Progress = Callable[[int, int | None], None]


@dataclass
class RetryResult:
    """sent_again: changes of so many appointments are due now. The others stay with staff: refused (or the time is
    taken), conflicts, past (it would have to be booked at a time that is over). `left` names some of them.
    """

    sent_again: int = 0
    refused: int = 0
    conflicts: int = 0
    past: int = 0
    left: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return {
            "sent_again": self.sent_again,
            "refused": self.refused,
            "conflicts": self.conflicts,
            "past": self.past,
        }

    @property
    def is_good(self) -> bool:
        """Whether nothing failed that could be tried. What waits for staff is no failure."""
        return not self.failures


def retry_passing(
    company: Company,
    *,
    actor: Actor,
    with_refused: bool = False,
    is_dry_run: bool = False,
    batch: int = BATCH,
    on_progress: Progress | None = None,
) -> RetryResult:
    """Make due what waits for staff, or for its next try, because the backend was away; also the refused, if wanted.

    One transaction for each appointment; what may have been written is looked for first, as ever.
    """
    result = RetryResult()
    retried = _passing(company, with_refused=with_refused)
    total = retried.count()
    if total and (reason := _why_not(company)):
        result.failures.append(reason)
        return result
    for number, row in enumerate(_by_pages(retried, batch=batch), start=1):
        _retry(row, result, actor=actor, is_dry_run=is_dry_run)
        if on_progress:
            on_progress(number, total)
    _name_the_rest(company, result, with_refused=with_refused)
    if not is_dry_run:
        logger.info("push.retried", company_id=company.pk, **result.counts)
    return result


def _why_not(company: Company) -> str:
    """Why nothing can be sent for the company; empty where it can."""
    try:
        backend_of(company)
    except BackendNotConnected as error:
        return f"nothing can be sent: {error}"
    return ""


def _retry(row: Appointment, result: RetryResult, *, actor: Actor, is_dry_run: bool) -> None:
    if _would_be_booked_in_the_past(row):
        result.past += 1
        _name(result, row, "its time is over")
        return
    try:
        if not is_dry_run:
            send_again(row, actor=actor)
    except BookingError as error:
        result.failures.append(f"appointment {row.pk}: {error}")
        return
    result.sent_again += 1


def _passing(company: Company, *, with_refused: bool) -> QuerySet[Appointment]:
    """Appointments with something to be sent again, none of whose changes waits for a decision."""
    mine = Push.objects.filter(appointment=OuterRef("pk"), company=company, finished_at__isnull=True)
    # The first tries come within minutes and are left alone; after a long outage the next may be hours away.
    waits = Q(state=State.PENDING, trouble=Trouble.UNAVAILABLE, next_at__gt=timezone.now())
    undecided = mine.filter(Q(state=State.CONFLICT) | _refused(with_refused=with_refused))
    found = Push.objects.for_company(company).filter(Q(state=State.NEEDS_STAFF) | waits).order_by()
    rows = Appointment.objects.for_company(company).filter(pk__in=found.values("appointment"))
    return rows.exclude(Exists(undecided))


def _refused(*, with_refused: bool) -> Q:
    is_left = Q(state=State.NEEDS_STAFF)
    return Q(pk__in=[]) if with_refused else is_left & ~Q(trouble__in=PASSING)


def _by_pages(rows: QuerySet[Appointment], *, batch: int) -> Iterator[Appointment]:
    """By their ids: those that were dealt with leave the set while it is being walked through."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk").only("pk", "company", "starts_at")[:batch]):
        last = page[-1].pk
        yield from page


def _would_be_booked_in_the_past(row: Appointment) -> bool:
    """A booking or a move that is refused for certain: nobody can be booked at a time that is over."""
    if row.starts_at > timezone.now():
        return False
    first = (
        Push.objects.filter(appointment=row, finished_at__isnull=True).order_by("is_compensation", "version").first()
    )
    return first is not None and first.state != State.UNCLEAR and _is_about_its_time(first)


def _is_about_its_time(push: Push) -> bool:
    may_be_done = push.trouble == Trouble.UNCLEAR
    return push.operation in {Operation.CREATE, Operation.MOVE} and not push.is_compensation and not may_be_done


def _name_the_rest(company: Company, result: RetryResult, *, with_refused: bool) -> None:
    left = Push.objects.for_company(company).filter(finished_at__isnull=True)
    conflicts = left.filter(state=State.CONFLICT)
    refused = left.filter(_refused(with_refused=with_refused), state=State.NEEDS_STAFF)
    result.conflicts, result.refused = conflicts.count(), refused.count()
    for push in conflicts.order_by("pk")[:MOST_NAMED]:
        result.left.append(f"appointment {push.appointment_id}: the other side has changed it too")
    for push in refused.order_by("pk")[:MOST_NAMED]:
        result.left.append(f"appointment {push.appointment_id}: {push.get_trouble_display()}: {push.error}")


def _name(result: RetryResult, row: Appointment, why: str) -> None:
    if len(result.left) < MOST_NAMED:
        result.left.append(f"appointment {row.pk}: {why}")
