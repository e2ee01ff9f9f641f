"""The bodies of webhooks, per trigger. Which keys are there differs by trigger and by path, as at Cal.com.

Everything is built while the lock is held and sent afterwards; `createdAt` and the envelope belong to deliver.py.
"""

from __future__ import annotations

from calcom.sandbox import payload_parts as parts
from calcom.sandbox.bookings import policy
from calcom.sandbox.state import Attendee, Booking, EventType, Json, User, World
from calcom.sandbox.wire import instant


def created(world: World, booking: Booking, *, seat: Attendee | None = None, is_first_seat: bool = True) -> Json:
    """BOOKING_CREATED at once; `seat` for a seated booking, whose later seats have ids of their own."""
    event_type, host = parts.type_and_host(world, booking)
    payload = _booked(world, booking, seat) | {"iCalUID": booking.ical_uid, "iCalSequence": booking.ical_sequence}
    if policy.recurring_event(event_type):
        payload["recurringEvent"] = policy.recurring_event(event_type)
    if is_first_seat:
        return payload | parts.conference(booking, host)
    video = {"videoCallData": parts.video_call()} if parts.is_video(booking) else {}
    return payload | video | {"iCalUID": f"{world.new_uid()}@Cal.com"}


def rescheduled(world: World, booking: Booking, *, old: Booking) -> Json:
    """BOOKING_RESCHEDULED: the new booking's body, and which one it follows. No iCalUID here."""
    event_type, host = parts.type_and_host(world, booking)
    by = {"rescheduledBy": booking.rescheduled_by} if booking.rescheduled_by else {}
    video = {"videoCallData": parts.video_call()} if parts.is_video(booking) else {}
    return {
        **_booked(world, booking, None),
        "iCalSequence": booking.ical_sequence,
        **parts.conference(booking, host),
        **video,
        **by,
        "location": booking.video_url or booking.location,
        "appsStatus": parts.apps_status(booking),
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": parts.seconds(old.starts_at),
        "rescheduleEndTime": parts.seconds(old.ends_at),
        "metadata": _with_room(event_type, booking),
    }


def seat_moved(world: World, booking: Booking, *, seat: Attendee, old: Booking) -> Json:
    """BOOKING_RESCHEDULED of one seat: only the old uid, and the new seat's id."""
    payload = created(world, booking, seat=seat)
    payload.pop("recurringEvent", None)
    return payload | {"iCalSequence": booking.ical_sequence + 1, "rescheduleUid": old.uid}


def requested(world: World, booking: Booking) -> Json:
    """BOOKING_REQUESTED: a booking that waits for its host."""
    event_type, _ = parts.type_and_host(world, booking)
    attendees = [parts.asker(attendee, booking.starts_at) for attendee in parts.guests_and_booker(booking)]
    platform = ("platformClientId", "platformRescheduleUrl", "platformCancelUrl", "platformBookingUrl")
    return {
        **_booked(world, booking, None),
        "startTime": instant(booking.starts_at),
        "endTime": instant(booking.ends_at),
        "attendees": attendees,
        "responses": parts.stored_answers(event_type, booking.responses),
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "requiresConfirmation": True,
        "oneTimePassword": booking.one_time_password,
        **dict.fromkeys(platform, ""),
        "organizationId": None,
        "assignmentReason": [],
        "metadata": booking.metadata,
        **_moved_room(event_type, booking),
        "status": "PENDING",
    }


def confirmed(world: World, booking: Booking) -> Json:
    """BOOKING_CREATED after a confirmation: the booker's metadata is lost here."""
    _, host = parts.type_and_host(world, booking)
    return {
        **_decided(world, booking),
        **parts.conference(booking, host),
        "status": "ACCEPTED",
        "metadata": parts.with_link(booking, {}),
    }


def rejected(world: World, booking: Booking) -> Json:
    """BOOKING_REJECTED."""
    reason = {"rejectionReason": booking.rejection_reason} if booking.rejection_reason else {}
    return {**_decided(world, booking), **reason, "status": "REJECTED"}


def no_show(booking: Booking, changed: list[Attendee]) -> Json:
    """BOOKING_NO_SHOW_UPDATED: the message is for people, and translated."""
    message = "No-show status updated for attendees"
    if len(changed) == 1:
        message = f"{changed[0].email} {'marked' if changed[0].absent else 'unmarked'} as no-show"
    return {
        "message": message,
        "attendees": [{"email": attendee.email, "noShow": attendee.absent} for attendee in changed],
        "bookingUid": booking.uid,
        "bookingId": booking.id,
    }


def location_updated(world: World, booking: Booking, *, previous: str | None) -> Json:
    """BOOKING_LOCATION_UPDATED, from the documentation: newer servers send it."""
    payload = created(world, booking)
    return payload | {"iCalSequence": booking.ical_sequence + 1, "previousLocation": previous}


def reassigned(world: World, booking: Booking, *, added: int, removed: int) -> Json:
    """BOOKING_REASSIGNED, from the documentation: the new organizer, and who came and went."""
    return {**_decided(world, booking), "addedHostUserIds": [added], "removedHostUserIds": [removed]} | {
        "status": "ACCEPTED"
    }


def _booked(world: World, booking: Booking, seat: Attendee | None) -> Json:
    event_type, host = parts.type_and_host(world, booking)
    people = [seat] if seat else parts.guests_and_booker(booking)
    answers = _seat_form(seat) if seat else booking.responses
    is_seated = policy.seat_limit(event_type) is not None
    return {
        **_base(world, booking, event_type),
        "title": _title(event_type, host, seat) or booking.title,
        "startTime": parts.seconds(booking.starts_at),
        "endTime": parts.seconds(booking.ends_at),
        "organizer": parts.organizer(host, booking.starts_at),
        "attendees": [parts.booker(attendee, booking.starts_at) for attendee in people],
        "additionalNotes": booking.description,
        "description": parts.event_description(event_type) or booking.description,
        "schedulingType": parts.scheduling(event_type),
        "seatsShowAttendees": policy.shows_attendees(event_type) if is_seated else True,
        "seatsShowAvailabilityCount": policy.shows_availability_count(event_type) if is_seated else True,
        "responses": parts.resolved_answers(event_type, booking, answers),
        "userFieldsResponses": parts.custom_answers(event_type, answers),
        "destinationCalendar": None,
        "requiresConfirmation": False,
        "oneTimePassword": None,
        "hashedLink": None,
        **({"attendeeSeatId": seat.seat_uid} if seat else {}),
        "metadata": parts.with_link(booking, seat.metadata if seat else booking.metadata),
        "status": "ACCEPTED",
    }


def _decided(world: World, booking: Booking) -> Json:
    event_type, host = parts.type_and_host(world, booking)
    people = parts.guests_and_booker(booking)
    return {
        **_base(world, booking, event_type),
        "startTime": instant(booking.starts_at),
        "endTime": instant(booking.ends_at),
        "organizer": parts.organizer(host, booking.starts_at),
        "attendees": [parts.person(attendee, booking.starts_at) for attendee in people],
        "additionalNotes": parts.notes(booking),
        "description": parts.event_description(event_type) or parts.notes(booking),
        "responses": parts.stored_answers(event_type, booking.responses),
        "userFieldsResponses": parts.custom_answers(event_type, booking.responses),
        "seatsShowAttendees": policy.shows_attendees(event_type),
        "destinationCalendar": [],
        "requiresConfirmation": policy.confirms(event_type),
        "organizationId": host.organization_id,
        "assignmentReason": None,
    }


def _base(world: World, booking: Booking, event_type: EventType | None) -> Json:
    return {
        "bookerUrl": parts.BOOKER_URL,
        "title": booking.title,
        "type": event_type.slug if event_type else "",
        "eventTypeId": event_type.id if event_type else None,
        "hideCalendarNotes": parts.flag(event_type, "hideCalendarNotes"),
        "hideCalendarEventDetails": parts.flag(event_type, "hideCalendarEventDetails"),
        "hideOrganizerEmail": parts.flag(event_type, "hideOrganizerEmail"),
        "hideBranding": False,
        "customReplyToEmail": None,
        "customInputs": {},
        "seatsPerTimeSlot": policy.seat_limit(event_type),
        "disableRescheduling": policy.is_disabled(event_type, "disableRescheduling"),
        "disableCancelling": policy.is_disabled(event_type, "disableCancelling"),
        "location": booking.location,
        "uid": booking.uid,
        "bookingId": booking.id,
        **parts.team(world, event_type, booking),
        "eventTitle": event_type.title if event_type else "",
        "eventDescription": parts.event_description(event_type),
        "price": (event_type.fields.get("price") if event_type else None) or 0,
        "currency": parts.currency(event_type),
        "length": parts.minutes(booking),
    }


def _with_room(event_type: EventType | None, booking: Booking) -> Json:
    """Metadata after a move. Types that ask for confirmation lose the room's address on the way."""
    if not parts.is_video(booking):
        return parts.with_link(booking, booking.metadata)
    return {"videoCallUrl": "" if policy.confirms(event_type) else booking.video_url, **booking.metadata}


def _moved_room(event_type: EventType | None, booking: Booking) -> Json:
    if not booking.reference_id:
        return {}
    return {"appsStatus": parts.apps_status(booking), "metadata": _with_room(event_type, booking)}


def _seat_form(seat: Attendee) -> Json:
    return {"name": seat.name, "email": seat.email, "guests": [], **seat.responses}


def _title(event_type: EventType | None, host: User, seat: Attendee | None) -> str:
    if seat is None or event_type is None:
        return ""
    return policy.title_of(event_type, host=host, booker=seat.name)
