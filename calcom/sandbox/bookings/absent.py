"""POST …/mark-absent: who did not come. The host's own flag is neither authorised nor announced."""

from __future__ import annotations

from calcom.sandbox.bookings import lookup
from calcom.sandbox.bookings.inputs import bare
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.deliver import announce
from calcom.sandbox.payloads import no_show
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Attendee, Booking, Json, World
from calcom.sandbox.wire import Answer, broken_constraint, instant, invalid, malformed, success


@route("POST", "/bookings/{uid}/mark-absent", group="bookings", auth="permission")
def mark_absent(call: Call) -> Answer:
    """Marks and unmarks attendees by address; one that nobody has changes nothing and is announced all the same."""
    body = call.body
    _refuse_broken(body)
    with call.world.lock:
        booking = lookup.booking_of(call.world, call.params["uid"])
        _refuse_early(call, booking)
        wanted = body.get("attendees")
        if wanted and not lookup.is_host(call.world, booking, call.user):
            raise bare(500, "Failed to update no-show status")
        if body.get("host") is not None:
            booking.absent_host, booking.updated_at = body["host"], call.world.now()
        changed = _marked(call.world, booking, wanted or [])
        payload = no_show(booking, changed)
    if wanted:
        announce(call.sandbox, "BOOKING_NO_SHOW_UPDATED", booking, payload)
    with call.world.lock:
        return success(booking_json(call.world, booking, viewer=call.me))


def _marked(world: World, booking: Booking, wanted: list[Json]) -> list[Attendee]:
    changed = []
    for each in wanted:
        for attendee in booking.attendees:
            if attendee.email == each["email"]:
                attendee.absent = bool(each["absent"])
                attendee.written = world.next_id("write")
                changed.append(attendee)
    return changed


def _refuse_early(call: Call, booking: Booking) -> None:
    now = call.world.now()
    if now < booking.starts_at:
        raise malformed(
            "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: "
            f"{instant(now)}, Booking start time in UTC+0: {instant(booking.starts_at)}"
        )


def _refuse_broken(body: Json) -> None:
    errors = []
    if body.get("host") is not None and not isinstance(body["host"], bool):
        errors.append(broken_constraint(body, "host", {"isBoolean": "host must be a boolean value"}))
    attendees = body.get("attendees")
    if attendees is not None and not _are_marks(attendees):
        errors.append(broken_constraint(body, "attendees", {"isArray": "attendees must be an array"}))
    if errors:
        raise invalid(errors)


def _are_marks(attendees: object) -> bool:
    return isinstance(attendees, list) and all(
        isinstance(each, dict) and isinstance(each.get("email"), str) and isinstance(each.get("absent"), bool)
        for each in attendees
    )
