"""Attendees and guests of an existing booking: listing, adding, removing."""

from __future__ import annotations

from typing import Any

from calcom.sandbox.bookings import lookup
from calcom.sandbox.bookings.inputs import is_email, is_zone, trpc
from calcom.sandbox.bookings.shapes import attendee_json, booking_json
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Attendee, Booking, Json
from calcom.sandbox.wire import Answer, Refusal, broken_constraint, invalid, malformed, success

MOST_GUESTS = 30
MOST_AT_ONCE = 10


@route("GET", "/bookings/{uid}/attendees", group="bookings", auth="permission")
def list_attendees(call: Call) -> Answer:
    """Everybody, with the numbers that DELETE wants."""
    with call.world.lock:
        booking = _mine(call)
        return success([_row(attendee) for attendee in booking.attendees])


@route("GET", "/bookings/{uid}/attendees/{attendee_id}", group="bookings", auth="permission")
def read_attendee(call: Call) -> Answer:
    """One attendee."""
    with call.world.lock:
        booking = _mine(call)
        return success(_row(_attendee(call, booking)) | {"bookingId": booking.id})


@route("POST", "/bookings/{uid}/attendees", group="bookings", auth="permission")
def add_attendee(call: Call) -> Answer:
    """One more attendee. No webhook."""
    body = call.body
    _refuse_broken(body)
    with call.world.lock:
        booking = _mine(call)
        attendee = _added(call, booking, body, default_zone=body["timeZone"])
        return success(_row(attendee) | {"bookingId": booking.id}, status=201)


@route("DELETE", "/bookings/{uid}/attendees/{attendee_id}", group="bookings", auth="permission")
def remove_attendee(call: Call) -> Answer:
    """Takes an attendee out; the booker stays."""
    with call.world.lock:
        booking = _mine(call)
        attendee = _attendee(call, booking)
        if attendee is booking.attendees[0]:
            raise malformed("Cannot remove the primary attendee from the booking. Cancel the booking instead.")
        booking.attendees.remove(attendee)
        _set_guests(booking, [email for email in booking.responses.get("guests", []) if email != attendee.email])
        booking.updated_at = call.world.now()
    data = {
        "id": attendee.id,
        "bookingId": booking.id,
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.time_zone,
    }
    return success(data)


@route("POST", "/bookings/{uid}/guests", group="bookings", auth="permission")
def add_guests(call: Call) -> Answer:
    """Up to ten guests at once, thirty in all. No webhook."""
    guests = call.body.get("guests") or []
    _refuse_broken_guests(call.body, guests)
    with call.world.lock:
        booking = _mine(call)
        _refuse_too_many(booking, guests)
        for guest in guests:
            _added(call, booking, guest, default_zone=booking.attendees[0].time_zone)
        return success(booking_json(call.world, booking, viewer=call.me))


def _mine(call: Call) -> Booking:
    booking = lookup.booking_of(call.world, call.params["uid"])
    is_attendee = any(attendee.email == call.me.email for attendee in booking.attendees)
    if not is_attendee and not lookup.is_host(call.world, booking, call.me):
        raise trpc(403, "you_do_not_have_permission")
    return booking


def _attendee(call: Call, booking: Booking) -> Attendee:
    attendee_id = call.params["attendee_id"]
    for attendee in booking.attendees:
        if str(attendee.id) == attendee_id:
            return attendee
    raise Refusal(404, f"Attendee with id {attendee_id} not found in booking {booking.uid}")


def _added(call: Call, booking: Booking, given: Json, *, default_zone: str) -> Attendee:
    attendee = Attendee(
        id=call.world.next_id("attendee"),
        name=given.get("name") or "",
        email=given["email"],
        time_zone=given.get("timeZone") or default_zone,
        language=given.get("language") or "en",
        phone=given.get("phoneNumber"),
    )
    booking.attendees.append(attendee)
    _set_guests(booking, [*booking.responses.get("guests", []), attendee.email])
    booking.updated_at = call.world.now()
    return attendee


def _set_guests(booking: Booking, guests: list[str]) -> None:
    booking.responses = {slug: value for slug, value in booking.responses.items() if slug != "guests"}
    if guests:
        booking.responses["guests"] = guests


def _row(attendee: Attendee) -> Json:
    return attendee_json(attendee) | {"id": attendee.id}


def _refuse_broken(body: Json) -> None:
    errors: list[Json] = []
    if not is_email(body.get("email")):
        errors.append(broken_constraint(body, "email", {"isEmail": "email must be an email"}))
    if not is_zone(body.get("timeZone")):
        errors.append(broken_constraint(body, "timeZone", {"isTimeZone": "timeZone must be a valid IANA time-zone"}))
    if errors:
        raise invalid(errors)


def _refuse_broken_guests(body: Json, guests: Any) -> None:
    broken: dict[str, str] = {}
    if not isinstance(guests, list):
        broken = {"isArray": "guests must be an array"}
    elif not 1 <= len(guests) <= MOST_AT_ONCE:
        broken = {
            "arrayMaxSize": "Cannot add more than 10 guests in a single request. Please split into multiple requests."
        }
    elif not all(isinstance(guest, dict) and is_email(guest.get("email")) for guest in guests):
        broken = {"isEmail": "email must be an email"}
    if broken:
        raise invalid([broken_constraint(body, "guests", broken)])


def _refuse_too_many(booking: Booking, guests: list[Json]) -> None:
    if booking.is_seated:
        raise malformed("Cannot add guests to a seated event")
    have = len(booking.attendees)
    if have + len(guests) > MOST_GUESTS:
        raise malformed(
            f"Cannot add {len(guests)} guests. This booking already has {have} attendees. Maximum total guests allowed "
            f"is {MOST_GUESTS}. You can add up to {max(0, MOST_GUESTS - have)} more guests."
        )
