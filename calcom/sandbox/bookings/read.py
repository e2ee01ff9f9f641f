"""GET of one booking: by uid, by the uid of a series, by a seat. Whoever knows the uid may read."""

from __future__ import annotations

from calcom.sandbox.bookings import lookup
from calcom.sandbox.bookings.old_shapes import old_booking_json
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.router import Call, route
from calcom.sandbox.wire import Answer, Refusal, success


@route("GET", "/bookings/{uid}", group="bookings", auth="optional")
def read(call: Call) -> Answer:
    """One booking; the uid of a series gives all of its occurrences."""
    with call.world.lock:
        series = lookup.series_of(call.world, call.params["uid"])
        if series:
            return success([booking_json(call.world, booking) for booking in series])
        booking = lookup.booking_of(call.world, call.params["uid"])
        return success(booking_json(call.world, booking, viewer=call.user))


@route("GET", "/bookings/{uid}", group="bookings", auth="optional", old=True)
def read_old(call: Call) -> Answer:
    """The same in the shape of 2024-04-15."""
    with call.world.lock:
        booking = lookup.booking_of(call.world, call.params["uid"])
        return success(old_booking_json(call.world, booking))


@route("GET", "/bookings/by-seat/{seat_uid}", group="bookings", auth="optional")
def read_by_seat(call: Call) -> Answer:
    """The booking in which a seat is."""
    seat_uid = call.params["seat_uid"]
    with call.world.lock:
        booking = lookup.booking_with_seat(call.world, seat_uid)
        if booking is None:
            raise Refusal(404, f"Booking with seatUid={seat_uid} was not found in the database")
        return success(booking_json(call.world, booking, viewer=call.user))
