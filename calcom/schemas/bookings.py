"""Bookings as the API tells them, regular, recurring and seated."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from calcom.schemas.base import Email, Id, Instant, LooseId, OptionalUid, ShortText, Text, Uid, Wire, clip, text
from calcom.schemas.event_types import Object


class BookingHost(Wire):
    """The main host; a booking without a user says "unknown" for everything."""

    id: LooseId = None
    name: ShortText = ""
    email: Email = ""
    username: ShortText = ""
    time_zone: ShortText = ""


class BookingAttendee(Wire):
    """Somebody who comes. `display_email` is without the suffix of managed users."""

    name: ShortText = ""
    email: Email = ""
    display_email: Email = ""
    time_zone: ShortText = ""
    language: ShortText = ""
    absent: bool | None = None
    phone_number: Annotated[str, BeforeValidator(text), clip(50)] = ""
    seat_uid: OptionalUid = ""
    booking_fields_responses: Object = None
    metadata: Object = None


class BookingsEventType(Wire):
    """The event type of a booking."""

    id: Id
    slug: ShortText = ""


class BookingRead(Wire):
    """One booking. Status: accepted, pending, cancelled, rejected, or what a newer server says."""

    id: Id
    uid: Uid
    status: Text = ""
    title: Annotated[str, BeforeValidator(text), clip(500)] = ""
    description: Text = ""
    starts_at: Annotated[Instant, Field(validation_alias="start")]
    ends_at: Annotated[Instant, Field(validation_alias="end")]
    hosts: list[BookingHost] = []
    attendees: list[BookingAttendee] = []
    event_type: BookingsEventType | None = None
    location: Annotated[str, BeforeValidator(text), clip(1000)] = ""
    metadata: Object = None
    booking_fields_responses: Object = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    ical_uid: Annotated[str, BeforeValidator(text), Field(validation_alias="icsUid", max_length=300)] = ""
    recurring_uid: Annotated[OptionalUid, Field(validation_alias="recurringBookingUid")] = ""
    rescheduled_from_uid: OptionalUid = ""
    rescheduled_to_uid: OptionalUid = ""
    rescheduled_by_email: Email = ""
    rescheduling_reason: Text = ""
    cancelled_by_email: Email = ""
    cancellation_reason: Text = ""
    absent_host: bool | None = None
    seat_uid: OptionalUid = ""

    @property
    def event_type_id(self) -> int | None:
        """Cal.com's id of the event type; None where it was deleted."""
        return self.event_type.id if self.event_type else None


class Reassigned(Wire):
    """Who hosts a booking from now on."""

    booking_uid: Uid
    reassigned_to: BookingHost = BookingHost()


class AttendeeRow(Wire):
    """An attendee with the id by which they can be removed."""

    id: Id
    name: ShortText = ""
    email: Email = ""
    time_zone: ShortText = ""
    phone_number: Any = None
