"""What is known here of somebody's time, and the terms on which they can be booked: what the rules look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Span:
    """A stretch of time, its end not included."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether they share a moment; ends and starts may touch."""
        return self.starts_at < ends_at and starts_at < self.ends_at


@dataclass(frozen=True, kw_only=True)
class Away(Span):
    """Somebody is not there, or the whole branch is closed."""

    is_branch: bool = False


@dataclass(frozen=True, kw_only=True)
class Busy(Span):
    """Time that is taken, buffers included; `own` is it without them. A hold is `held_until`.

    Of a seated appointment the start can be offered again, in `event_type_id`, until `seats_taken` are all.
    """

    own: Span
    held_until: datetime | None = None
    is_seated: bool = False
    event_type_id: int | None = None
    seats_taken: int = 0


@dataclass(frozen=True, kw_only=True)
class Diary:
    """What is known here of one staff member's time. `hours` None: the branch has stated none."""

    busy: tuple[Busy, ...] = ()
    away: tuple[Away, ...] = ()
    hours: tuple[Span, ...] | None = None
    customer: tuple[Span, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms somebody can be booked: how long, with which buffers, from when and until when."""

    length: timedelta
    event_type_id: int
    before: timedelta = timedelta()
    after: timedelta = timedelta()
    earliest: datetime
    now: datetime
    latest: datetime
    seats: int | None = None
    zone: ZoneInfo = field(compare=False)
