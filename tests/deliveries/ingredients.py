"""What bodies are made of. The kinds of bodies are in bodies.py and news.py."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.deliveries.cast import Booking, Person

Body = dict[str, Any]
ORGANIZER: Body = {
    "id": 31,
    "name": "Mara Stein",
    "email": "mara@example.com",
    "username": "mara",
    "timeZone": "Europe/Berlin",
    "language": {"locale": "de"},
    "timeFormat": "HH:mm",
    "utcOffset": 60,
}
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
CONFERENCE: Body = {"createRequest": {"requestId": "6f1c7a52-2b0e-5d43-9a57-0c7de2b8a101"}}


def sent_at(at: str) -> str:
    """The createdAt of a delivery sent at this time of the story's day, which is yesterday: no clock runs ahead."""
    clock = at if at.count(":") == 2 else f"{at}:00"
    return f"{YESTERDAY}T{clock if '.' in clock else clock + '.000'}Z"


def sent(trigger: str, at: str, payload: Body) -> Body:
    """The envelope."""
    return {"triggerEvent": trigger, "createdAt": sent_at(at), "payload": payload}


def common(booking: Booking) -> Body:
    """What every body about a booking carries."""
    offer = booking.offer
    return {
        "bookerUrl": "https://cal.example.com",
        "title": f"{offer.title} zwischen Mara Stein und {booking.people[0].name}",
        "type": offer.slug,
        "additionalNotes": "",
        "description": "",
        "customInputs": {},
        "customReplyToEmail": None,
        "eventTypeId": booking.event_type,
        "eventTitle": offer.title,
        "eventDescription": None,
        "length": offer.minutes,
        "organizer": ORGANIZER,
        "responses": answers(booking, is_fresh=False),
        "userFieldsResponses": {"wunsch": {"label": "Wünsche", "value": "kurz & „glatt“", "isHidden": False}},
        "uid": booking.uid,
        "bookingId": booking.number,
        "location": "Musterstraße 1, 10115 Berlin",
        "destinationCalendar": None,
        "seatsPerTimeSlot": offer.seats,
        "seatsShowAttendees": True,
        "hideBranding": False,
        "hideOrganizerEmail": False,
        "price": 0,
        "currency": "eur",
    }


def fresh(booking: Booking) -> Body:
    """What bodies made from the booking form carry: created, moved, requested."""
    return {
        **common(booking),
        **times(booking, "Z"),
        **_switches(),
        "attendees": [as_booked(who) for who in booking.people],
        "responses": answers(booking, is_fresh=True),
        "requiresConfirmation": False,
        "schedulingType": None,
        "seatsShowAvailabilityCount": True,
        "hashedLink": None,
        "oneTimePassword": None,
        "iCalSequence": booking.sequence,
        "metadata": {"ticket": f"T-{booking.number}"},
        "status": "ACCEPTED",
    }


def decided(booking: Booking) -> Body:
    """What bodies of the organizer's decision carry: confirmed, rejected, paid."""
    return {
        **common(booking),
        **times(booking, ".000Z"),
        **_switches(),
        "attendees": [as_listed(who) for who in booking.people],
        "destinationCalendar": [],
        "requiresConfirmation": True,
        "organizationId": None,
        "assignmentReason": None,
    }


def _switches() -> Body:
    names = ("disableCancelling", "disableRescheduling", "hideCalendarEventDetails", "hideCalendarNotes")
    return dict.fromkeys(names, False)


def times(booking: Booking, suffix: str) -> Body:
    """Start and end in one of the three spellings."""
    return {"startTime": booking.time(suffix), "endTime": booking.time(suffix, is_end=True)}


def answers(booking: Booking, *, is_fresh: bool) -> Body:
    """The answers; the fresh ones know the place and the hidden phone field."""
    booker = booking.people[0]
    answers = {
        "name": {"label": "your_name", "value": booker.name, "isHidden": False},
        "email": {"label": "email_address", "value": booker.email, "isHidden": False},
        "location": {"label": "location", "isHidden": False},
        "wunsch": {"label": "Wünsche", "value": "kurz & „glatt“", "isHidden": False},
        "title": {"label": "what_is_this_meeting_about", "isHidden": True},
        "notes": {"label": "additional_notes", "isHidden": False},
        "guests": {"label": "additional_guests", "isHidden": False},
        "rescheduleReason": {"label": "reason_for_reschedule", "isHidden": False},
    }
    if not is_fresh:
        return answers
    place = {"value": "Musterstraße 1, 10115 Berlin", "optionValue": ""}
    answers["location"] = {"label": "location", "value": place, "isHidden": False}
    return {"attendeePhoneNumber": {"label": "phone_number", "isHidden": True}, **answers}


def _known(who: Person) -> Body:
    return {
        "email": who.email,
        "name": who.name,
        "timeZone": "Europe/Berlin",
        "language": {"locale": "de"},
        "utcOffset": 60,
    }


def as_booked(who: Person) -> Body:
    """An attendee in created and moved."""
    phone = {"phoneNumber": who.phone} if who.phone else {}
    return {**_known(who), **phone, "firstName": "", "lastName": ""}


def as_requested(who: Person) -> Body:
    """An attendee in requested."""
    first, _, last = who.name.partition(" ")
    return {**as_listed(who), "bookingSeat": None, "firstName": first, "lastName": last}


def as_listed(who: Person) -> Body:
    """An attendee in cancelled, confirmed, rejected."""
    return {**_known(who), "phoneNumber": who.phone}


def as_row(booking: Booking, who: Person) -> Body:
    """An attendee with the fields of its database row: a seat that was cancelled, MEETING_*."""
    return {
        "id": booking.number * 10 + len(who.name),
        "email": who.email,
        "name": who.name,
        "timeZone": "Europe/Berlin",
        "phoneNumber": who.phone,
        "locale": "de",
        "bookingId": booking.number,
        "noShow": False,
    }


def seat_id(booking: Booking, who: Person) -> str:
    """The uid of a seat."""
    digest = hashlib.sha256(f"{booking.uid} {who.email}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
