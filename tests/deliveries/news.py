"""Bodies of the rarer triggers, and bodies that are none."""

from __future__ import annotations

from typing import Any

from tests.deliveries.cast import Booking, Person
from tests.deliveries.ingredients import (
    CONFERENCE,
    ORGANIZER,
    Body,
    as_listed,
    as_row,
    decided,
    fresh,
    sent,
    sent_at,
)


def payment_initiated(booking: Booking, at: str) -> Body:
    """BOOKING_PAYMENT_INITIATED: says ACCEPTED although the booking is pending."""
    extra = {"iCalUID": booking.ical_uid, "organizationId": None, "conferenceData": CONFERENCE}
    return sent("BOOKING_PAYMENT_INITIATED", at, {**fresh(booking), **extra, "price": 4900, "paymentId": 611})


def paid(booking: Booking, at: str, *, requires_confirmation: bool = False) -> Body:
    """BOOKING_PAID: metadata is the payment's."""
    extra = {
        "requiresConfirmation": requires_confirmation,
        "price": 4900,
        "paymentId": 611,
        "metadata": {"identifier": "cal.com", "bookingId": booking.number, "externalId": "pi_sample_611"},
        "status": "ACCEPTED",
    }
    return sent("BOOKING_PAID", at, {**decided(booking), **extra})


def location_updated(booking: Booking, at: str, *, location: str) -> Body:
    """BOOKING_LOCATION_UPDATED: a whole booking with the place it was at before."""
    extra = {
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.sequence + 1,
        "organizationId": None,
        "conferenceData": CONFERENCE,
        "appsStatus": [],
        "location": location,
        "metadata": {},
        "previousLocation": "Musterstraße 1, 10115 Berlin",
    }
    return sent("BOOKING_LOCATION_UPDATED", at, {**fresh(booking), **extra})


def reassigned(booking: Booking, at: str) -> Body:
    """BOOKING_REASSIGNED: another host."""
    host = {**ORGANIZER, "id": 32, "name": "Nils Rau", "email": "nils@example.com", "username": "nils"}
    extra = {"organizer": host, "addedHostUserIds": [32], "removedHostUserIds": [31], "status": "ACCEPTED"}
    return sent("BOOKING_REASSIGNED", at, {**decided(booking), **extra})


def no_show(booking: Booking, at: str, **absent: bool) -> Body:
    """BOOKING_NO_SHOW_UPDATED: names the booking in bookingUid. `absent` is keyed by the local part of the address."""
    named = [{"email": f"{who}@example.com", "noShow": value} for who, value in absent.items()]
    message = "No-show status updated for attendees"
    payload = {"message": message, "attendees": named, "bookingUid": booking.uid, "bookingId": booking.number}
    return sent("BOOKING_NO_SHOW_UPDATED", at, payload)


def meeting(trigger: str, booking: Booking, **more: Any) -> Body:
    """MEETING_STARTED and MEETING_ENDED: flat, as things were when it was booked; createdAt is the booking's."""
    empty = [
        "destinationCalendarId",
        "cancellationReason",
        "rejectionReason",
        "reassignReason",
        "reassignById",
        "dynamicEventSlugRef",
        "dynamicGroupSlugRef",
        "rescheduled",
        "fromReschedule",
        "recurringEventId",
        "smsReminderNumber",
        "rating",
        "ratingFeedback",
        "oneTimePassword",
        "cancelledBy",
        "rescheduledBy",
    ]
    body = fresh(booking)
    return {
        "triggerEvent": trigger,
        "id": booking.number,
        "uid": booking.uid,
        "idempotencyKey": "5d1f2c9e-93b5-5c46-8b1f-2f7f6d0e9a11",
        "userId": ORGANIZER["id"],
        "userPrimaryEmail": ORGANIZER["email"],
        **{key: body[key] for key in ("eventTypeId", "title", "description", "customInputs", "responses")},
        "startTime": booking.time(".000Z"),
        "endTime": booking.time(".000Z", is_end=True),
        "location": body["location"],
        "createdAt": sent_at("07:00"),
        "updatedAt": sent_at("07:00"),
        "status": "ACCEPTED",
        "paid": False,
        **dict.fromkeys(empty),
        "scheduledJobs": [],
        "metadata": {},
        "isRecorded": False,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.sequence,
        "noShowHost": False,
        "creationSource": "API_V2",
        "user": {
            "uuid": "7b1c0a52-8d0e-4d43-9a57-0c7de2b8a102",
            "email": ORGANIZER["email"],
            "name": ORGANIZER["name"],
            "timeZone": "Europe/Berlin",
            "username": "mara",
            "isPlatformManaged": False,
        },
        "attendees": [as_row(booking, who) for who in booking.people],
        "payment": [],
        "references": [],
        "userUuid": "7b1c0a52-8d0e-4d43-9a57-0c7de2b8a102",
        **more,
    }


def recording_ready(booking: Booking, at: str) -> Body:
    """RECORDING_READY: a link that expires."""
    link = {"downloadLink": "https://cal.example.com/recording?token=sample"}
    return sent("RECORDING_READY", at, {**_recorded(booking), **link})


def transcription_generated(booking: Booking, at: str) -> Body:
    """RECORDING_TRANSCRIPTION_GENERATED: links to the texts."""
    texts = [{"format": "txt", "link": "https://cal.example.com/transcript.txt"}]
    links = {"transcription": texts, "recording": "https://cal.example.com/recording?token=sample"}
    return sent("RECORDING_TRANSCRIPTION_GENERATED", at, {**_recorded(booking), "downloadLinks": links})


def guests_missed_the_call(booking: Booking, at: str) -> Body:
    """AFTER_GUESTS_CAL_VIDEO_NO_SHOW: Cal Video's own guess, which says noShow too."""
    rows = [{**as_row(booking, who), "noShow": True} for who in booking.people]
    payload = {
        "title": booking.offer.title,
        "bookingId": booking.number,
        "bookingUid": booking.uid,
        "startTime": booking.time(".000Z"),
        "endTime": booking.time(".000Z", is_end=True),
        "attendees": rows,
        "participants": [],
        "guests": rows,
        "eventType": {"id": booking.event_type, "teamId": None, "parentId": None, "calVideoSettings": None},
        "webhook": {"id": "3f0b6f3e-8a44-4a7c-9b1e-2d5c7e9f1a20", "time": 5, "timeUnit": "MINUTE", "appId": None},
        "message": "Guest didn't join the call",
    }
    return sent("AFTER_GUESTS_CAL_VIDEO_NO_SHOW", at, payload)


def ping(at: str) -> Body:
    """PING: the button in Cal.com's settings; about no booking."""
    john = Person("John Doe", "jdoe@example.com")
    payload = {
        "type": "Test",
        "title": "Test trigger event",
        "description": "",
        "startTime": sent_at(at),
        "endTime": sent_at(at),
        "attendees": [{key: value for key, value in as_listed(john).items() if key != "phoneNumber"}],
        "organizer": {key: ORGANIZER[key] for key in ("name", "email", "timeZone", "language", "utcOffset")},
    }
    return sent("PING", at, payload)


def custom_template(booking: Booking) -> Body:
    """What somebody's own template made of a booking: looks like a body, has no envelope."""
    return {"t": "BOOKING_CREATED", "title": booking.offer.title, "who": "Lena", "uid": booking.uid}


def _recorded(booking: Booking) -> Body:
    people = [
        {"id": booking.number * 10, **{key: value for key, value in as_listed(who).items() if key != "phoneNumber"}}
        for who in booking.people
    ]
    return {
        "type": booking.offer.slug,
        "title": booking.offer.title,
        "startTime": booking.time(".000Z"),
        "endTime": booking.time(".000Z", is_end=True),
        "organizer": {key: ORGANIZER[key] for key in ("email", "name", "timeZone", "language", "utcOffset")},
        "attendees": people,
        "uid": booking.uid,
        "customReplyToEmail": None,
    }
