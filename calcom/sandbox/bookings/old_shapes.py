"""Bookings in the shape of 2024-04-15: what a missing or unknown version header falls back to without a word."""

from __future__ import annotations

from calcom.sandbox import payload_parts as parts
from calcom.sandbox.bookings import policy
from calcom.sandbox.state import Attendee, Booking, EventType, Json, User, World
from calcom.sandbox.wire import instant

_DEFAULT = [{"id": "default", "type": "default", "label": "Default"}]
_OPTIONAL = "system-but-optional"
_NAME_VARIANTS = {
    "variants": {
        "fullName": {"fields": [{"name": "fullName", "type": "text", "label": "your_name", "required": True}]},
        "firstAndLastName": {
            "fields": [
                {"name": "firstName", "type": "text", "label": "", "required": True, "placeholder": ""},
                {"name": "lastName", "type": "text", "label": "", "required": False, "placeholder": ""},
            ]
        },
    }
}
_PLACE_INPUTS = {
    word: {"type": kind, "required": True, "placeholder": ""}
    for word, kind in (("phone", "phone"), ("somewhereElse", "text"), ("attendeeInPerson", "address"))
}
# slug → what the database has beside name, type, sources and required
_SYSTEM_FIELDS: dict[str, Json] = {
    "name": {
        "variant": "fullName",
        "editable": "system",
        "defaultLabel": "your_name",
        "variantsConfig": _NAME_VARIANTS,
    },
    "email": {"editable": _OPTIONAL, "defaultLabel": "email_address"},
    "location": {
        "editable": "system",
        "defaultLabel": "location",
        "getOptionsAt": "locations",
        "optionsInputs": _PLACE_INPUTS,
        "hideWhenJustOneOption": True,
    },
    "title": {
        "hidden": True,
        "editable": _OPTIONAL,
        "defaultLabel": "what_is_this_meeting_about",
        "defaultPlaceholder": "",
    },
    "notes": {
        "editable": _OPTIONAL,
        "defaultLabel": "additional_notes",
        "defaultPlaceholder": "share_additional_notes",
    },
    "guests": {
        "hidden": False,
        "editable": _OPTIONAL,
        "defaultLabel": "additional_guests",
        "defaultPlaceholder": "email",
    },
    "rescheduleReason": {
        "views": [{"id": "reschedule", "label": "Reschedule View"}],
        "editable": _OPTIONAL,
        "defaultLabel": "reason_for_reschedule",
        "defaultPlaceholder": "reschedule_placeholder",
    },
}
_REFERENCE_NULLS = (
    "meetingId",
    "meetingPassword",
    "meetingUrl",
    "deleted",
    "externalCalendarId",
    "credentialId",
    "thirdPartyRecurringEventId",
    "delegationCredentialId",
)


def old_booking_json(world: World, booking: Booking) -> Json:
    """One booking, as GET /bookings/{uid} wrote it."""
    event_type = world.event_types.get(booking.event_type_id or 0)
    return {
        **_common(world, booking),
        "smsReminderNumber": None,
        "attendees": [_short_attendee(attendee) for attendee in booking.attendees],
        "eventTypeId": booking.event_type_id,
        "eventType": {
            "eventName": event_type.fields.get("customName"),
            "slug": event_type.slug,
            "timeZone": None,
            "schedulingType": parts.scheduling(event_type),
            "hideOrganizerEmail": bool(event_type.fields.get("hideOrganizerEmail", False)),
        }
        if event_type
        else None,
        "seatsReferences": _seats(booking),
        "tracking": None,
        "assignmentReason": [],
    }


def old_listed_json(world: World, booking: Booking) -> Json:
    """One booking, as the old list wrote it: with the whole event type."""
    event_type = world.event_types.get(booking.event_type_id or 0)
    return {
        **_common(world, booking),
        "createdAt": instant(booking.created_at),
        "updatedAt": instant(booking.updated_at) if booking.updated_at else None,
        "paid": False,
        "isRecorded": False,
        "eventType": _event_type(event_type) if event_type else None,
        "references": [_reference(booking)] if booking.reference_id else [],
        "payment": [],
        "attendees": [_attendee(attendee, booking) for attendee in booking.attendees],
        "seatsReferences": _seats(booking),
        "assignmentReasonSortedByCreatedAt": [],
        "report": None,
        "rescheduler": None,
    }


def _common(world: World, booking: Booking) -> Json:
    host = world.users.get(booking.host_id)
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "userPrimaryEmail": host.email if host else None,
        "description": booking.description,
        "customInputs": {},
        "startTime": instant(booking.starts_at),
        "endTime": instant(booking.ends_at),
        "metadata": booking.metadata | ({"videoCallUrl": booking.video_url} if booking.video_url else {}),
        "responses": booking.responses,
        "recurringEventId": booking.recurring_uid or None,
        "location": booking.location,
        "status": booking.status.upper(),
        "fromReschedule": booking.rescheduled_from or None,
        "rescheduled": True if booking.rescheduled_to else None,
        "rescheduledBy": booking.rescheduled_by,
        "cancelledBy": None,
        "cancellationReason": booking.cancellation_reason or None,
        "rejectionReason": booking.rejection_reason or None,
        "user": _user(host) if host else None,
    }


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "username": user.username,
        "timeZone": user.time_zone,
        "avatarUrl": None,
    }


def _short_attendee(attendee: Attendee) -> Json:
    return {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.time_zone,
        "phoneNumber": attendee.phone,
    }


def _attendee(attendee: Attendee, booking: Booking) -> Json:
    return {
        **_short_attendee(attendee),
        "id": attendee.id,
        "bookingId": booking.id,
        "locale": attendee.language,
        "noShow": attendee.absent,
        "user": {"name": None, "email": attendee.email, "avatarUrl": None, "username": None},
    }


def _seats(booking: Booking) -> list[Json]:
    seated = [attendee for attendee in booking.attendees if attendee.seat_uid]
    return [{"referenceUid": attendee.seat_uid, "attendee": {"email": attendee.email}} for attendee in seated]


def _reference(booking: Booking) -> Json:
    nulls: Json = dict.fromkeys(_REFERENCE_NULLS)
    return {"id": booking.reference_id, "type": "daily_video", "uid": "", "bookingId": booking.id, **nulls}


def _event_type(event_type: EventType) -> Json:
    fields = event_type.fields
    return {
        "slug": event_type.slug,
        "id": event_type.id,
        "title": event_type.title,
        "eventName": fields.get("customName"),
        "price": fields.get("price") or 0,
        "recurringEvent": policy.recurring_event(event_type),
        "currency": fields.get("currency") or "usd",
        "metadata": fields.get("metadata") or {},
        "disableGuests": bool(fields.get("disableGuests", False)),
        "bookingFields": [_field(field) for field in policy.booking_fields(event_type)],
        "seatsPerTimeSlot": policy.seat_limit(event_type),
        "seatsShowAttendees": policy.shows_attendees(event_type),
        "seatsShowAvailabilityCount": policy.shows_availability_count(event_type),
        "eventTypeColor": fields.get("color"),
        "customReplyToEmail": None,
        "allowReschedulingPastBookings": bool(fields.get("allowReschedulingPastBookings", False)),
        "hideOrganizerEmail": bool(fields.get("hideOrganizerEmail", False)),
        "disableCancelling": policy.is_disabled(event_type, "disableCancelling"),
        "disableRescheduling": policy.is_disabled(event_type, "disableRescheduling"),
        "minimumRescheduleNotice": None,
        "teamId": event_type.team_id,
        "parentId": event_type.parent_id,
        "schedulingType": parts.scheduling(event_type),
        "hosts": [],
        "length": event_type.length_min,
        "team": None,
        "hostGroups": [],
    }


def _field(field: Json) -> Json:
    slug = str(field["slug"])
    base = {"name": slug, "type": field["type"], "required": bool(field.get("required", False))}
    if slug in _SYSTEM_FIELDS and field.get("isDefault"):
        return {**base, "sources": _DEFAULT, **_SYSTEM_FIELDS[slug]}
    options = [{"label": str(option), "value": str(option)} for option in field.get("options") or []]
    return {
        **base,
        "label": field.get("label", slug),
        "sources": [{"id": "user", "type": "user", "label": "User", "fieldRequired": base["required"]}],
        "editable": "user",
        "placeholder": field.get("placeholder", ""),
        **({"options": options} if options else {}),
    }
