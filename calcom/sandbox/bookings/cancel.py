"""POST …/cancel: one booking, the rest of a series, a whole series, or one seat.

BOOKING_CANCELLED is sent before the status is written, so a receiver that looks at once still finds it accepted.
"""

from __future__ import annotations

from calcom.sandbox.bookings import lookup, policy, rows, seats
from calcom.sandbox.bookings.inputs import bare, cancel_body
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.cancellations import cancelled
from calcom.sandbox.deliver import announce
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Booking
from calcom.sandbox.wire import Answer, Refusal, malformed, success


@route("POST", "/bookings/{uid}/cancel", group="bookings", auth="optional")
def cancel(call: Call) -> Answer:
    """Cancels. Whoever knows the uid may; a host has to give a reason."""
    body = cancel_body(call)
    uid, reason = call.params["uid"], str(body.get("cancellationReason") or "")
    with call.world.lock:
        series = lookup.series_of(call.world, uid)
        booking = series[0] if series else _booking_of(call, uid)
        _refuse_closed(booking, uid)
        follows = bool(body.get("cancelSubsequentBookings"))
        if follows:
            _refuse_subsequent(booking, uid, is_series=bool(series))
        _refuse_forbidden(call, series[-1] if series else booking, reason)
    if "seatUid" in body:
        return success(seats.cancel(call, booking, seat_uid=body["seatUid"], reason=reason))
    if series or follows:
        return success(_cancel_many(call, booking, reason=reason, is_whole=bool(series)))
    return success(_cancel_one(call, booking, reason=reason))


def _cancel_one(call: Call, booking: Booking, *, reason: str) -> object:
    with call.world.lock:
        payload = cancelled(call.world, booking, reason=reason)
    announce(call.sandbox, "BOOKING_CANCELLED", booking, payload)
    with call.world.lock:
        _write(call, [booking], reason)
        return booking_json(call.world, booking, viewer=call.user)


def _cancel_many(call: Call, booking: Booking, *, reason: str, is_whole: bool) -> object:
    """One webhook for all: about the last occurrence of a series, or the one that was named."""
    with call.world.lock:
        series = lookup.series_of(call.world, booking.recurring_uid)
        told = series[-1] if is_whole else booking
        payload = cancelled(call.world, told, reason=reason, is_whole_series=is_whole)
    announce(call.sandbox, "BOOKING_CANCELLED", told, payload)
    with call.world.lock:
        since = call.world.now() if is_whole else booking.starts_at
        _write(call, [one for one in series if one.starts_at >= since], reason)
        return [booking_json(call.world, one) for one in series]


def _write(call: Call, bookings: list[Booking], reason: str) -> None:
    """Those that were cancelled before get the new reason, too."""
    now = call.world.now()
    for booking in bookings:
        rows.close(booking, status="cancelled", now=now)
        booking.cancellation_reason = reason
        booking.ical_sequence += 1


def _booking_of(call: Call, uid: str) -> Booking:
    booking = call.world.bookings.get(uid)
    if booking is None:
        raise Refusal(404, f"Booking with uid={uid} not found")
    return booking


def _refuse_closed(booking: Booking, uid: str) -> None:
    if booking.status == "cancelled":
        raise malformed(
            f"Can't cancel booking with uid={uid} because it has been cancelled already. Please provide uid of a "
            "booking that is not cancelled."
        )


def _refuse_subsequent(booking: Booking, uid: str, *, is_series: bool) -> None:
    if is_series:
        raise malformed(
            "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the individual "
            "bookings of a recurring booking."
        )
    if not booking.recurring_uid:
        raise malformed(
            "Cannot cancel subsequent bookings for recurring event - "
            f"Booking with bookingUid={uid} is not part of a recurring booking."
        )


def _refuse_forbidden(call: Call, booking: Booking, reason: str) -> None:
    event_type = call.world.event_types.get(booking.event_type_id or 0)
    if policy.is_disabled(event_type, "disableCancelling"):
        raise bare(400, "This event type does not allow cancellations")
    if not reason.strip() and lookup.is_host(call.world, booking, call.user):
        raise bare(400, "Cancellation reason is required")
    if booking.ends_at < call.world.now():
        raise bare(400, "Cannot cancel a booking that has already ended")
