"""A webhook body becomes news."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError

from appointments.backends import (
    AbsenceNews,
    AttendeeSnapshot,
    BookingSnapshot,
    News,
    RecordingNews,
    Replaced,
    SeatChange,
)
from appointments.customers import normal_email
from appointments.models.appointment import Status
from calcom import reference
from calcom.errors import InvalidDelivery
from calcom.locations import location_of, meeting_url_of
from calcom.mapping.people import contact_of, email_of, known_zone, phone_of, without_made_up
from calcom.money import major_units
from calcom.schemas.base import Wire
from calcom.schemas.deliveries import AbsenceBody, BookingBody, Person, RecordingBody

W = TypeVar("W", bound=Wire)

_SECRET_KEYS = {"oneTimePassword", "password"}
_NOT_THEIRS = {"videoCallUrl", reference.KEY}
_STATUSES = {
    "ACCEPTED": Status.CONFIRMED,
    "PENDING": Status.PENDING,
    "REJECTED": Status.REJECTED,
    "CANCELLED": Status.CANCELLED,
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one trigger's body is read. `status` None: as the body says; see BookingSnapshot for the weak ones.

    `keeps_payload`: the news carries the body, to be stored; not where it comes from what is stored.
    """

    status: Status | None
    is_status_weak: bool = False
    are_details_weak: bool = False
    is_undated: bool = False
    has_ended: bool = False
    keeps_payload: bool = True


def snapshot(
    payload: dict[str, Any],
    reading: Reading,
    *,
    sent_at: datetime | None,
    delivery_id: UUID | None,
    company_id: int | None = None,
) -> BookingSnapshot:
    """The booking that a BOOKING_* or MEETING_* body describes. Raises InvalidDelivery.

    `company_id`: whose secret signed it; while that is not known, no reference in it is believed.
    """
    body = _validated(BookingBody, payload)
    return replace(
        _booking(body, reading, as_of=None if reading.is_undated else sent_at),
        reference=None if company_id is None else reference.verified(company_id, body.metadata),
        payload=redacted(payload) if reading.keeps_payload else {},
        delivery_id=delivery_id,
    )


def _booking(body: BookingBody, reading: Reading, *, as_of: datetime | None) -> BookingSnapshot:
    """What the body alone says."""
    status, is_status_weak, seat_change = _status(body, reading)
    organizer = body.organizer or body.user
    return BookingSnapshot(
        uid=body.uid,
        booking_id=body.booking_id,
        status=status,
        is_status_weak=is_status_weak,
        are_details_weak=reading.are_details_weak,
        starts_at=body.start_time,
        ends_at=body.end_time,
        as_of=as_of,
        is_move=_is_move(body, status),
        replaces=_replaced(body),
        rescheduled_by=contact_of(body.rescheduled_by),
        ical_uid=body.ical_uid,
        ical_sequence=body.ical_sequence,
        event_type_id=body.event_type_id,
        host_id=None if organizer is None else organizer.id,
        hosts=_hosts(body, organizer),
        attendees=tuple(_attendee(person, is_guest=index > 0) for index, person in enumerate(body.attendees)),
        is_seated=body.seats_per_time_slot is not None if body.tells_seats else None,
        seat_change=seat_change,
        seat_uid=body.attendee_seat_id,
        title=body.title,
        time_zone=_zone(body),
        location=location_of(body),
        meeting_url=meeting_url_of(body),
        responses=without_made_up(body.responses) if body.responses else body.responses,
        metadata=_metadata(body),
        is_recurring=bool(body.recurring_event) or bool(body.recurring_event_id),
        ends_series=status == Status.CANCELLED and bool(body.recurring_event),
        recurring_event_id=body.recurring_event_id,
        cancellation_reason=body.cancellation_reason,
        rejected_reason=body.rejection_reason,
        cancelled_by=contact_of(body.cancelled_by),
        price=_price(body),
        currency=body.currency.upper(),
        has_ended=reading.has_ended,
    )


def absences(payload: dict[str, Any], *, sent_at: datetime | None, delivery_id: UUID | None) -> AbsenceNews:
    """Who did not come, from BOOKING_NO_SHOW_UPDATED. Raises InvalidDelivery."""
    body = _validated(AbsenceBody, payload)
    marked = {contact_of(person.email): person.no_show for person in body.attendees}
    return AbsenceNews(uid=body.booking_uid, absences=marked, as_of=sent_at, delivery_id=delivery_id)


def recording(payload: dict[str, Any], *, sent_at: datetime | None, delivery_id: UUID | None) -> RecordingNews:
    """Where a recording can be fetched, from RECORDING_READY. Raises InvalidDelivery."""
    body = _validated(RecordingBody, payload)
    return RecordingNews(uid=body.uid, url=body.download_link, as_of=sent_at, delivery_id=delivery_id)


def says_too_little(news: News) -> bool:
    """Whether the booking has to be read to know what happened: one seat or all, which of a series, moved from where.

    A move that has to be confirmed does not name the booking it replaces.
    """
    if not isinstance(news, BookingSnapshot):
        return False
    is_unlinked = news.is_move and news.replaces is None
    return news.ends_series or news.seat_change is SeatChange.PERHAPS_LEFT or is_unlinked


def redacted(value: Any) -> Any:
    """A copy of a body without the passwords in it: whoever has them may act without a login."""
    if isinstance(value, dict):
        return {key: "…" if key in _SECRET_KEYS and item is not None else redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value


def _validated(model: type[W], payload: dict[str, Any]) -> W:
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in problem['loc']) or 'payload'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidDelivery("; ".join(problems[:5])) from error


def _status(body: BookingBody, reading: Reading) -> tuple[Status, bool, SeatChange]:
    """The status told, whether it is weak, and what happened to the seats of the attendees listed.

    A cancellation of a seated booking lists everybody, and then it is off; or one person, and then the booking may
    live on for others. Only the raw row of the seats' table tells for certain that one seat was meant.
    """
    status = reading.status or _STATUSES.get(body.status.upper(), Status.CONFIRMED)
    if status != Status.CANCELLED or body.seats_per_time_slot is None:
        return status, reading.is_status_weak, SeatChange.JOINED
    if len(body.attendees) != 1:
        return status, reading.is_status_weak, SeatChange.LEFT
    change = SeatChange.LEFT if body.attendees[0].is_seat_row else SeatChange.PERHAPS_LEFT
    return Status.CONFIRMED, True, change


def _is_move(body: BookingBody, status: Status) -> bool:
    """Whether the whole booking moved: not so when one seat of it did. Asking for a move only raises the sequence."""
    if body.seats_per_time_slot is not None:
        return False
    return bool(body.reschedule_uid) or (status == Status.PENDING and (body.ical_sequence or 0) > 0)


def _replaced(body: BookingBody) -> Replaced | None:
    if not body.reschedule_uid or body.reschedule_uid == body.uid:
        return None
    return Replaced(uid=body.reschedule_uid, booking_id=body.reschedule_id, starts_at=body.reschedule_start_time)


def _attendee(person: Person, *, is_guest: bool) -> AttendeeSnapshot:
    return AttendeeSnapshot(
        name=person.name,
        email=email_of(person.email),
        phone=phone_of(person.phone_number, address=person.email),
        time_zone=person.time_zone,
        locale=person.language.locale,
        is_guest=is_guest,
    )


def _hosts(body: BookingBody, organizer: Person | None) -> list[dict[str, Any]] | None:
    """The organizer first, then the other members of the team; None where the body names nobody."""
    if organizer is None:
        return None
    people = [organizer, *(body.team.members if body.team else [])]
    return [{"id": person.id, "name": person.name, "email": normal_email(person.email)} for person in people]


def _zone(body: BookingBody) -> str:
    """The zone the customer booked in, where it is one that this machine knows."""
    return known_zone(body.attendees[0].time_zone) if body.attendees else ""


def _metadata(body: BookingBody) -> dict[str, Any] | None:
    """What the customer's side attached; Cal.com's own video URL is kept as the meeting URL, our reference as such."""
    return {key: value for key, value in (body.metadata or {}).items() if key not in _NOT_THEIRS} or None


def _price(body: BookingBody) -> Decimal | None:
    """The price Cal.com took, in major units."""
    return major_units(body.price, body.currency)
