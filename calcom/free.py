"""Free slots and reservations of Cal.com, as the domain wants them.

Cal.com is asked for a day more on each side: it cuts working time off at the ends of what is asked, so that slots over
midnight would be missing, and their rhythm would begin anew there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from appointments.backends import FreeSlots, RemoteHold
from appointments.wall_time import ClockChange, clock_changes, midnight
from calcom.translation import translated

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from calcom.client import CalcomClient

_DAY = timedelta(days=1)
_NOON = time(12)


class FreeTime:
    """The part of the booking backend that tells and hides free time."""

    def __init__(self, client: CalcomClient) -> None:
        self._client = client

    def slots(
        self,
        event_type_id: int,
        *,
        starts_at: datetime,
        ends_at: datetime,
        time_zone: ZoneInfo,
        length_min: int | None = None,
        moving_uid: str = "",
        fresh: bool = False,
    ) -> FreeSlots:
        """When Cal.com has time; kept for 60 s, and longer while Cal.com is away. Touches no database."""
        with translated():
            listed = self._client.slots(
                event_type_id,
                starts_at=starts_at - _DAY,
                ends_at=ends_at + _DAY,
                length_min=length_min,
                moving_uid=moving_uid,
                fresh=fresh,
            )
        return FreeSlots(
            starts=tuple(slot.starts_at for slot in listed if starts_at <= slot.starts_at < ends_at),
            as_of=timezone.now() - timedelta(seconds=listed.age_s),
            is_stale=listed.is_stale,
            doubtful=tuple(_doubtful(time_zone, starts_at - _DAY, ends_at + _DAY)),
        )

    def reserve(
        self, event_type_id: int, *, starts_at: datetime, length_min: int | None = None, minutes: int
    ) -> RemoteHold:
        """Hide a slot, in all event types of its host."""
        with translated():
            made = self._client.reserve(event_type_id, starts_at=starts_at, length_min=length_min, minutes=minutes)
        return RemoteHold(uid=made.uid, until=made.until)

    def release(self, uid: str, *, event_type_id: int) -> None:
        """Show it again."""
        with translated():
            self._client.release(uid, event_type_id=event_type_id)


def _doubtful(zone: ZoneInfo, starts_at: datetime, ends_at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Where Cal.com's hours lie off: it reckons a whole day with the offset that its noon has (recordings 050-052).

    On a night on which clocks change at two, a schedule from midnight on is offered from 23:00 of the evening before in
    spring, and from 01:00 on in autumn. Hours behind the change are right. The schedule's own zone is not known here:
    it is taken to be the place's.
    """
    for change in clock_changes(zone, starts_at, ends_at):
        day = _day_of(change, zone)
        noon = datetime.combine(day, _NOON, zone).astimezone(UTC)
        ahead, behind = max(change.shift, timedelta()), max(-change.shift, timedelta())
        if change.at <= noon:
            yield midnight(day, zone) - ahead, change.at + behind
        else:
            yield change.at - behind, midnight(day + _DAY, zone) + ahead


def _day_of(change: ClockChange, zone: ZoneInfo) -> date:
    """The day that the change makes longer or shorter: clocks that go back at midnight repeat the day before."""
    return change.at.astimezone(zone).date()
