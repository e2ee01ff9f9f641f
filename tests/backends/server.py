"""What a booking backend in memory holds of one company, and what anybody may do there."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from appointments.backends import AttendeeSnapshot, BookingSnapshot, Offer, Replaced

Fault = Exception | Callable[[], None]


@dataclass
class Booking:
    """A booking as the backend has it."""

    uid: str
    booking_id: int
    event_type_id: int
    starts_at: datetime
    ends_at: datetime
    attendees: tuple[AttendeeSnapshot, ...]
    reference: UUID | None = None
    status: str = "confirmed"
    reason: str = ""
    updated_at: datetime = field(default_factory=timezone.now)
    replaces: Booking | None = None
    moved_to: str = ""
    seats: dict[str, str] = field(default_factory=dict)
    absences: dict[str, bool] = field(default_factory=dict)


@dataclass
class Server:
    """What the backend of one company holds. `faults` are taken one by one, before or after the next writes.

    `is_test_inside`: the test itself runs in a transaction. `free` says when an event type has time, in one length
    (None: the only one); `away` what a look at one raises instead; `asked` what was looked at, with the length.
    """

    bookings: dict[str, Booking] = field(default_factory=dict)
    offers: dict[tuple[int, int | None], Offer] = field(default_factory=dict)
    before: deque[Fault] = field(default_factory=deque)
    after: deque[Fault] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    free: dict[tuple[int, int | None], tuple[datetime, ...]] = field(default_factory=dict)
    away: dict[int, Exception] = field(default_factory=dict)
    asked: list[tuple[int, int | None, bool]] = field(default_factory=list)
    old_answer_of: datetime | None = None
    doubtful: tuple[tuple[datetime, datetime], ...] = ()
    meanwhile: Callable[[], None] | None = None
    reservations: dict[str, tuple[int, datetime, datetime]] = field(default_factory=dict)
    company_id: int = 0
    is_exclusive: bool = True
    minutes_off: int = 0
    is_test_inside: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: int = 0

    def new(self, **values: Any) -> Booking:
        """Make a booking, as if somebody had booked at the backend itself."""
        self.numbers += 1
        booking = Booking(uid=f"m{self.numbers}", booking_id=self.numbers, **values)
        self.bookings[booking.uid] = booking
        return booking

    def move(self, uid: str, starts_at: datetime) -> Booking:
        """Move a booking, as if somebody had moved it at the backend itself."""
        old = self.bookings[uid]
        new = self.new(
            event_type_id=old.event_type_id,
            starts_at=starts_at,
            ends_at=starts_at + (old.ends_at - old.starts_at),
            attendees=old.attendees,
            reference=None,
            status=old.status,
            replaces=old,
        )
        old.status, old.moved_to, old.updated_at = "cancelled", new.uid, timezone.now()
        return new

    def cancel(self, uid: str, reason: str = "the customer is ill") -> Booking:
        """Cancel a booking, as if somebody had cancelled it at the backend itself."""
        booking = self.bookings[uid]
        booking.status, booking.reason, booking.updated_at = "cancelled", reason, timezone.now()
        return booking

    @property
    def alive(self) -> list[Booking]:
        """The bookings that are on."""
        return [one for one in self.bookings.values() if one.status in {"confirmed", "pending"}]


def snapshot(booking: Booking, *, only: str = "", **more: Any) -> BookingSnapshot:
    """A booking as the backend tells it now; `only` one attendee's seat of it."""
    old = booking.replaces
    people = tuple(one for one in booking.attendees if not only or one.email == only)
    values: dict[str, Any] = {
        "uid": booking.uid,
        "booking_id": booking.booking_id,
        "status": booking.status,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "as_of": booking.updated_at,
        "event_type_id": booking.event_type_id,
        "reference": booking.reference,
        "replaces": None if old is None else Replaced(uid=old.uid, booking_id=old.booking_id, starts_at=old.starts_at),
        "is_move": old is not None,
        "rescheduled_to_uid": booking.moved_to,
        "attendees": people,
        "is_seated": bool(booking.seats),
        "seat_uid": booking.seats.get(only, ""),
        "cancellation_reason": booking.reason if booking.status == "cancelled" else "",
        "rejected_reason": booking.reason if booking.status == "rejected" else "",
        "title": "Cut with somebody",
    }
    return BookingSnapshot(**(values | more))
