"""MEETING_STARTED and MEETING_ENDED: flat bodies, the booking's row as it was when it was made."""

from __future__ import annotations

import uuid
from typing import Any

from calcom.sandbox import payload_parts as parts
from calcom.sandbox.state import Attendee, Booking, Json, ScheduledMeeting, User, World
from calcom.sandbox.wire import instant

_NULLS = (
    "destinationCalendarId",
    "cancellationReason",
    "rejectionReason",
    "reassignReason",
    "reassignById",
    "dynamicEventSlugRef",
    "dynamicGroupSlugRef",
    "rescheduled",
    "smsReminderNumber",
    "rating",
    "ratingFeedback",
    "oneTimePassword",
    "cancelledBy",
)


def meeting_body(world: World, booking: Booking, trigger: str) -> Json:
    """The body of one MEETING_*; here `createdAt` is the booking's."""
    event_type = world.event_types.get(booking.event_type_id or 0)
    host = world.users[booking.host_id]
    empty: dict[str, Any] = dict.fromkeys(_NULLS)
    return {
        "triggerEvent": trigger,
        "id": booking.id,
        "uid": booking.uid,
        "idempotencyKey": booking.slot_key or None,
        "userId": host.id,
        "userPrimaryEmail": host.email,
        "eventTypeId": booking.event_type_id,
        "title": booking.title,
        "description": booking.description,
        "customInputs": {},
        "responses": parts.resolved_answers(event_type, booking, booking.responses),
        "startTime": instant(booking.starts_at),
        "endTime": instant(booking.ends_at),
        "location": booking.location,
        "createdAt": instant(booking.created_at),
        "updatedAt": instant(booking.created_at),
        "status": "ACCEPTED",
        "paid": False,
        **empty,
        "fromReschedule": booking.rescheduled_from or None,
        "recurringEventId": booking.recurring_uid or None,
        "rescheduledBy": booking.rescheduled_by,
        "scheduledJobs": [],
        "metadata": booking.metadata,
        "isRecorded": False,
        "iCalUID": booking.ical_uid,
        "iCalSequence": booking.ical_sequence,
        "noShowHost": booking.absent_host,
        "creationSource": "API_V2",
        "user": {
            "uuid": _user_uuid(host),
            "email": host.email,
            "name": host.name,
            "timeZone": host.time_zone,
            "username": host.username,
            "isPlatformManaged": False,
        },
        "attendees": [_row(attendee, booking) for attendee in booking.attendees],
        "payment": [],
        "references": [],
        "userUuid": _user_uuid(host),
    }


def name_of(meeting: ScheduledMeeting) -> str:
    """Which of the two triggers it is."""
    return str(meeting.body["triggerEvent"])


def slot_key(booking: Booking) -> str:
    """Cal.com's idempotency key: the same host, start and end give the same one."""
    text = f"{instant(booking.starts_at)}.{instant(booking.ends_at)}.{booking.host_id}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))


def _user_uuid(user: User) -> str:
    """Each user has a UUID besides the number."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{parts.BOOKER_URL}/users/{user.id}"))


def _row(attendee: Attendee, booking: Booking) -> Json:
    return {
        "id": attendee.id,
        "email": attendee.email,
        "name": attendee.name,
        "timeZone": attendee.time_zone,
        "phoneNumber": attendee.phone,
        "locale": attendee.language,
        "bookingId": booking.id,
        "noShow": attendee.absent,
    }
