"""Cal.com's webhook bodies for invented bookings, in the shapes that Cal.com really sends.

Kept apart from the builders of the tests, so that the application needs no tests to run. One function for each kind;
they differ in the spelling of times, in the keys of attendees and in what is absent, as Cal.com's do.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from config.demo.booking import Booking, Person

Body = dict[str, Any]

_NAMESPACE = uuid.UUID("0d9c9d0f-6c3c-5f0e-9a53-2a3f0f4d1c11")
_ZONE = "Europe/Berlin"


def encode(body: Body) -> bytes:
    """The bytes on the wire: compact JSON in UTF-8."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def sign(raw: bytes, secret: str) -> str:
    """The value of X-Cal-Signature-256."""
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def created(booking: Booking, *, sent_at: datetime, **more: Any) -> Body:
    """BOOKING_CREATED: confirmed at once."""
    return _sent("BOOKING_CREATED", sent_at, {**_booked(booking), "iCalUID": booking.ical_uid, **more})


def occurrence(booking: Booking, *, sent_at: datetime, count: int) -> Body:
    """BOOKING_CREATED of one occurrence of a weekly series."""
    return created(booking, sent_at=sent_at, recurringEvent={"freq": 2, "count": count, "interval": 1})


def seat_taken(booking: Booking, person: Person, *, sent_at: datetime) -> Body:
    """BOOKING_CREATED of a booking with several seats: lists the newcomer alone."""
    seat = str(uuid.uuid5(_NAMESPACE, f"{booking.uid} {person.email}"))
    people = [_as_booked(person)]
    return created(booking, sent_at=sent_at, attendees=people, attendeeSeatId=seat, iCalUID=f"{seat}@Cal.com")


def rescheduled(booking: Booking, old: Booking, *, sent_at: datetime) -> Body:
    """BOOKING_RESCHEDULED: a new uid that names the old one, no iCalUID."""
    former = {
        "rescheduleId": old.number,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": _time(old.starts_at, "Z"),
        "rescheduleEndTime": _time(old.ends_at, "Z"),
        "rescheduledBy": booking.people[0].email,
    }
    return _sent("BOOKING_RESCHEDULED", sent_at, {**_booked(booking), **former})


def requested(booking: Booking, *, sent_at: datetime) -> Body:
    """BOOKING_REQUESTED: waits for confirmation."""
    times = {"startTime": _time(booking.starts_at, ".000Z"), "endTime": _time(booking.ends_at, ".000Z")}
    more = {"iCalUID": booking.ical_uid, "requiresConfirmation": True, "organizationId": None, "status": "PENDING"}
    return _sent("BOOKING_REQUESTED", sent_at, {**_booked(booking), **times, **more})


def confirmed(booking: Booking, *, sent_at: datetime) -> Body:
    """BOOKING_CREATED after a confirmation: no metadata, no iCalUID."""
    return _sent("BOOKING_CREATED", sent_at, {**_decided(booking, ".000Z"), "metadata": {}, "status": "ACCEPTED"})


def rejected(booking: Booking, *, sent_at: datetime, reason: str) -> Body:
    """BOOKING_REJECTED."""
    more = {"rejectionReason": reason, "status": "REJECTED"}
    return _sent("BOOKING_REJECTED", sent_at, {**_decided(booking, ".000Z"), **more})


def cancelled(booking: Booking, *, sent_at: datetime, reason: str) -> Body:
    """BOOKING_CANCELLED of a whole booking: offsets instead of Z, no price, one iCalSequence more."""
    more = {
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.sequence + 1,
        "cancellationReason": reason,
        "requestReschedule": False,
        "requiresConfirmation": None,
        "price": None,
        "status": "CANCELLED",
    }
    return _sent("BOOKING_CANCELLED", sent_at, {**_decided(booking, "+00:00"), **more})


def no_show(booking: Booking, *, sent_at: datetime) -> Body:
    """BOOKING_NO_SHOW_UPDATED: the booker did not come."""
    payload = {
        "message": "No-show status updated for attendees",
        "attendees": [{"email": booking.people[0].email, "noShow": True}],
        "bookingUid": booking.uid,
        "bookingId": booking.number,
    }
    return _sent("BOOKING_NO_SHOW_UPDATED", sent_at, payload)


def meeting_ended(booking: Booking, *, booked_at: datetime) -> Body:
    """MEETING_ENDED: flat, with the booking as it was when it was made."""
    fresh = _booked(booking)
    names = ("eventTypeId", "title", "description", "customInputs", "responses", "location", "metadata", "iCalSequence")
    return {
        "triggerEvent": "MEETING_ENDED",
        "id": booking.number,
        "uid": booking.uid,
        "userId": booking.host.id,
        **{name: fresh[name] for name in names},
        "iCalUID": booking.ical_uid,
        "startTime": _time(booking.starts_at, ".000Z"),
        "endTime": _time(booking.ends_at, ".000Z"),
        "createdAt": _time(booked_at, ".000Z"),
        "updatedAt": _time(booked_at, ".000Z"),
        "status": "ACCEPTED",
        "paid": False,
        "isRecorded": False,
        "noShowHost": False,
        "user": {"email": booking.host.email, "name": booking.host.name, "timeZone": _ZONE},
        "attendees": [
            {"id": booking.number * 10 + index, "bookingId": booking.number, "noShow": False, **_as_listed(person)}
            for index, person in enumerate(booking.people)
        ],
        "payment": [],
        "references": [],
    }


def _sent(trigger: str, sent_at: datetime, payload: Body) -> Body:
    return {"triggerEvent": trigger, "createdAt": _time(sent_at, ".000Z"), "payload": payload}


def _time(instant: datetime, suffix: str) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{suffix}"


def _common(booking: Booking) -> Body:
    offer, host = booking.offer, booking.host
    return {
        "bookerUrl": "https://cal.example.com",
        "title": f"{offer.title} zwischen {host.name} und {booking.people[0].name}",
        "type": f"event-{offer.id}",
        "organizer": {
            "id": host.id,
            "name": host.name,
            "email": host.email,
            "username": host.email.split("@", maxsplit=1)[0],
            "timeZone": _ZONE,
            "language": {"locale": "de"},
            "timeFormat": "HH:mm",
            "utcOffset": 60,
        },
        "additionalNotes": booking.note,
        "description": booking.note,
        "eventTypeId": offer.id,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "hideOrganizerEmail": False,
        "schedulingType": None,
        "seatsPerTimeSlot": offer.seats,
        "seatsShowAttendees": True,
        "customReplyToEmail": None,
        "disableRescheduling": False,
        "disableCancelling": False,
        "customInputs": {},
        "userFieldsResponses": _custom_answers(booking),
        "location": booking.place.text,
        "destinationCalendar": None,
        "hideBranding": False,
        "uid": booking.uid,
        "eventTitle": offer.title,
        "eventDescription": "",
        "price": offer.price_cents,
        "currency": "eur",
        "length": offer.minutes,
        "bookingId": booking.number,
    }


def _booked(booking: Booking) -> Body:
    """What bodies made from the booking form carry: created, moved, requested."""
    return {
        **_common(booking),
        "startTime": _time(booking.starts_at, "Z"),
        "endTime": _time(booking.ends_at, "Z"),
        "attendees": [_as_booked(person) for person in booking.people],
        "responses": _answers(booking, {"value": booking.place.text, "optionValue": ""}),
        "seatsShowAvailabilityCount": True,
        "iCalSequence": booking.sequence,
        "requiresConfirmation": False,
        "oneTimePassword": None,
        "hashedLink": None,
        "metadata": {"videoCallUrl": booking.place.url} if booking.place.url else {},
        "status": "ACCEPTED",
    }


def _decided(booking: Booking, suffix: str) -> Body:
    """What bodies of a later decision carry: confirmed, rejected, cancelled."""
    return {
        **_common(booking),
        "startTime": _time(booking.starts_at, suffix),
        "endTime": _time(booking.ends_at, suffix),
        "attendees": [_as_listed(person) for person in booking.people],
        "responses": _answers(booking, {"value": booking.place.kind, "optionValue": booking.place.detail}),
        "destinationCalendar": [],
        "requiresConfirmation": True,
    }


def _answers(booking: Booking, place: Body) -> Body:
    booker = booking.people[0]
    guests = [person.email for person in booking.people[1:]]
    phone = _answer("phone_number", booker.phone or None)
    return {
        "attendeePhoneNumber": phone,
        "name": _answer("your_name", booker.name),
        "email": _answer("email_address", booker.email),
        "location": _answer("location", place),
        **_custom_answers(booking),
        "title": {"label": "what_is_this_meeting_about", "isHidden": True},
        "notes": _answer("additional_notes", booking.note or None),
        "guests": _answer("additional_guests", guests or None),
        "rescheduleReason": {"label": "reason_for_reschedule", "isHidden": False},
    }


def _custom_answers(booking: Booking) -> Body:
    return {slug: _answer(label, value) for slug, (label, value) in booking.answers.items()}


def _answer(label: str, value: Any) -> Body:
    """An answer; without a value where the question was left open."""
    return {"label": label, **({} if value is None else {"value": value}), "isHidden": False}


def _known(person: Person) -> Body:
    language = {"locale": "de"}
    return {"email": person.email, "name": person.name, "timeZone": _ZONE, "language": language, "utcOffset": 60}


def _as_booked(person: Person) -> Body:
    phone = {"phoneNumber": person.phone} if person.phone else {}
    return {**_known(person), **phone, "firstName": "", "lastName": ""}


def _as_listed(person: Person) -> Body:
    return {**_known(person), "phoneNumber": person.phone or None}
