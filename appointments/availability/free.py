"""Free times in a range, and the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from appointments.availability.cast import Cast
from appointments.availability.kept import kept_cast
from appointments.availability.look import LONGEST, checked_instant, checked_range, look
from appointments.availability.remote import Range
from appointments.availability.team import free_slots
from appointments.availability.values import Availability, NextFree, Query
from appointments.errors import NotBookable
from appointments.wall_time import midnight

_DAY = timedelta(days=1)


def slots(query: Query, starts_at: datetime, ends_at: datetime, *, fresh: bool = False) -> Availability:
    """Free times that begin in [starts_at, ends_at), soonest first; at most four weeks. Raises NotBookable beyond.

    One call for each event type, all at once. Never in a transaction.
    """
    during = checked_range(starts_at, ends_at)
    cast = kept_cast(query)
    seen = look(query, replace(_whole_days(during, cast), fresh=fresh), cast=cast)
    found = (slot for slot in free_slots(seen) if during.starts_at <= slot.starts_at < during.ends_at)
    return Availability(slots=tuple(found), **seen.told())


def next_free(query: Query, after: datetime, *, days: int = 14, fresh: bool = False) -> NextFree:
    """The first free time from `after` on, within so many days: one call for each event type for all of them."""
    if not 1 <= days <= LONGEST.days:
        raise NotBookable(_("Ask for %(days)s days at most.") % {"days": LONGEST.days})
    begin = max(checked_instant(after), timezone.now())
    until = begin + timedelta(days=days)
    cast = kept_cast(query)
    seen = look(query, replace(_whole_days(Range(starts_at=begin, ends_at=until), cast), fresh=fresh), cast=cast)
    first = next((slot for slot in free_slots(seen) if begin <= slot.starts_at < until), None)
    return NextFree(slot=first, searched_until=until, **seen.told())


def _whole_days(during: Range, cast: Cast) -> Range:
    """Whole days on the branch's clocks: the same answer then serves all who ask for that day."""
    first = during.starts_at.astimezone(cast.zone).date()
    last = (during.ends_at - timedelta(microseconds=1)).astimezone(cast.zone).date()
    return replace(during, starts_at=midnight(first, cast.zone), ends_at=midnight(last + _DAY, cast.zone))
