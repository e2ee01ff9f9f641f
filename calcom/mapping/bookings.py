"""A booking as the API tells it becomes news.

Its `as_of` is when Cal.com last changed the row; old rows never say, then it is when it was made. The list names the
attendees in any order and among them the further hosts of a collective booking; the form's answers tell who booked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from appointments.backends import AttendeeSnapshot, BookingSnapshot, Replaced
from appointments.customers import normal_email
from appointments.models.appointment import Status
from calcom import reference
from calcom.locations import location_in, meeting_url_in
from calcom.mapping.deliveries import redacted
from calcom.mapping.people import contact_of, email_of, known_zone, phone_of, without_made_up
from calcom.schemas.bookings import BookingAttendee, BookingHost, BookingRead

_STATUSES = {
    "accepted": Status.CONFIRMED,
    "pending": Status.PENDING,
    "awaiting_host": Status.PENDING,
    "rejected": Status.REJECTED,
    "cancelled": Status.CANCELLED,
}
_NOT_THEIRS = {"videoCallUrl", reference.KEY}
_NO_ANSWERS = {"displayEmail", "displayGuests"}


def booking_snapshot(read: BookingRead, *, company_id: int, host_emails: Collection[str] = ()) -> BookingSnapshot:
    """The booking that the API describes.

    `host_emails` (lower case): who attends nothing as a customer, unless as the one who booked. Of the answer to
    booking one seat, only that seat is told.
    """
    seats = _seats(read)
    people = _people(read, seats=seats, host_emails=host_emails)
    status = _STATUSES.get(read.status.lower())
    host = _host(read)
    return BookingSnapshot(
        uid=read.uid,
        booking_id=read.id,
        status=status or Status.CONFIRMED,
        is_status_weak=status is None,
        starts_at=read.starts_at,
        ends_at=read.ends_at,
        as_of=told_at(read),
        is_move=bool(read.rescheduled_from_uid),
        replaces=_replaced(read),
        rescheduled_to_uid=read.rescheduled_to_uid,
        rescheduled_by=contact_of(read.rescheduled_by_email),
        reference=_reference(read, seats, company_id=company_id),
        ical_uid=read.ical_uid,
        event_type_id=read.event_type_id,
        host_id=None if host is None else host.id,
        hosts=None if host is None else [{"id": host.id, "name": host.name, "email": normal_email(host.email)}],
        attendees=tuple(people),
        is_seated=is_seated(read),
        seat_uid=read.seat_uid,
        title=read.title,
        time_zone=people[0].time_zone if people else "",
        location=location_in(read),
        meeting_url=meeting_url_in(read),
        responses=_labelled(read.booking_fields_responses or {}),
        metadata=_metadata(read),
        is_recurring=bool(read.recurring_uid),
        recurring_event_id=read.recurring_uid,
        cancellation_reason=read.cancellation_reason if status == Status.CANCELLED else "",
        cancelled_by=contact_of(read.cancelled_by_email),
        payload=redacted(read.model_dump(mode="json", by_alias=True, exclude_unset=True)),
    )


def seat_snapshots(read: BookingRead, whole: BookingSnapshot, *, company_id: int) -> list[BookingSnapshot]:
    """The news of a seated booking for each seat by itself, with its own answers and reference."""
    people = {person.contact: person for person in whole.attendees}
    return [
        replace(
            whole,
            attendees=(people[contact_of(seat.email)],),
            seat_uid=seat.seat_uid,
            reference=reference.verified(company_id, seat.metadata),
            responses=_labelled(seat.booking_fields_responses or {}),
        )
        for seat in _seats(read)
        if contact_of(seat.email) in people
    ]


def told_at(read: BookingRead) -> datetime | None:
    """When the row was last changed, as far as it says."""
    return read.updated_at or read.created_at


def is_seated(read: BookingRead) -> bool | None:
    """Whether seats are sold. None where nothing tells: a cancelled one lists nobody, nor do seats seen by strangers.

    Only bookings without seats have the form's answers at the top.
    """
    if read.seat_uid or any(attendee.seat_uid for attendee in read.attendees):
        return True
    return False if read.booking_fields_responses is not None else None


def attendee_snapshot(attendee: BookingAttendee, *, is_guest: bool = False) -> AttendeeSnapshot:
    """Somebody who comes."""
    return AttendeeSnapshot(
        name=attendee.name,
        email=email_of(attendee.email),
        phone=phone_of(attendee.phone_number, address=attendee.email),
        time_zone=known_zone(attendee.time_zone),
        locale=attendee.language[:10],
        is_guest=is_guest,
    )


def _people(read: BookingRead, *, seats: list[BookingAttendee], host_emails: Collection[str]) -> list[AttendeeSnapshot]:
    """Who booked, then the guests; of a seated booking the seats."""
    if seats:
        return [attendee_snapshot(seat) for seat in seats]
    booker = normal_email(str((read.booking_fields_responses or {}).get("email") or ""))
    coming = [
        one for one in read.attendees if normal_email(one.email) == booker or normal_email(one.email) not in host_emails
    ]
    coming.sort(key=lambda one: normal_email(one.email) != booker)
    return [attendee_snapshot(one, is_guest=position > 0) for position, one in enumerate(coming)]


def _seats(read: BookingRead) -> list[BookingAttendee]:
    seats = [attendee for attendee in read.attendees if attendee.seat_uid]
    return [seat for seat in seats if seat.seat_uid == read.seat_uid] if read.seat_uid else seats


def _reference(read: BookingRead, seats: list[BookingAttendee], *, company_id: int) -> UUID | None:
    """Ours, verified. Seats carry metadata of their own: those of several people are several bookings."""
    if not seats:
        return reference.verified(company_id, read.metadata)
    return reference.verified(company_id, seats[0].metadata) if len(seats) == 1 else None


def carries(read: BookingRead, wanted: UUID) -> bool:
    """Whether this very reference stands in the booking, or at one of its seats, whoever signed it."""
    return reference.named(read.metadata) == wanted or seat_holding(read, wanted) != ""


def seat_holding(read: BookingRead, wanted: UUID) -> str:
    """The uid of the seat that was booked with this reference; empty where there is none."""
    return next((seat.seat_uid for seat in read.attendees if reference.named(seat.metadata) == wanted), "")


def _replaced(read: BookingRead) -> Replaced | None:
    old = read.rescheduled_from_uid
    return Replaced(uid=old) if old and old != read.uid else None


def _host(read: BookingRead) -> BookingHost | None:
    """The main host; the only one that the API names as such."""
    return next((host for host in read.hosts if host.id is not None), None)


def _labelled(answers: dict[str, Any]) -> dict[str, Any] | None:
    """The answers by slug. The API knows no labels."""
    told = without_made_up(answers)
    return {slug: {"label": slug, "value": value} for slug, value in told.items() if slug not in _NO_ANSWERS} or None


def _metadata(read: BookingRead) -> dict[str, Any] | None:
    return {key: value for key, value in (read.metadata or {}).items() if key not in _NOT_THEIRS} or None
