"""Bodies in exactly the shapes that Cal.com sends, one function for each kind.

What differs from kind to kind, and is kept here because a receiver stumbles over it: the spelling of times, the keys
of attendees, and the keys that are absent (no metadata when cancelled or rejected, no iCalUID when moved or
confirmed). `at` is the time of the sending on 20 November 2026, as HH:MM or HH:MM:SS.mmm.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.deliveries.cast import Booking, Person
from tests.deliveries.ingredients import (
    CONFERENCE,
    ORGANIZER,
    Body,
    answers,
    as_booked,
    as_listed,
    as_requested,
    as_row,
    common,
    decided,
    fresh,
    seat_id,
    sent,
    times,
)

# Cancelled bodies repeat the raw answer where the others carry the resolved place.
RAW_PLACE: Body = {"label": "location", "value": {"value": "inPerson", "optionValue": ""}, "isHidden": False}


def encode(body: object) -> bytes:
    """The bytes on the wire: compact JSON in UTF-8. Bytes stay as they are."""
    if isinstance(body, bytes):
        return body
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def sign(raw: bytes, secret: str) -> str:
    """The value of X-Cal-Signature-256."""
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def created(booking: Booking, at: str, **more: Any) -> Body:
    """BOOKING_CREATED: confirmed at once."""
    return sent("BOOKING_CREATED", at, {**fresh(booking), "iCalUID": booking.ical_uid, **more})


def occurrence(booking: Booking, at: str) -> Body:
    """BOOKING_CREATED of one occurrence of a series: the rule and the metadata are the same on each."""
    rule = {"freq": 2, "count": 4, "interval": 1}
    return created(booking, at, recurringEvent=rule, conferenceData=CONFERENCE, metadata={"serie": "1"})


def seat_taken(booking: Booking, who: Person, at: str) -> Body:
    """BOOKING_CREATED of a seated booking: only the newcomer, with an iCalUID of the seat's own."""
    body = created(booking, at, attendeeSeatId=seat_id(booking, who), conferenceData=CONFERENCE)
    return _only(body, [who], iCalUID=f"seat-{who.email}-{booking.uid}@Cal.com")


def rescheduled(booking: Booking, old: Booking, at: str) -> Body:
    """BOOKING_RESCHEDULED: a new uid, the old one in rescheduleUid, no iCalUID."""
    return sent(
        "BOOKING_RESCHEDULED",
        at,
        {
            **fresh(booking),
            "appsStatus": [],
            "rescheduledBy": booking.people[0].email,
            "rescheduleId": old.number,
            "rescheduleUid": old.uid,
            "rescheduleStartTime": old.time("Z"),
            "rescheduleEndTime": old.time("Z", is_end=True),
        },
    )


def seat_moved(booking: Booking, old: Booking, who: list[Person], at: str) -> Body:
    """BOOKING_RESCHEDULED of seats: `booking` now holds them, `old` lives on for the others."""
    more = {"attendeeSeatId": seat_id(booking, who[0]), "rescheduleUid": old.uid, "conferenceData": CONFERENCE}
    body = sent("BOOKING_RESCHEDULED", at, {**fresh(booking), **more})
    return _only(body, who, iCalUID=f"seat-{who[0].email}-{booking.uid}@Cal.com", iCalSequence=1)


def requested(booking: Booking, at: str, **more: Any) -> Body:
    """BOOKING_REQUESTED: waits for confirmation; also what a move of such a booking sends."""
    payload = {
        **fresh(booking),
        **times(booking, ".000Z"),
        "attendees": [as_requested(who) for who in booking.people],
        "responses": answers(booking, is_fresh=False),
        "iCalUID": booking.ical_uid,
        "requiresConfirmation": True,
        "oneTimePassword": "0b0f5d66-7a34-4d0f-9a55-3a1b2c4d5e6f",
        "organizationId": None,
        "assignmentReason": [],
        "status": "PENDING",
        **dict.fromkeys(("platformClientId", "platformRescheduleUrl", "platformCancelUrl", "platformBookingUrl"), ""),
    }
    return sent("BOOKING_REQUESTED", at, {**payload, **more})


def confirmed(booking: Booking, at: str) -> Body:
    """BOOKING_CREATED after a confirmation: metadata lost, no iCalUID, milliseconds."""
    return sent(
        "BOOKING_CREATED", at, {**decided(booking), "conferenceData": CONFERENCE, "metadata": {}, "status": "ACCEPTED"}
    )


def rejected(booking: Booking, at: str) -> Body:
    """BOOKING_REJECTED: no metadata, no iCalUID."""
    return sent("BOOKING_REJECTED", at, {**decided(booking), "rejectionReason": "Leider voll", "status": "REJECTED"})


def cancelled(booking: Booking, at: str, **more: Any) -> Body:
    """BOOKING_CANCELLED of a whole booking: offsets instead of Z, no metadata, one iCalSequence more."""
    payload = {
        **common(booking),
        **times(booking, "+00:00"),
        "attendees": [as_listed(who) for who in booking.people],
        "responses": {**answers(booking, is_fresh=False), "location": RAW_PLACE},
        "destinationCalendar": [],
        "cancellationReason": "Grund: krank",
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.sequence + 1,
        "schedulingType": None,
        "requiresConfirmation": None,
        "price": None,
        "status": "CANCELLED",
        "requestReschedule": False,
    }
    return sent("BOOKING_CANCELLED", at, {**payload, **more})


def seat_cancelled(booking: Booking, who: Person, at: str) -> Body:
    """BOOKING_CANCELLED of one seat for certain: the attendee carries the fields of its row."""
    row = {**as_row(booking, who), "language": {"locale": "de"}, "utcOffset": 60}
    return cancelled(booking, at, attendees=[row], additionalNotes=None, description=None)


def seats_cancelled(booking: Booking, who: list[Person], at: str) -> Body:
    """BOOKING_CANCELLED of a seated booking by its host. With one attendee listed, nobody can tell it from a seat."""
    return cancelled(booking, at, attendees=[as_listed(p) for p in who], additionalNotes=None, description=None)


def sent_back(booking: Booking, at: str) -> Body:
    """BOOKING_CANCELLED because the organizer asks the customer to choose another time: a short body."""
    absent = [
        "bookerUrl",
        "additionalNotes",
        "customReplyToEmail",
        "currency",
        "eventDescription",
        "hideBranding",
        "hideOrganizerEmail",
        "price",
        "requiresConfirmation",
        "schedulingType",
        "seatsPerTimeSlot",
        "seatsShowAttendees",
    ]
    body = cancelled(booking, at, cancelledBy=ORGANIZER["email"], requestReschedule=True)
    payload = {key: value for key, value in body["payload"].items() if key not in absent}
    rows = [{"id": booking.number * 10, **as_listed(who), "username": ""} for who in booking.people]
    organizer = {key: value for key, value in ORGANIZER.items() if key != "timeFormat"}
    return {**body, "payload": {**payload, "attendees": rows, "organizer": organizer}}


def cancelled_with_its_event_type(booking: Booking, at: str) -> Body:
    """BOOKING_CANCELLED because the event type was deleted: eventTypeId is null, much is absent."""
    absent = [
        "type",
        "cancellationReason",
        "customReplyToEmail",
        "hideOrganizerEmail",
        "schedulingType",
        "seatsPerTimeSlot",
        "seatsShowAttendees",
    ]
    body = cancelled(booking, at, eventTypeId=None, eventTitle=None, length=None, currency=None)
    return {**body, "payload": {key: value for key, value in body["payload"].items() if key not in absent}}


def without_booking_id(body: Body) -> Body:
    """The same from a build that names no booking ids."""
    ids = {"bookingId", "rescheduleId"}
    return {**body, "payload": {key: value for key, value in body["payload"].items() if key not in ids}}


def _only(body: Body, who: list[Person], **more: Any) -> Body:
    return {**body, "payload": {**body["payload"], "attendees": [as_booked(p) for p in who], **more}}
