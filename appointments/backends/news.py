"""What a booking backend tells, in the domain's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


class SeatChange(Enum):
    """What a cancellation of a seated booking says about the attendees it lists."""

    JOINED = "joined"
    LEFT = "left"
    PERHAPS_LEFT = "perhaps_left"  # one seat or the whole booking: the news does not tell


@dataclass(frozen=True, kw_only=True)
class AttendeeSnapshot:
    """Somebody who attends. `email` is lower case; `phone` is E.164 where it could be read, else as it came."""

    name: str = ""
    email: str = ""
    phone: str = ""
    time_zone: str = ""
    locale: str = ""
    is_guest: bool = False

    @property
    def contact(self) -> str:
        """By what they are known again: the e-mail address, or the phone number where there is none."""
        return self.email or self.phone


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """The booking that a move replaced."""

    uid: str
    booking_id: int | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where an appointment happens. `type` is one of LocationType."""

    type: str = ""
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class BookingSnapshot:
    """A booking as the backend described it at one moment. None means: this news does not tell.

    `as_of` says how new the news is; None is older than everything. Where `is_status_weak` or `are_details_weak`,
    the status, or all the descriptive columns, only fill what no other news told. `is_seated` None: unknown.
    `ends_series`: more bookings of the series were cancelled with this one, and the news does not say which.
    `reference` is set only where it was verified that this company's own Push gave it to this booking.
    `rescheduled_to_uid` is told by reads only: the booking was moved, and lives on under that uid; "cancelled" then
    means nothing else. Of a seated booking `attendees` are those whom the news is about, `seat_uid` the seat of one.
    `surplus_uids`, in the answer to an order: what it made besides the one booking.
    """

    uid: str
    status: str
    starts_at: datetime
    ends_at: datetime
    as_of: datetime | None
    booking_id: int | None = None
    is_status_weak: bool = False
    are_details_weak: bool = False
    is_move: bool = False
    replaces: Replaced | None = None
    reference: UUID | None = None
    rescheduled_to_uid: str = ""
    surplus_uids: tuple[str, ...] = ()
    rescheduled_by: str = ""
    ical_uid: str = ""
    ical_sequence: int | None = None
    event_type_id: int | None = None
    host_id: int | None = None
    hosts: list[dict[str, Any]] | None = None
    attendees: tuple[AttendeeSnapshot, ...] = ()
    is_seated: bool | None = None
    seat_change: SeatChange = SeatChange.JOINED
    seat_uid: str = ""
    title: str = ""
    time_zone: str = ""
    location: Location | None = None
    meeting_url: str = ""
    responses: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    is_recurring: bool = False
    ends_series: bool = False
    recurring_event_id: str = ""
    cancellation_reason: str = ""
    rejected_reason: str = ""
    cancelled_by: str = ""
    price: Decimal | None = None
    currency: str = ""
    has_ended: bool = False
    payload: dict[str, Any] = field(default_factory=dict)
    delivery_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class AbsenceNews:
    """Who of a booking's attendees did not come: their contact to True, or to False where that is taken back."""

    uid: str
    absences: Mapping[str, bool]
    as_of: datetime | None
    delivery_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RecordingNews:
    """A recording of a booking's meeting can be fetched at `url`."""

    uid: str
    url: str
    as_of: datetime | None
    delivery_id: UUID | None = None


News = BookingSnapshot | AbsenceNews | RecordingNews
