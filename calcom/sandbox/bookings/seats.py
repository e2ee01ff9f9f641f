"""Seated bookings: one booking per time, one seat per attendee, moved and cancelled one by one."""

from __future__ import annotations

from datetime import datetime

from calcom.sandbox.bookings import hosting, policy, rows
from calcom.sandbox.bookings.gap import write_gap
from calcom.sandbox.bookings.inputs import bare
from calcom.sandbox.bookings.rows import Order
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.cancellations import cancelled
from calcom.sandbox.deliver import announce, schedule_meetings
from calcom.sandbox.payloads import created, requested, seat_moved
from calcom.sandbox.router import Call
from calcom.sandbox.state import Attendee, Booking, EventType, Json, World
from calcom.sandbox.wire import Refusal, malformed


def book(call: Call, order: Order) -> Json:
    """Takes a seat in the booking at that time, or makes the booking."""
    with call.world.lock:
        booking = booking_at(call.world, order.event_type, order.starts_at)
        if booking:
            seat = _join(call.world, booking, order)
            payload = created(call.world, booking, seat=seat, is_first_seat=False)
    if booking is None:
        return _first(call, order)
    announce(call.sandbox, "BOOKING_CREATED", booking, payload)
    with call.world.lock:
        return booking_json(call.world, booking, viewer=call.user) | {"seatUid": seat.seat_uid}


def booking_at(world: World, event_type: EventType, starts_at: datetime) -> Booking | None:
    """The living seated booking of that type and time."""
    for booking in world.bookings.values():
        is_here = booking.event_type_id == event_type.id and booking.starts_at == starts_at
        if is_here and booking.is_seated and booking.status in ("accepted", "pending"):
            return booking
    return None


def move(call: Call, booking: Booking, *, seat_uid: str, starts_at: datetime) -> Json:
    """Moves one seat: out of its booking, into the one at the new time, which is made when there is none."""
    with call.world.lock:
        seat = _seat_of(booking, seat_uid)
        if seat is None:
            raise Refusal(404, f"Seat with uid={seat_uid} does not exist.")
        event_type = call.world.event_types[booking.event_type_id or 0]
        target = booking_at(call.world, event_type, starts_at)
        hosts = (
            []
            if target
            else hosting.hosts_for(
                call.world, event_type, starts_at=starts_at, ends_at=starts_at + (booking.ends_at - booking.starts_at)
            )
        )
        if target and len(target.attendees) >= (policy.seat_limit(event_type) or 0):
            raise Refusal(409, "No more seats left at this seated booking.")
        is_new = target is None
        target = target or _emptied_copy(call.world, booking, seat, host_id=hosts[0].id, starts_at=starts_at)
        _change_places(call.world, seat, old=booking, new=target)
        payload = seat_moved(call.world, target, seat=target.attendees[-1], old=booking)
    announce(call.sandbox, "BOOKING_RESCHEDULED", target, payload)
    with call.world.lock:
        if is_new:
            target.updated_at = call.world.now()
        platform = {"isPlatformManagedUserBooking": False} if is_new else {}
        answer = booking_json(call.world, target, viewer=call.user)
        return answer | {"seatUid": target.attendees[-1].seat_uid} | platform


def cancel(call: Call, booking: Booking, *, seat_uid: str, reason: str) -> Json:
    """Cancels one seat. The booking lives on, unless it was the last one."""
    with call.world.lock:
        seat = _seat_of(booking, seat_uid)
        if seat is None:
            raise malformed(_unknown_seat(call.world, seat_uid))
        payload = cancelled(call.world, booking, reason=reason, seat=seat)
    announce(call.sandbox, "BOOKING_CANCELLED", booking, payload)
    with call.world.lock:
        booking.attendees = [attendee for attendee in booking.attendees if attendee.seat_uid != seat_uid]
        if not booking.attendees:
            rows.close(booking, status="cancelled", now=call.world.now())
        return booking_json(call.world, booking, viewer=call.user)


def _first(call: Call, order: Order) -> Json:
    with call.world.lock:
        hosts = hosting.hosts_for(call.world, order.event_type, starts_at=order.starts_at, ends_at=order.ends_at)
    write_gap(call)
    with call.world.lock:
        booking = rows.new_booking(call.world, order, hosts=hosts)
        _make_seated(call.world, booking, booking.attendees[0], order)
        if booking.status == "accepted":
            schedule_meetings(call.world, booking)
        seat, is_pending = booking.attendees[0], booking.status == "pending"
        payload = requested(call.world, booking) if is_pending else created(call.world, booking, seat=seat)
    announce(call.sandbox, "BOOKING_REQUESTED" if is_pending else "BOOKING_CREATED", booking, payload)
    with call.world.lock:
        booking.updated_at = call.world.now()
        answer = booking_json(call.world, booking, viewer=call.user)
        return answer | {"seatUid": seat.seat_uid, "isPlatformManagedUserBooking": False}


def _make_seated(world: World, booking: Booking, seat: Attendee, order: Order) -> None:
    booking.is_seated = True
    booking.responses, booking.metadata = {}, {}
    booking.ical_uid = f"{world.new_uid()}@Cal.com"
    booking.attendees = [_seated(world, seat, order)]


def _seated(world: World, attendee: Attendee, order: Order) -> Attendee:
    hidden = ("email", "guests")
    attendee.seat_uid = world.new_uuid()
    attendee.responses = {slug: value for slug, value in order.answers.items() if slug not in hidden} | {"guests": []}
    attendee.metadata = order.metadata
    return attendee


def _join(world: World, booking: Booking, order: Order) -> Attendee:
    if any(attendee.email.lower() == order.email.lower() for attendee in booking.attendees):
        raise bare(409, "already_signed_up_for_this_booking_error")
    if len(booking.attendees) >= (policy.seat_limit(order.event_type) or 0):
        raise Refusal(409, "No more seats left at this seated booking.")
    seat = _seated(world, rows.booker_of(world, order), order)
    booking.attendees.append(seat)
    return seat


def _seat_of(booking: Booking, seat_uid: str) -> Attendee | None:
    return next((attendee for attendee in booking.attendees if attendee.seat_uid == seat_uid), None)


def _unknown_seat(world: World, seat_uid: str) -> str:
    if any(_seat_of(booking, seat_uid) for booking in world.bookings.values()):
        return "Invalid seatUid: this seat does not belong to this booking."
    return "Invalid seatUid: this seat does not exist or has already been cancelled."


def _emptied_copy(world: World, old: Booking, seat: Attendee, *, host_id: int, starts_at: datetime) -> Booking:
    event_type, host = world.event_types[old.event_type_id or 0], world.users[host_id]
    uid, now = world.new_uid(), world.now()
    booking = Booking(
        id=world.next_id("booking"),
        uid=uid,
        event_type_id=old.event_type_id,
        host_id=host_id,
        title=policy.title_of(event_type, host=host, booker=seat.name),
        starts_at=starts_at,
        ends_at=starts_at + (old.ends_at - old.starts_at),
        status=old.status,
        attendees=[],
        created_at=now,
        updated_at=now,
        location=old.location,
        video_url=old.video_url,
        reference_id=rows.reference(world, old),
        ical_uid=f"{world.new_uid()}@Cal.com",
        is_seated=True,
    )
    rows.insert(world, booking)
    if booking.status == "accepted":
        schedule_meetings(world, booking)
    return booking


def _change_places(world: World, seat: Attendee, *, old: Booking, new: Booking) -> None:
    old.attendees = [attendee for attendee in old.attendees if attendee.seat_uid != seat.seat_uid]
    seat.id, seat.seat_uid = world.next_id("attendee"), world.new_uuid()
    new.attendees.append(seat)
    if not old.attendees:
        rows.close(old, status="cancelled", now=world.now())
