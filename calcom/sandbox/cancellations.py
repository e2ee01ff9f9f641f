"""The bodies of BOOKING_CANCELLED: of a booking, of a series, of one seat, and when the host asks for another time."""

from __future__ import annotations

from calcom.sandbox import payload_parts as parts
from calcom.sandbox.bookings import policy
from calcom.sandbox.state import Attendee, Booking, Json, User, World


def cancelled(
    world: World, booking: Booking, *, reason: str, seat: Attendee | None = None, is_whole_series: bool = False
) -> Json:
    """BOOKING_CANCELLED: of a booking, of a series by its uid, or of one seat (which stays nameless)."""
    event_type, _ = parts.type_and_host(world, booking)
    answers = parts.seat_answers(booking) if booking.is_seated else booking.responses
    series = {"recurringEvent": policy.recurring_event(event_type)} if is_whole_series else {}
    told = {"cancellationReason": reason} if reason else {}
    return {
        **_short(world, booking, answers, seat),
        **series,
        "bookerUrl": parts.BOOKER_URL,
        "additionalNotes": parts.notes(booking),
        "description": parts.event_description(event_type) or parts.notes(booking),
        **told,
        "seatsPerTimeSlot": policy.seat_limit(event_type),
        "seatsShowAttendees": policy.shows_attendees(event_type),
        "hideOrganizerEmail": parts.flag(event_type, "hideOrganizerEmail"),
        "customReplyToEmail": None,
        "schedulingType": parts.scheduling(event_type),
        "hideBranding": False,
        "eventDescription": parts.event_description(event_type),
        "requiresConfirmation": policy.confirms(event_type) or None,
        "price": None,
        "currency": parts.currency(event_type),
        "requestReschedule": False,
    }


def reschedule_asked(world: World, booking: Booking, *, reason: str, by: User) -> Json:
    """BOOKING_CANCELLED when the host asks the booker for another time: a smaller body."""
    return {
        **_short(world, booking, booking.responses, None),
        "description": booking.description,
        "cancelledBy": by.email,
        "cancellationReason": f"Please reschedule. {reason}".strip(),
        "requestReschedule": True,
    }


def _short(world: World, booking: Booking, answers: Json, seat: Attendee | None) -> Json:
    event_type, host = parts.type_and_host(world, booking)
    people = [parts.person(attendee, booking.starts_at) for attendee in parts.guests_and_booker(booking)]
    return {
        "title": booking.title,
        "type": event_type.slug if event_type else "",
        "customInputs": {},
        "eventTypeId": event_type.id if event_type else None,
        "userFieldsResponses": parts.custom_answers(event_type, answers),
        "responses": parts.stored_answers(event_type, answers),
        "startTime": parts.with_offset(booking.starts_at),
        "endTime": parts.with_offset(booking.ends_at),
        "organizer": parts.organizer(host, booking.starts_at),
        "attendees": [parts.removed(seat, booking)] if seat else people,
        **parts.team(world, event_type, booking),
        "uid": booking.uid,
        "bookingId": booking.id,
        "location": booking.location,
        "destinationCalendar": [],
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence + 1,
        "eventTitle": event_type.title if event_type else "",
        "length": parts.minutes(booking),
        "status": "CANCELLED",
    }
