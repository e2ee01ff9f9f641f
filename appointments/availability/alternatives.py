"""Other times than the one that was asked for: the same day, the next working day, a week later, the next free one.

All from one answer of the backend. A near time is an alternative that somebody has to agree to, never a substitute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from appointments.availability.cast import Cast
from appointments.availability.hours import Hours
from appointments.availability.kept import kept_cast
from appointments.availability.look import checked_instant, look
from appointments.availability.remote import Range
from appointments.availability.team import free_slots
from appointments.availability.values import Alternative, Alternatives, Kind, Query, Slot
from appointments.wall_time import midnight
from companies.validators import WEEKDAYS

_DAYS = 14
_NOON = 12
_NEAR = timedelta(hours=2)
_SATURDAY = 5


@dataclass(frozen=True)
class _Asked:
    """The time that was asked for, on the clocks of the branch."""

    starts_at: datetime
    zone: ZoneInfo
    hours: Hours

    @property
    def wall(self) -> datetime:
        return self.starts_at.astimezone(self.zone).replace(tzinfo=None)

    def wall_of(self, slot: Slot) -> datetime:
        return slot.starts_at.astimezone(self.zone).replace(tzinfo=None)


def alternatives(query: Query, starts_at: datetime, *, most: int = 4, fresh: bool = False) -> Alternatives:
    """At most so many other times, the best first; never one at which the customer has an appointment.

    One call for each event type, for two weeks. Never in a transaction.
    """
    starts_at = checked_instant(starts_at)
    cast = kept_cast(query)
    seen = look(query, _two_weeks(starts_at, cast, fresh=fresh), cast=cast)
    free = [slot for slot in free_slots(seen) if slot.starts_at != starts_at]
    asked = _Asked(starts_at, cast.zone, cast.branch.hours if cast.branch else {})
    chosen: dict[datetime, Alternative] = {}
    for kind, slot in _proposals(free, asked):
        if len(chosen) < most and slot.starts_at not in chosen:
            chosen[slot.starts_at] = _alternative(kind, slot, asked)
    return Alternatives(alternatives=tuple(chosen.values()), **seen.told())


def _two_weeks(starts_at: datetime, cast: Cast, *, fresh: bool) -> Range:
    """From the day that was asked for; from today where that is past."""
    first = max(starts_at, timezone.now()).astimezone(cast.zone).date()
    last = first + timedelta(days=_DAYS)
    return Range(starts_at=midnight(first, cast.zone), ends_at=midnight(last, cast.zone), fresh=fresh)


def _proposals(free: Sequence[Slot], asked: _Asked) -> Iterator[tuple[Kind, Slot]]:
    """One of each kind, then what else there is: more of that day, then whatever comes first."""
    same_day = sorted(_on(free, asked.wall.date(), asked), key=_nearness(asked))
    yield from ((Kind.SAME_DAY, slot) for slot in same_day[:1])
    for kind, day in ((Kind.NEXT_WORKING_DAY, _next_working_day(asked)), (Kind.NEXT_WEEK, _a_week_later(asked))):
        if day is not None:
            yield from ((kind, slot) for slot in _at_that_time(_on(free, day, asked), asked))
    later = [slot for slot in free if slot.starts_at > asked.starts_at]
    yield from ((Kind.NEXT_FREE, slot) for slot in later[:1])
    yield from ((Kind.SAME_DAY, slot) for slot in same_day)
    yield from ((Kind.NEXT_FREE, slot) for slot in later)


def _on(free: Sequence[Slot], day: date, asked: _Asked) -> list[Slot]:
    return [slot for slot in free if asked.wall_of(slot).date() == day]


def _nearness(asked: _Asked) -> Callable[[Slot], tuple[bool, timedelta]]:
    """The nearest first; whoever asks for the afternoon rather has it later than earlier."""
    is_afternoon = asked.wall.hour >= _NOON
    return lambda slot: (is_afternoon and slot.starts_at < asked.starts_at, abs(slot.starts_at - asked.starts_at))


def _next_working_day(asked: _Asked) -> date | None:
    """The next day on which the branch is open; without stated hours, Monday to Friday. None for a weekend's time."""
    day = asked.wall.date()
    if not asked.hours and day.weekday() >= _SATURDAY:
        return None
    for number in range(1, 7):
        other = day + timedelta(days=number)
        is_open = asked.hours.get(WEEKDAYS[other.weekday()]) if asked.hours else other.weekday() < _SATURDAY
        if is_open:
            return other
    return None


def _a_week_later(asked: _Asked) -> date:
    return asked.wall.date() + timedelta(days=7)


def _at_that_time(slots: Sequence[Slot], asked: _Asked) -> list[Slot]:
    """The one at the same time on the clock, else the nearest within two hours."""

    def away(slot: Slot) -> timedelta:
        wall, wanted = asked.wall_of(slot), asked.wall
        return abs(wall - wanted.replace(year=wall.year, month=wall.month, day=wall.day))

    nearest = min(slots, key=lambda slot: (away(slot), slot.starts_at), default=None)
    return [nearest] if nearest is not None and away(nearest) <= _NEAR else []


def _alternative(kind: Kind, slot: Slot, asked: _Asked) -> Alternative:
    wall = asked.wall_of(slot)
    words = {
        "kind": kind.label,
        "day": date_format(wall.date(), pgettext("date format", "l, j F")),
        "time": f"{wall:%H:%M}",
    }
    sentence = _("%(day)s at %(time)s (%(kind)s)") % words
    return Alternative(kind=kind, slot=slot, sentence=sentence, is_same_clock_time=wall.time() == asked.wall.time())
