"""What a list of bookings can be narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calcom.client.base import utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True)
class BookingFilter:
    """Filters of GET /v2/bookings; times are aware and inclusive.

    `status`: views, not states: upcoming, recurring, past, cancelled (with rejected), unconfirmed. Rows without
    `updatedAt` never match the two filters on it. `sort` is one of start, end, created, updatedAt, with "-" for
    descending. An event type that the key does not see is refused, not an empty list.
    """

    status: Sequence[str] = ()
    attendee_email: str = ""
    attendee_name: str = ""
    booking_uid: str = ""
    event_type_ids: Sequence[int] = ()
    team_ids: Sequence[int] = ()
    starts_after: datetime | None = None
    ends_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    sort: str = "created"

    def query(self) -> dict[str, str | int]:
        """The query's parts; what is empty is left out."""
        texts = {
            "status": ",".join(self.status),
            "attendeeEmail": self.attendee_email,
            "attendeeName": self.attendee_name,
            "bookingUid": self.booking_uid,
            "eventTypeIds": ",".join(map(str, self.event_type_ids)),
            "teamsIds": ",".join(map(str, self.team_ids)),
        }
        times = {
            "afterStart": self.starts_after,
            "beforeEnd": self.ends_before,
            "afterCreatedAt": self.created_after,
            "beforeCreatedAt": self.created_before,
            "afterUpdatedAt": self.updated_after,
            "beforeUpdatedAt": self.updated_before,
        }
        query: dict[str, str | int] = {key: value for key, value in texts.items() if value}
        query |= {key: utc(moment) for key, moment in times.items() if moment}
        return query | _sorting(self.sort)


def _sorting(sort: str) -> dict[str, str | int]:
    names = {"start": "sortStart", "end": "sortEnd", "created": "sortCreated", "updatedAt": "sortUpdatedAt"}
    return {names[sort.removeprefix("-")]: "desc" if sort.startswith("-") else "asc"}
