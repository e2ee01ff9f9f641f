"""The wire: what Cal.com's webhook bodies look like. camelCase ends here.

Every key but uid and the times is optional: senders differ by trigger, version and path (MEETING_* after a
confirmation is the shortest).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from calcom.schemas.base import (
    MAX_ATTENDEES,
    Email,
    Id,
    Instant,
    LooseId,
    OptionalUid,
    ShortText,
    Text,
    Uid,
    Wire,
    clip,
    text,
)


class Language(Wire):
    locale: Annotated[str, BeforeValidator(text), clip(10)] = ""


class Person(Wire):
    """An attendee, organizer or team member. `booking_id` or `no_show`: this is a row of the seats' table."""

    id: LooseId = None
    name: ShortText = ""
    email: Email = ""
    username: ShortText = ""
    time_zone: Annotated[str, BeforeValidator(text), clip(64)] = ""
    language: Language = Language()
    phone_number: Annotated[str, BeforeValidator(text), clip(50)] = ""
    booking_id: LooseId = None
    no_show: bool | None = None

    @property
    def is_seat_row(self) -> bool:
        """Cancelling one seat sends the attendee's raw row; every other body a tidy person."""
        return self.booking_id is not None or self.no_show is not None


class Team(Wire):
    members: list[Person] = []


class BookingBody(Wire):
    """The payload of the BOOKING_* triggers, and the root of the flat MEETING_* ones."""

    uid: Uid
    booking_id: Annotated[Id | None, Field(validation_alias=AliasChoices("bookingId", "id"))] = None
    event_type_id: Id | None = None
    title: Annotated[str, BeforeValidator(text), clip(500)] = ""
    start_time: Instant
    end_time: Instant
    status: Text = ""
    organizer: Person | None = None
    user: Person | None = None
    team: Team | None = None
    attendees: Annotated[list[Person], Field(max_length=MAX_ATTENDEES)] = []
    responses: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    location: Annotated[str, BeforeValidator(text), clip(1000)] = ""
    video_call_data: dict[str, Any] | None = None
    ical_uid: Annotated[str, BeforeValidator(text), Field(validation_alias="iCalUID", max_length=300)] = ""
    ical_sequence: Annotated[int | None, Field(validation_alias="iCalSequence", ge=-(2**31), le=2**31 - 1)] = None
    requires_confirmation: bool | None = None
    price: Annotated[int | None, Field(ge=0, lt=10**8)] = None
    currency: Annotated[str, BeforeValidator(text), clip(3)] = ""
    seats_per_time_slot: int | None = None
    attendee_seat_id: Annotated[str, BeforeValidator(text), clip(64)] = ""
    recurring_event: dict[str, Any] | None = None
    recurring_event_id: OptionalUid = ""
    reschedule_uid: OptionalUid = ""
    reschedule_id: Id | None = None
    reschedule_start_time: Instant | None = None
    rescheduled_by: Email = ""
    cancellation_reason: Text = ""
    cancelled_by: Email = ""
    rejection_reason: Text = ""

    @model_validator(mode="after")
    def _ends_after_start(self) -> BookingBody:
        if self.end_time <= self.start_time:
            raise ValueError("endTime is not after startTime")
        return self

    @property
    def tells_seats(self) -> bool:
        """Whether the body says anything about seats at all (MEETING_* does not)."""
        return "seats_per_time_slot" in self.model_fields_set


class Absence(Wire):
    email: Email = ""
    no_show: bool = False


class AbsenceBody(Wire):
    """The payload of BOOKING_NO_SHOW_UPDATED. Its message is translated text and says nothing more."""

    booking_uid: Uid
    attendees: Annotated[list[Absence], Field(max_length=MAX_ATTENDEES)] = []


class RecordingBody(Wire):
    """The payload of RECORDING_READY."""

    uid: Uid
    download_link: Annotated[str, BeforeValidator(text), Field(max_length=2000)] = ""
