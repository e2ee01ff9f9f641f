"""POST …/confirm and …/decline: the host's answer to a booking that waits. Declined ones can be confirmed later."""

from __future__ import annotations

from calcom.sandbox.bookings import lookup, rows
from calcom.sandbox.bookings.inputs import trpc
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.deliver import announce, schedule_meetings
from calcom.sandbox.payloads import confirmed, rejected
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Booking, World
from calcom.sandbox.wire import Answer, success


@route("POST", "/bookings/{uid}/confirm", group="bookings", auth="permission")
def confirm(call: Call) -> Answer:
    """Accepts. Nobody looks whether the time is still free; a pending series is accepted as a whole."""
    with call.world.lock:
        booking = _decidable(call)
        for one in _together(call.world, booking):
            one.status, one.updated_at = "accepted", call.world.now()
            one.reference_id = one.reference_id or rows.reference(call.world, one)
            schedule_meetings(call.world, one)
        payload = confirmed(call.world, booking)
    announce(call.sandbox, "BOOKING_CREATED", booking, payload)
    with call.world.lock:
        return success(booking_json(call.world, booking, viewer=call.me))


@route("POST", "/bookings/{uid}/decline", group="bookings", auth="permission")
def decline(call: Call) -> Answer:
    """Rejects, as often as asked; each time BOOKING_REJECTED is sent once, also for a series."""
    reason = str(call.body.get("reason") or "") if call.json else ""
    with call.world.lock:
        booking = _decidable(call)
        for one in _together(call.world, booking):
            rows.close(one, status="rejected", now=call.world.now())
            one.rejection_reason = reason
        payload = rejected(call.world, booking)
    announce(call.sandbox, "BOOKING_REJECTED", booking, payload)
    with call.world.lock:
        return success(booking_json(call.world, booking, viewer=call.me))


def _decidable(call: Call) -> Booking:
    booking = lookup.booking_of(call.world, call.params["uid"])
    if not lookup.is_host(call.world, booking, call.user):
        raise trpc(401, "User is not authorized to confirm this booking")
    if booking.status == "accepted":
        raise trpc(400, "Booking already confirmed")
    if booking.status == "cancelled":
        raise trpc(400, "Booking already cancelled")
    return booking


def _together(world: World, booking: Booking) -> list[Booking]:
    series = lookup.series_of(world, booking.recurring_uid)
    return [one for one in series if one.status == "pending" or one is booking] or [booking]
