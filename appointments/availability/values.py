"""What is asked about free time, and what is answered. Instants are in UTC; every answer is a value.

There are three answers, never two: free, not free for a reason, and unknown because the backend did not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from appointments.models import Customer, Service
    from companies.models import Branch, Company, Staff


class Reason(models.TextChoices):
    """Why a time is not free."""

    NO_SUCH_SERVICE = "no_such_service", _("The service cannot be booked.")
    STAFF_CANNOT = "staff_cannot", _("The staff member cannot be booked for it.")
    BRANCH_CLOSED = "branch_closed", _("The branch is closed.")
    NOT_OFFERED = "not_offered", _("Nobody has mapped it to an event type.")
    WRONG_LENGTH = "wrong_length", _("It is not offered in that length.")
    PAST = "past", _("The time is past.")
    TOO_SOON = "too_soon", _("It is too soon.")
    TOO_FAR = "too_far", _("It is too far ahead.")
    NOT_FREE_THERE = "not_free_there", _("The calendar does not offer the time.")
    OUTSIDE_HOURS = "outside_hours", _("It is outside of the opening hours.")
    ABSENT = "absent", _("The staff member, or the whole branch, is away.")
    BOOKED = "booked", _("It is booked.")
    HELD = "held", _("It is held for somebody.")
    BUFFER = "buffer", _("It is too close to another appointment.")
    CUSTOMER_BUSY = "customer_busy", _("The customer has another appointment then.")
    TOO_SHORT = "too_short", _("There is not enough time for that length.")


@dataclass(frozen=True, kw_only=True)
class Query:
    """For what time is sought. Without `staff` anybody will do, `preferred` first; `length_min` None is the usual one.

    Nothing is offered to the `customer` while they have another appointment.
    """

    company: Company
    service: Service
    branch: Branch | None = None
    staff: Staff | None = None
    length_min: int | None = None
    customer: Customer | None = None
    preferred: Staff | None = None


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A free time, and by whom: `staff_id` None where the backend chooses. `also` are others who are free, in turn.

    `is_doubtful`: the clocks change about then, and the backend is known to be an hour wrong on such nights.
    """

    starts_at: datetime
    ends_at: datetime
    staff_id: int | None
    event_type_id: int
    is_stale: bool = False
    is_doubtful: bool = False
    also: tuple[int, ...] = ()

    @property
    def staff_ids(self) -> tuple[int, ...]:
        """All who are free then, the one to be taken first."""
        return () if self.staff_id is None else (self.staff_id, *self.also)


@dataclass(frozen=True, kw_only=True)
class Available:
    """The time is free; `as_of` is when the backend said so, `slot.is_stale` that this was some time ago."""

    slot: Slot
    as_of: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """The time is not free. The sentence says why, and what would be possible."""

    reason: Reason
    sentence: str
    as_of: datetime | None = None
    is_stale: bool = False


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """The backend did not answer: it may be free or not. Worth asking again after `retry_at`.

    `staff_ids`: of whom it did not answer, and against whose time nothing stands here, in turn.
    """

    sentence: str
    retry_at: datetime | None = None
    staff_ids: tuple[int, ...] = ()


Verdict = Available | Unavailable | Unknown


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What every answer about more than one time tells besides.

    `unknown` is a sentence where the backend did not answer, for all or for some: a time that is missing may be free
    then. `refused`: nothing can be free, whatever the backend says. `is_stale`: it is an old answer, of `as_of`.
    """

    unknown: str = ""
    retry_at: datetime | None = None
    refused: Unavailable | None = None
    is_stale: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Availability(Answer):
    """Free times, soonest first."""

    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A time of a grid: free for the length asked for, or why not."""

    starts_at: datetime
    ends_at: datetime
    verdict: Available | Unavailable

    @property
    def is_free(self) -> bool:
        """Whether it can be booked, be it for a shorter length than the one asked for."""
        return self.duration_ok or (isinstance(self.verdict, Unavailable) and self.verdict.reason == Reason.TOO_SHORT)

    @property
    def duration_ok(self) -> bool:
        """Whether it can be booked for the length that was asked for."""
        return isinstance(self.verdict, Available)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of a grid, in the zone of the branch. `cells` in the order of time, also on days of 23 or 25 hours."""

    on: date
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Week(Answer):
    """Monday to Sunday. Without an answer of the backend the days are empty and `unknown` says so."""

    time_zone: str
    days: tuple[Day, ...]


@dataclass(frozen=True, kw_only=True)
class Column(Answer):
    """One staff member's day; `refused` says why they cannot be booked for the service at all."""

    staff_id: int
    staff_name: str
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DayView:
    """A day over all staff, by name."""

    on: date
    time_zone: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, kw_only=True)
class NextFree(Answer):
    """The first free time before `searched_until`; None: there is none, or (`unknown`) nobody could be asked."""

    slot: Slot | None
    searched_until: datetime


class Kind(models.TextChoices):
    """What makes a time an alternative to another."""

    SAME_DAY = "same_day", _("the same day")
    NEXT_WORKING_DAY = "next_working_day", _("the next working day")
    NEXT_WEEK = "next_week", _("a week later")
    NEXT_FREE = "next_free", _("the next free time")


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """Another time than the one that was asked for; `is_same_clock_time` where clocks show the same."""

    kind: Kind
    slot: Slot
    sentence: str
    is_same_clock_time: bool = False


@dataclass(frozen=True, kw_only=True)
class Alternatives(Answer):
    """Other times, the best first. `unknown` as in Availability."""

    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that was looked at: whether it speaks for the time (None: unknown), and a sentence for people."""

    name: str
    passed: bool | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a time is or is not offered: all that was looked at, in order, and what follows."""

    steps: tuple[Step, ...]
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class ExplainedDay:
    """A day time by time: what holds for all of it, and then each time with its own steps."""

    time_zone: str
    steps: tuple[Step, ...]
    times: tuple[tuple[datetime, Explanation], ...]
