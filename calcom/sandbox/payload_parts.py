"""The parts of which webhook payloads are made: people, times, places and the answers of the form."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from calcom.sandbox.bookings import policy
from calcom.sandbox.bookings.lookup import team_of
from calcom.sandbox.state import Attendee, Booking, EventType, Json, User, World

BOOKER_URL = "http://localhost:3000"

_SYSTEM_LABELS = {
    "name": "your_name",
    "email": "email_address",
    "location": "location",
    "title": "what_is_this_meeting_about",
    "notes": "additional_notes",
    "guests": "additional_guests",
    "rescheduleReason": "reason_for_reschedule",
}
_SCHEDULING = {"roundRobin": "ROUND_ROBIN", "collective": "COLLECTIVE", "managed": "MANAGED"}


def seconds(moment: datetime) -> str:
    """A time as BOOKING_CREATED and BOOKING_RESCHEDULED write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def with_offset(moment: datetime) -> str:
    """A time as BOOKING_CANCELLED writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def minutes(booking: Booking) -> int:
    """How long the booking lasts."""
    return int((booking.ends_at - booking.starts_at).total_seconds() // 60)


def offset_minutes(zone: str, at: datetime) -> int:
    """Minutes ahead of UTC at that moment, summer time included."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def organizer(host: User, at: datetime) -> Json:
    """The host, with the time difference at the booking's start."""
    return {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "username": host.username,
        "timeZone": host.time_zone,
        "language": {"locale": host.locale},
        "timeFormat": "HH:mm" if host.time_format == 24 else "h:mma",
        "utcOffset": offset_minutes(host.time_zone, at),
    }


def person(attendee: Attendee, at: datetime) -> Json:
    """An attendee as confirmations, rejections and cancellations write it."""
    return {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.time_zone,
        "phoneNumber": attendee.phone,
        "language": {"locale": attendee.language},
        "utcOffset": offset_minutes(attendee.time_zone, at),
    }


def booker(attendee: Attendee, at: datetime) -> Json:
    """An attendee as BOOKING_CREATED writes it: empty name parts, a phone number only when there is one."""
    phone = {"phoneNumber": attendee.phone} if attendee.phone else {}
    return {
        "email": attendee.email,
        "name": attendee.name,
        **phone,
        "firstName": "",
        "lastName": "",
        "timeZone": attendee.time_zone,
        "language": {"locale": attendee.language},
        "utcOffset": offset_minutes(attendee.time_zone, at),
    }


def asker(attendee: Attendee, at: datetime) -> Json:
    """An attendee as BOOKING_REQUESTED writes it: the name split in two."""
    first, _, last = attendee.name.partition(" ")
    return {**person(attendee, at), "bookingSeat": None, "firstName": first, "lastName": last}


def removed(attendee: Attendee, booking: Booking) -> Json:
    """The one whose seat was cancelled: the row of the database shows through."""
    return {
        "id": attendee.id,
        **person(attendee, booking.starts_at),
        "locale": attendee.language,
        "bookingId": booking.id,
        "noShow": attendee.absent,
    }


def guests_and_booker(booking: Booking) -> list[Attendee]:
    """The attendees without the further hosts, who stand in `team`."""
    return [attendee for attendee in booking.attendees if attendee.host_id is None]


def team(world: World, event_type: EventType | None, booking: Booking) -> Json:
    """{team: …} for types of a team, nothing for personal ones."""
    found = world.teams.get(team_of(world, event_type) or 0) if event_type and event_type.scheduling_type else None
    if found is None:
        return {}
    members = [
        {
            "id": attendee.host_id,
            "name": attendee.name,
            "email": attendee.email,
            "timeZone": attendee.time_zone,
            "language": {"locale": attendee.language},
        }
        for attendee in booking.attendees
        if attendee.host_id is not None
    ]
    return {"team": {"id": found.id, "name": found.name, "members": members}}


def scheduling(event_type: EventType | None) -> str | None:
    """ROUND_ROBIN, COLLECTIVE, MANAGED or None."""
    return _SCHEDULING.get((event_type.scheduling_type if event_type else None) or "")


def is_video(booking: Booking) -> bool:
    """Whether the place is Cal Video."""
    return booking.location == policy.VIDEO


def conference(booking: Booking, host: User) -> Json:
    """{conferenceData: …} for online places."""
    if not (booking.location or "").startswith("integrations:"):
        return {}
    request_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{BOOKER_URL}/{host.username}"))
    return {"conferenceData": {"createRequest": {"requestId": request_id}}}


def video_call() -> Json:
    """Cal Video's own data, before the room exists."""
    return {"type": "daily_video", "id": None, "password": None, "url": None}


def apps_status(booking: Booking) -> list[Json]:
    """What the apps made of the booking: one line for Cal Video, which fails where the booking waits for its host."""
    if not is_video(booking):
        return []
    is_made = booking.status == "accepted"
    return [
        {
            "appName": "daily-video" if is_made else "Cal Video",
            "type": "daily_video",
            "success": int(is_made),
            "failures": int(not is_made),
            "errors": [],
        }
    ]


def with_link(booking: Booking, metadata: Json) -> Json:
    """Metadata with the address to join at, where the place is a link of the host's own."""
    is_link = bool(booking.video_url) and not is_video(booking)
    return metadata | {"videoCallUrl": booking.video_url} if is_link else metadata


def resolved_answers(event_type: EventType | None, booking: Booking, answers: Json) -> Json:
    """The form's answers as CREATED and RESCHEDULED write them: the phone first, the place resolved."""
    known = {**answers, "location": {"value": booking.location, "optionValue": ""}}
    phone = _answer("phone_number", known, "attendeePhoneNumber", is_hidden=True)
    return {"attendeePhoneNumber": phone, **stored_answers(event_type, known)}


def stored_answers(event_type: EventType | None, answers: Json) -> Json:
    """The form's answers as they are stored: what the others write."""
    if event_type is None:
        return {slug: {"label": slug, "value": value} for slug, value in answers.items()}
    return {field["slug"]: _field(field, answers) for field in policy.booking_fields(event_type)}


def custom_answers(event_type: EventType | None, answers: Json) -> Json:
    """Only the company's own fields."""
    fields = [field for field in policy.booking_fields(event_type) if not field.get("isDefault")]
    return {field["slug"]: _field(field, answers) for field in fields}


def seat_answers(booking: Booking) -> Json:
    """A seated booking stores no answers: Cal.com makes them up from the attendees, the first one first."""
    names = guests_and_booker(booking)
    if not names:
        return {}
    return {
        "name": names[0].name,
        "email": names[0].email,
        "location": {"value": booking.location, "optionValue": booking.location},
        "notes": "",
        "guests": [attendee.email for attendee in names[1:]],
    }


def notes(booking: Booking) -> str | None:
    """The booker's note; null for seats."""
    return booking.description or (None if booking.is_seated else "")


def event_description(event_type: EventType | None) -> str | None:
    """The type's description; null when empty."""
    return (event_type.fields.get("description") if event_type else None) or None


def type_and_host(world: World, booking: Booking) -> tuple[EventType | None, User]:
    """A booking's event type, which may be gone, and its host."""
    return world.event_types.get(booking.event_type_id or 0), world.users[booking.host_id]


def flag(event_type: EventType | None, key: str) -> bool:
    """A switch of the event type."""
    return bool(event_type.fields.get(key, False)) if event_type else False


def currency(event_type: EventType | None) -> str:
    """The currency of the price."""
    return str((event_type.fields.get("currency") if event_type else None) or "usd")


def _field(field: Json, answers: Json) -> Json:
    slug = str(field["slug"])
    is_system = bool(field.get("isDefault"))
    label = _SYSTEM_LABELS.get(slug, slug) if is_system else str(field.get("label", slug))
    return _answer(label, answers, slug, is_hidden=bool(field.get("hidden", False)))


def _answer(label: str, answers: Json, slug: str, *, is_hidden: bool) -> Json:
    value: dict[str, Any] = {"value": answers[slug]} if slug in answers else {}
    return {"label": label, **value, "isHidden": is_hidden}
