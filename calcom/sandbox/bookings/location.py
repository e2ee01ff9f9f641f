"""PATCH …/location: another place for a booking that stays what it is."""

from __future__ import annotations

from calcom.sandbox.bookings import lookup
from calcom.sandbox.bookings.inputs import trpc
from calcom.sandbox.bookings.places import changed_place
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.deliver import announce
from calcom.sandbox.payloads import location_updated
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Json
from calcom.sandbox.wire import Answer, broken_constraint, invalid, success

_KINDS = ("address", "link", "phone", "attendeePhone", "attendeeAddress", "attendeeDefined", "integration")
_NAME = "UpdateBookingInputLocationValidator_2024_08_13"


@route("PATCH", "/bookings/{uid}/location", group="bookings", auth="permission")
def update_location(call: Call) -> Answer:
    """Sets the place. Only newer servers have a webhook for it; it is sent to whoever could subscribe to it."""
    location = _checked(call.body)
    with call.world.lock:
        booking = lookup.booking_of(call.world, call.params["uid"])
        if not lookup.is_host(call.world, booking, call.user):
            raise trpc(403, "you_do_not_have_permission")
        previous = booking.video_url or booking.location
        place = changed_place(location, old=previous)
        booking.location, booking.updated_at = place.location, call.world.now()
        booking.video_url = place.location if place.location.startswith("http") else ""
        booking.responses = booking.responses | {"location": place.answer}
        payload = location_updated(call.world, booking, previous=previous)
    announce(call.sandbox, "BOOKING_LOCATION_UPDATED", booking, payload)
    with call.world.lock:
        return success(booking_json(call.world, booking, viewer=call.me))


def _checked(body: Json) -> Json:
    location = body.get("location")
    if isinstance(location, dict) and location.get("type") in _KINDS:
        return location
    kind = location.get("type") if isinstance(location, dict) else location
    text = (
        f"{_NAME} - Unsupported booking location type '{kind}'. Valid types are {', '.join(_KINDS[:-1])}, and "
        f"{_KINDS[-1]}."
    )
    raise invalid([broken_constraint(body, "location", {"ValidateUpdateLocation": text})])
