"""POST …/reassign and …/request-reschedule. From the documentation: there are no recordings of them."""

from __future__ import annotations

from calcom.sandbox import slots
from calcom.sandbox.bookings import lookup, rows
from calcom.sandbox.bookings.shapes import display_email
from calcom.sandbox.cancellations import reschedule_asked
from calcom.sandbox.deliver import announce
from calcom.sandbox.payloads import reassigned
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Booking, EventType, User
from calcom.sandbox.wire import Answer, Refusal, malformed, success


@route("POST", "/bookings/{uid}/reassign", group="bookings", auth="permission")
def reassign(call: Call) -> Answer:
    """Gives a round-robin booking to another host who is free then."""
    with call.world.lock:
        booking, event_type = _round_robin(call)
        others = [
            host_id
            for host_id in slots.free_hosts(call.world, event_type, booking.starts_at, booking.ends_at)
            if host_id != booking.host_id
        ]
        if not others:
            raise malformed("Can't reassign the booking because no other host is available at that time.")
    return _give(call, booking, host_id=others[0])


@route("POST", "/bookings/{uid}/reassign/{user_id}", group="bookings", auth="permission")
def reassign_to(call: Call) -> Answer:
    """Gives a round-robin booking to one of its type's hosts, whether free or not."""
    with call.world.lock:
        booking, event_type = _round_robin(call)
        user_id = call.params["user_id"]
        if user_id not in map(str, event_type.host_ids):
            raise malformed(
                f"User with id={user_id} is not a valid Round Robin host - the user to which you reassign this booking "
                "must be one of the booking hosts. Fetch the booking using following endpoint and select id of one of "
                "the hosts: https://cal.com/docs/api-reference/v2/bookings/get-a-booking"
            )
    return _give(call, booking, host_id=int(user_id))


@route("POST", "/bookings/{uid}/request-reschedule", group="bookings", auth="permission")
def request_reschedule(call: Call) -> Answer:
    """Cancels, and asks the booker for another time. The booking gets no successor from this."""
    reason = str(call.body.get("rescheduleReason") or call.body.get("reschedulingReason") or "")
    with call.world.lock:
        booking = _hosted(call)
        if booking.status == "cancelled":
            raise malformed(f"Can't request reschedule of booking with uid={booking.uid}: it has been cancelled.")
        payload = reschedule_asked(call.world, booking, reason=reason, by=call.me)
        rows.close(booking, status="cancelled", now=call.world.now())
        booking.cancellation_reason = reason
        booking.ical_sequence += 1
    announce(call.sandbox, "BOOKING_CANCELLED", booking, payload)
    return success()


def _give(call: Call, booking: Booking, *, host_id: int) -> Answer:
    with call.world.lock:
        before, host = booking.host_id, call.world.users[host_id]
        booking.host_id, booking.updated_at = host_id, call.world.now()
        payload = reassigned(call.world, booking, added=host_id, removed=before)
    announce(call.sandbox, "BOOKING_REASSIGNED", booking, payload)
    return success({"bookingUid": booking.uid, "reassignedTo": _reassigned_to(host)})


def _reassigned_to(host: User) -> dict[str, object]:
    return {"id": host.id, "name": host.name, "email": host.email, "displayEmail": display_email(host.email)}


def _round_robin(call: Call) -> tuple[Booking, EventType]:
    booking = _hosted(call)
    event_type = call.world.event_types.get(booking.event_type_id or 0)
    if event_type is None or event_type.scheduling_type != "roundRobin":
        raise malformed(f"Booking with uid={booking.uid} is not a round robin booking.")
    return booking, event_type


def _hosted(call: Call) -> Booking:
    booking = lookup.booking_of(call.world, call.params["uid"])
    if not lookup.is_host(call.world, booking, call.user):
        raise Refusal(403, "User is not authorized to act on this booking")
    return booking
