"""POST …/reschedule: a new booking with a new uid; the old one is cancelled and points to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from calcom.sandbox import payload_parts as parts
from calcom.sandbox.bookings import hosting, lookup, policy, rows, seats
from calcom.sandbox.bookings.create import finished
from calcom.sandbox.bookings.gap import write_gap
from calcom.sandbox.bookings.inputs import instant_of, reschedule_body
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.deliver import announce, schedule_meetings
from calcom.sandbox.payloads import requested, rescheduled
from calcom.sandbox.router import Call, route
from calcom.sandbox.slots import NOT_AVAILABLE
from calcom.sandbox.state import Attendee, Booking, EventType, Json, World
from calcom.sandbox.wire import Answer, Refusal, malformed, success

_SEATS_ONLY = "Can't reschedule the whole seated booking. Only the host can: provide 'seatUid' to reschedule one seat."


@route("POST", "/bookings/{uid}/reschedule", group="bookings", auth="optional")
def reschedule(call: Call) -> Answer:
    """Moves a booking, or one seat of it."""
    body = reschedule_body(call)
    starts_at = instant_of(body["start"])
    with call.world.lock:
        booking = lookup.booking_of(call.world, call.params["uid"])
        event_type = _event_type_of(call.world, booking)
        _refuse_closed(booking)
        _refuse_past(call.world, booking, event_type)
    if "seatUid" in body:
        return success(seats.move(call, booking, seat_uid=body["seatUid"], starts_at=starts_at), status=201)
    if booking.is_seated:
        return success(_move_all_seats(call, booking, starts_at), status=201)
    return success(_move(call, booking, event_type, starts_at=starts_at, body=body), status=201)


def _move(call: Call, old: Booking, event_type: EventType, *, starts_at: datetime, body: Json) -> Json:
    world = call.world
    ends_at = starts_at + (old.ends_at - old.starts_at)
    with world.lock:
        hosts = hosting.hosts_for(world, event_type, starts_at=starts_at, ends_at=ends_at, ignore_uid=old.uid)
        same = old.host_id in event_type.host_ids and event_type.fields.get("rescheduleWithSameRoundRobinHost")
        host_id = old.host_id if same else hosts[0].id
    write_gap(call)
    with world.lock:
        before = replace(old)
        new = _successor(call, old, host_id=host_id, starts_at=starts_at, body=body)
        rows.insert(world, new, instead_of=old)
        rows.close(old, status="cancelled", now=world.now())
        old.rescheduled_to, old.rescheduled_by = new.uid, new.rescheduled_by
        is_pending = new.status == "pending"
        if not is_pending:
            schedule_meetings(world, new)
        payload = requested(world, new) if is_pending else rescheduled(world, new, old=before)
    announce(call.sandbox, "BOOKING_REQUESTED" if is_pending else "BOOKING_RESCHEDULED", new, payload)
    return finished(call, new)


def _successor(call: Call, old: Booking, *, host_id: int, starts_at: datetime, body: Json) -> Booking:
    """The new booking: length, place, answers and people carry over; the calendar's uid survives the chain."""
    world = call.world
    uid, now = world.new_uid(), world.now()
    status = _status(call, old, starts_at=starts_at, by=body.get("rescheduledBy"))
    reason = str(body.get("reschedulingReason") or "")
    answers = {slug: value for slug, value in old.responses.items() if slug != "rescheduledReason"}
    return replace(
        old,
        id=world.next_id("booking"),
        uid=uid,
        host_id=host_id,
        starts_at=starts_at,
        ends_at=starts_at + (old.ends_at - old.starts_at),
        status=status,
        attendees=[_copied(world, attendee) for attendee in old.attendees],
        created_at=now,
        updated_at=now,
        responses=answers | ({"rescheduledReason": reason} if reason else {}),
        video_url=_video_url(old, uid=uid, is_accepted=status == "accepted"),
        ical_sequence=old.ical_sequence + 1,
        rescheduled_from=old.uid,
        rescheduled_to="",
        rescheduled_by=body.get("rescheduledBy"),
        rescheduling_reason=reason,
        absent_host=False,
        reference_id=rows.reference(world, old) if old.reference_id or status == "accepted" else 0,
        slot_key="",
        one_time_password=world.new_uuid() if status == "pending" else "",
        meetings=[],
    )


def _status(call: Call, old: Booking, *, starts_at: datetime, by: str | None) -> str:
    """Where bookings wait for the host, a move waits, too, unless the host made it."""
    event_type = _event_type_of(call.world, old)
    if not policy.needs_confirmation(event_type, starts_at=starts_at, now=call.world.now()):
        return "accepted"
    host = call.world.users[old.host_id]
    is_by_host = by == host.email or (call.user is not None and call.user.id == host.id)
    return "accepted" if is_by_host else "pending"


def _video_url(old: Booking, *, uid: str, is_accepted: bool) -> str:
    """Cal Video gets its link only when an accepted booking is moved; other links carry over."""
    if not parts.is_video(old):
        return old.video_url
    return f"{parts.BOOKER_URL}/video/{uid}" if is_accepted else ""


def _copied(world: World, attendee: Attendee) -> Attendee:
    return replace(attendee, id=world.next_id("attendee"), absent=False)


def _move_all_seats(call: Call, booking: Booking, starts_at: datetime) -> Json:
    """Only the host moves everybody; the booking keeps its uid. From the source, not from a recording."""
    world = call.world
    with world.lock:
        if not lookup.is_host(world, booking, call.user):
            raise malformed(_SEATS_ONLY)
        event_type = _event_type_of(world, booking)
        before = replace(booking)
        ends_at = starts_at + (booking.ends_at - booking.starts_at)
        hosting.hosts_for(world, event_type, starts_at=starts_at, ends_at=ends_at, ignore_uid=booking.uid)
        booking.starts_at, booking.ends_at = starts_at, ends_at
        booking.ical_sequence += 1
        booking.updated_at = world.now()
        schedule_meetings(world, booking)
        payload = rescheduled(world, booking, old=before)
    announce(call.sandbox, "BOOKING_RESCHEDULED", booking, payload)
    with world.lock:
        return booking_json(world, booking, viewer=call.user) | {"isPlatformManagedUserBooking": False}


def _event_type_of(world: World, booking: Booking) -> EventType:
    event_type = world.event_types.get(booking.event_type_id or 0)
    if event_type is None:
        raise Refusal(404, f"Booking with uid={booking.uid} is missing event type")
    return event_type


def _refuse_closed(booking: Booking) -> None:
    if booking.status != "cancelled":
        return
    text = f"Can't reschedule booking with uid={booking.uid} because it has been cancelled"
    if booking.rescheduled_to:
        raise malformed(
            f"{text} and rescheduled already to booking with uid={booking.rescheduled_to}. You probably want to "
            f"reschedule {booking.rescheduled_to} instead by passing it within the request URL."
        )
    raise malformed(f"{text}. Please provide uid of a booking that is not cancelled.")


def _refuse_past(world: World, booking: Booking, event_type: EventType) -> None:
    if booking.ends_at <= world.now() and not event_type.fields.get("allowReschedulingPastBookings"):
        raise malformed(NOT_AVAILABLE)
