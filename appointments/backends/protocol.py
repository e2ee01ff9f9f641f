"""What a booking backend is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from appointments.backends.news import AbsenceNews, AttendeeSnapshot, BookingSnapshot, Location
from appointments.bulk import Asking


@dataclass(frozen=True, kw_only=True)
class PlacedService:
    """A service, as far as an appointment keeps what it was when booked."""

    id: int
    name: str
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class PlacedStaff:
    """A staff member and where they work."""

    id: int
    name: str
    home_branch_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Placement:
    """What a booking means here; None for what nobody mapped."""

    service: PlacedService | None = None
    branch_id: int | None = None
    staff: PlacedStaff | None = None


class Places(Protocol):
    """Tells what an event type and a host of the backend mean in one company."""

    def place(self, *, event_type_id: int | None, host_id: int | None) -> Placement:
        """The service, branch and staff member."""
        ...


@dataclass(frozen=True, kw_only=True)
class Offer:
    """How the backend offers a service, somewhere, by somebody. `seats` None: a booking is one customer's.

    `lengths` in minutes, the usual one first; empty where it does not say. Notice and buffers are the backend's own,
    0 where it does not say. `is_shared`: several people perform it, and the backend chooses who.
    """

    event_type_id: int
    lengths: tuple[int, ...] = ()
    needs_confirmation: bool = False
    seats: int | None = None
    allows_guests: bool = True
    is_shared: bool = False
    notice_min: int = 0
    buffer_before_min: int = 0
    buffer_after_min: int = 0


@dataclass(frozen=True, kw_only=True)
class FreeSlots:
    """When the backend has time, soonest first, as it said at `as_of`; `is_stale`: it does not answer at present.

    In `doubtful` stretches (from, to) its hours may lie an hour off, as clocks change then.
    """

    starts: tuple[datetime, ...]
    as_of: datetime
    is_stale: bool = False
    doubtful: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RemoteHold:
    """A time that the backend hides from others until `until`. It does not keep it from being booked."""

    uid: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class BookingOrder:
    """A booking to be made. The first of `attendees` books; `guests` are e-mail addresses; `answers` are by slug.

    `reference` must go with the booking, and come back as BookingSnapshot.reference.
    """

    reference: UUID
    appointment_id: int
    event_type_id: int
    starts_at: datetime
    ends_at: datetime
    length_min: int
    attendees: tuple[AttendeeSnapshot, ...]
    guests: tuple[str, ...] = ()
    location: Location | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class Target:
    """The booking that is to be changed, as we know it."""

    uid: str
    event_type_id: int | None
    starts_at: datetime
    reference: UUID


class BookingBackend(Protocol):
    """Where bookings are kept besides here. Made for one company: settings.BOOKING_BACKEND(company).

    The constructor raises BackendNotConnected, without asking anybody. `offer`, `offers` and `places` answer from our
    own tables; all else is a call over the network, never made inside a transaction. A call that writes is sent once.
    Before it waits, it lets its thread catch up: see companies.meanwhile. Each raises BackendError.
    """

    def asking(self, event_type_id: int) -> Asking | None:
        """What it will need of its own tables to book or move that, for whoever goes to the database just now."""
        ...

    @property
    def places(self) -> Places:
        """What the backend's event types and hosts mean here. No call."""
        ...

    def offer(self, *, service_id: int, branch_id: int | None, staff_id: int | None) -> Offer | None:
        """How the service is offered there and by them; None where nobody mapped it. No call."""
        ...

    def offers(
        self, *, service_id: int, branch_id: int | None, staff_ids: Collection[int | None]
    ) -> Mapping[int | None, Offer]:
        """offer() for several staff members, and None for nobody in particular. No call, however many they are."""
        ...

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
        """When there is time, to begin in [starts_at, ends_at); at most four weeks. May come from a cache, not `fresh`.

        Called from threads of its own: it must not touch the database. `length_min` only where there is a choice.
        `moving_uid` is a booking whose own time counts as free. `time_zone` is the place's.
        """
        ...

    def reserve(
        self, event_type_id: int, *, starts_at: datetime, length_min: int | None = None, minutes: int
    ) -> RemoteHold:
        """Hide a time from others for some minutes. It neither checks nor keeps the time."""
        ...

    def release(self, uid: str, *, event_type_id: int) -> None:
        """Show the time again; also where the reservation is gone already."""
        ...

    def create(self, order: BookingOrder) -> BookingSnapshot:
        """Make the booking. Where it is seated: the seat's snapshot, with this order's attendee only."""
        ...

    def move(self, target: Target, *, starts_at: datetime, ends_at: datetime, reason: str) -> BookingSnapshot:
        """Move the booking, by the owner: it needs no confirmation. The new booking, with `replaces`."""
        ...

    def cancel(self, target: Target, *, reason: str, seat_uid: str = "") -> BookingSnapshot:
        """Cancel the booking, or one seat of it. One that is cancelled already is no error."""
        ...

    def confirm(self, target: Target) -> BookingSnapshot:
        """Accept a pending or declined booking. One that is accepted already is no error."""
        ...

    def decline(self, target: Target, *, reason: str) -> BookingSnapshot:
        """Decline a pending booking. One that is declined already is no error."""
        ...

    def mark_absent(self, target: Target, *, absences: Mapping[str, bool]) -> AbsenceNews:
        """Mark who did not come (True) or did after all (False), by contact. What the backend has now."""
        ...

    def get(self, uid: str) -> BookingSnapshot | None:
        """The booking as it is now; None where the backend does not know it."""
        ...

    def find(self, order: BookingOrder) -> BookingSnapshot | None:
        """The booking that this order made: by event type, time and attendee, and only with its very reference."""
        ...
