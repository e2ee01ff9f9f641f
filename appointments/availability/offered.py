"""What stands here against a time: rules over facts, without database, clock or network. Ends and starts may touch.

An appointment's own time has to lie within the opening hours and outside of absences; its time with buffers must not
meet what is taken, which holds its own buffers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from appointments.availability.diary import Busy, Diary, Span, Terms
from appointments.availability.hours import is_within
from appointments.availability.values import Reason


@dataclass(frozen=True)
class Obstacle:
    """Why a time is not free, and the stretch of time that is in the way."""

    reason: Reason
    span: Span | None = None


Rule = Callable[[datetime, Terms, Diary], Obstacle | None]


def obstacle(starts_at: datetime, terms: Terms, diary: Diary) -> Obstacle | None:
    """The first thing that stands against the time; None: nothing does."""
    for rule in RULES.values():
        found = rule(starts_at, terms, diary)
        if found is not None:
            return found
    return None


def obstacles(starts_at: datetime, terms: Terms, diary: Diary) -> Iterator[tuple[str, Obstacle | None]]:
    """Every rule's name, and what it has against the time."""
    return ((name, rule(starts_at, terms, diary)) for name, rule in RULES.items())


def _time(starts_at: datetime, terms: Terms, _diary: Diary) -> Obstacle | None:
    if starts_at <= terms.now:
        return Obstacle(Reason.PAST)
    if starts_at < terms.earliest:
        return Obstacle(Reason.TOO_SOON)
    return Obstacle(Reason.TOO_FAR) if starts_at > terms.latest else None


def _hours(starts_at: datetime, terms: Terms, diary: Diary) -> Obstacle | None:
    if diary.hours is None or is_within(diary.hours, starts_at, starts_at + terms.length):
        return None
    return Obstacle(Reason.OUTSIDE_HOURS)


def _absence(starts_at: datetime, terms: Terms, diary: Diary) -> Obstacle | None:
    ends_at = starts_at + terms.length
    away = next((span for span in diary.away if span.overlaps(starts_at, ends_at)), None)
    return Obstacle(Reason.ABSENT, away) if away else None


def _taken(starts_at: datetime, terms: Terms, diary: Diary) -> Obstacle | None:
    ends_at = starts_at + terms.length
    begin, end = starts_at - terms.before, ends_at + terms.after
    for busy in diary.busy:
        if busy.starts_at - terms.before >= end:
            break
        if _with_buffers(busy, terms).overlaps(begin, end) and not _has_a_seat(busy, starts_at, terms):
            return Obstacle(_why(busy, starts_at, ends_at), busy)
    return None


def _with_buffers(busy: Busy, terms: Terms) -> Span:
    """All that it takes: the backend's buffers as well, which are known here of the same event type."""
    if busy.event_type_id != terms.event_type_id:
        return busy
    before, after = busy.own.starts_at - terms.before, busy.own.ends_at + terms.after
    return Span(min(busy.starts_at, before), max(busy.ends_at, after))


def _customer(starts_at: datetime, terms: Terms, diary: Diary) -> Obstacle | None:
    ends_at = starts_at + terms.length
    other = next((span for span in diary.customer if span.overlaps(starts_at, ends_at)), None)
    return Obstacle(Reason.CUSTOMER_BUSY, other) if other else None


def _has_a_seat(busy: Busy, starts_at: datetime, terms: Terms) -> bool:
    """Whether it is an appointment of several seats, of which one is left."""
    if terms.seats is None or not busy.is_seated:
        return False
    is_this_one = busy.event_type_id == terms.event_type_id and busy.own.starts_at == starts_at
    return is_this_one and busy.seats_taken < terms.seats


def _why(busy: Busy, starts_at: datetime, ends_at: datetime) -> Reason:
    if busy.held_until is not None:
        return Reason.HELD
    return Reason.BOOKED if busy.own.overlaps(starts_at, ends_at) else Reason.BUFFER


RULES: dict[str, Rule] = {
    "time": _time,
    "hours": _hours,
    "absences": _absence,
    "taken": _taken,
    "customer": _customer,
}
"""By name, in the order in which they are looked at. `busy` of a diary is in the order of its starts."""
