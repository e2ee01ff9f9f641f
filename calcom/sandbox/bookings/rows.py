"""The rows of bookings, and the one rule of the database: what identical requests race for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calcom.sandbox.bookings import policy
from calcom.sandbox.bookings.inputs import bare
from calcom.sandbox.bookings.places import Place
from calcom.sandbox.meetings import slot_key
from calcom.sandbox.state import Attendee, Booking, EventType, Json, User, World

_WEB = ("http://", "https://")


@dataclass(frozen=True)
class Order:
    """What somebody wants to book, checked."""

    event_type: EventType
    starts_at: datetime
    length_min: int
    attendee: Json
    answers: Json
    place: Place
    metadata: Json

    @property
    def ends_at(self) -> datetime:
        """When it would end."""
        return self.starts_at + timedelta(minutes=self.length_min)

    def at(self, starts_at: datetime) -> Order:
        """The same order for another time."""
        return replace(self, starts_at=starts_at)

    @property
    def email(self) -> str:
        """The booker's address."""
        return str(self.attendee.get("email", ""))


def new_booking(world: World, order: Order, *, hosts: list[User], recurring_uid: str = "") -> Booking:
    """Writes a booking; the first host is its own. Raises 409 when the same slot was just written. The lock is held."""
    now, host = world.now(), hosts[0]
    booking_id, uid = world.next_id("booking"), world.new_uid()
    is_pending = policy.needs_confirmation(order.event_type, starts_at=order.starts_at, now=now)
    answers = order.answers | ({"location": order.place.answer} if order.place.answer else {})
    booking = Booking(
        id=booking_id,
        uid=uid,
        event_type_id=order.event_type.id,
        host_id=host.id,
        title=policy.title_of(order.event_type, host=host, booker=order.attendee["name"]),
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        status="pending" if is_pending else "accepted",
        attendees=[],
        created_at=now,
        updated_at=now,
        responses=answers,
        metadata=order.metadata,
        location=order.place.location,
        description=str(order.answers.get("notes", "")),
        ical_uid=f"{uid}@Cal.com",
        recurring_uid=recurring_uid,
        video_url=order.place.location if order.place.location.startswith(_WEB) else "",
        one_time_password=world.new_uuid() if is_pending else "",
    )
    insert(world, booking)
    booking.reference_id = 0 if is_pending else reference(world, booking)
    booking.attendees = _attendees(world, order) + [_further_host(world, user) for user in hosts[1:]]
    return booking


def insert(world: World, booking: Booking, *, instead_of: Booking | None = None) -> None:
    """Stores a booking. Two that are accepted at once for the same host and time: 409 for the second."""
    if booking.status == "accepted":
        booking.slot_key = slot_key(booking)
        others = (other for other in world.bookings.values() if other is not instead_of)
        if any(other.slot_key == booking.slot_key for other in others):
            raise bare(409, "booking_conflict_error")
    world.bookings[booking.uid] = booking


def reference(world: World, booking: Booking) -> int:
    """The number of Cal Video's row about a booking; 0 when it takes place elsewhere."""
    return world.next_id("reference") if booking.location == policy.VIDEO else 0


def close(booking: Booking, *, status: str, now: datetime) -> None:
    """Cancelled or rejected: the time is free again and no meeting will be announced."""
    booking.status = status
    booking.slot_key = ""
    booking.meetings = []
    booking.updated_at = now


def booker_of(world: World, order: Order) -> Attendee:
    """The one who books."""
    attendee = order.attendee
    return Attendee(
        id=world.next_id("attendee"),
        name=attendee["name"],
        email=order.email,
        time_zone=attendee["timeZone"],
        language=attendee.get("language") or "en",
        phone=attendee.get("phoneNumber"),
    )


def _guest_of(world: World, email: str, *, time_zone: str) -> Attendee:
    """A guest: an address without a name, in English."""
    return Attendee(id=world.next_id("attendee"), name="", email=email, time_zone=time_zone)


def _further_host(world: World, user: User) -> Attendee:
    """A second host of a collective booking, whom Cal.com keeps among the attendees."""
    return Attendee(
        id=world.next_id("attendee"),
        name=user.name,
        email=user.email,
        time_zone=user.time_zone,
        language=user.locale,
        host_id=user.id,
    )


def _attendees(world: World, order: Order) -> list[Attendee]:
    zone = order.attendee["timeZone"]
    guests = [_guest_of(world, email, time_zone=zone) for email in order.answers.get("guests") or []]
    booker = booker_of(world, order)
    return [booker, *guests]
