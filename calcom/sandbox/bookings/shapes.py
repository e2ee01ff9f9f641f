"""Bookings as version 2024-08-13 writes them. Regular, recurring and seated ones each have their own keys."""

from __future__ import annotations

import re
from typing import Any

from calcom.sandbox.bookings import policy
from calcom.sandbox.bookings.lookup import is_host
from calcom.sandbox.state import Attendee, Booking, Json, User, World
from calcom.sandbox.wire import instant

_PLATFORM_SUFFIX = re.compile(r"\+[A-Za-z0-9]{25}(?=@)")


def booking_json(world: World, booking: Booking, *, viewer: User | None = None) -> Json:
    """One booking; `viewer` matters only where seats hide their attendees from strangers."""
    if booking.is_seated:
        return _seated(world, booking, viewer)
    if booking.recurring_uid:
        return _recurring(world, booking)
    return _regular(world, booking)


def display_email(email: str) -> str:
    """The address without the suffix that platforms put into it."""
    return _PLATFORM_SUFFIX.sub("", email)


def host_json(user: User | None) -> Json:
    """The one host that the API names; "unknown" stands for a booking whose user is gone."""
    if user is None:
        words = ("id", "name", "email", "displayEmail", "username", "timeZone")
        return dict.fromkeys(words, "unknown")
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "displayEmail": display_email(user.email),
        "username": user.username,
        "timeZone": user.time_zone,
    }


def attendee_json(attendee: Attendee, *, with_phone: bool = True) -> Json:
    """One who comes; the phone number only where there is one."""
    phone = {"phoneNumber": attendee.phone} if attendee.phone and with_phone else {}
    return {
        "name": attendee.name,
        "email": attendee.email,
        "displayEmail": display_email(attendee.email),
        "timeZone": attendee.time_zone,
        "language": attendee.language,
        "absent": attendee.absent,
        **phone,
    }


def _regular(world: World, booking: Booking) -> Json:
    moved_to = {"rescheduledToUid": booking.rescheduled_to} if booking.rescheduled_to else {}
    moves = {"rescheduledByEmail": booking.rescheduled_by, **_moved_from(booking), **moved_to}
    return {
        **_head(world, booking),
        "cancelledByEmail": "",
        **_reason(booking),
        **moves,
        **_middle(world, booking),
        "metadata": booking.metadata,
        **_tail(booking),
        "attendees": [attendee_json(attendee) for attendee in booking.attendees],
        **_guests(booking),
        "bookingFieldsResponses": responses_json(booking.responses),
    }


def _recurring(world: World, booking: Booking) -> Json:
    return {
        "attendees": [attendee_json(attendee, with_phone=False) for attendee in booking.attendees],
        **_guests(booking),
        "bookingFieldsResponses": responses_json(booking.responses),
        **_head(world, booking),
        "cancelledByEmail": "",
        **_reason(booking),
        **_moved_from(booking),
        **_middle(world, booking),
        "metadata": booking.metadata,
        **_tail(booking),
        "recurringBookingUid": booking.recurring_uid,
    }


def _seated(world: World, booking: Booking, viewer: User | None) -> Json:
    return {
        **_head(world, booking),
        "description": booking.description or None,
        "rescheduledByEmail": booking.rescheduled_by,
        **_middle(world, booking),
        **_tail(booking),
        "attendees": _seats(world, booking, viewer),
    }


def _seats(world: World, booking: Booking, viewer: User | None) -> list[Json]:
    event_type = world.event_types.get(booking.event_type_id or 0)
    may_see = policy.shows_attendees(event_type) or is_host(world, booking, viewer)
    if booking.status == "cancelled" or not may_see:
        return []
    return [
        {
            **attendee_json(attendee),
            "seatUid": attendee.seat_uid,
            "bookingFieldsResponses": attendee.responses,
            "metadata": attendee.metadata,
        }
        for attendee in booking.attendees
    ]


def _head(world: World, booking: Booking) -> Json:
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "hosts": [host_json(world.users.get(booking.host_id))],
        "status": booking.status,
        "cancellationReason": booking.cancellation_reason,
    }


def _middle(world: World, booking: Booking) -> Json:
    event_type = world.event_types.get(booking.event_type_id or 0)
    return {
        "start": instant(booking.starts_at),
        "end": instant(booking.ends_at),
        "duration": int((booking.ends_at - booking.starts_at).total_seconds() // 60),
        "eventTypeId": event_type.id if event_type else None,
        "eventType": {"id": event_type.id, "slug": event_type.slug} if event_type else None,
        "meetingUrl": booking.video_url or booking.location,
        "location": booking.video_url or booking.location,
        "absentHost": booking.absent_host,
        "createdAt": instant(booking.created_at),
        "updatedAt": instant(booking.updated_at) if booking.updated_at else None,
    }


def _tail(booking: Booking) -> Json:
    return {"rating": None, "icsUid": booking.ical_uid}


def _reason(booking: Booking) -> Json:
    return {"reschedulingReason": booking.rescheduling_reason} if booking.rescheduling_reason else {}


def _moved_from(booking: Booking) -> Json:
    return {"rescheduledFromUid": booking.rescheduled_from} if booking.rescheduled_from else {}


def _guests(booking: Booking) -> Json:
    guests = booking.responses.get("guests")
    return {"guests": guests} if guests else {}


def responses_json(responses: Json) -> Json:
    """The answers of the form, with the addresses as people should see them."""
    more: Json = {"displayEmail": display_email(str(responses.get("email", "")))}
    guests: list[Any] = responses.get("guests") or []
    if guests:
        more["displayGuests"] = [display_email(str(guest)) for guest in guests]
    return {**responses, **more}
