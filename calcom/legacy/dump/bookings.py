"""Appointments: from the predecessor's columns to ours. No database.

What Cal.com told of them is old and without a date: any news of the booking, and any reading of it, replaces it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from appointments.backends import AttendeeSnapshot
from appointments.inbound.registers import rank_of, stamp_of
from appointments.models import Appointment, Attendee
from appointments.models.appointment import LocationType, Source, Status, SyncStatus
from appointments.models.history import Side
from calcom.legacy.dump.catalogue import usual_currency
from calcom.legacy.dump.cells import Cells
from calcom.legacy.dump.drafts import Booking
from calcom.legacy.dump.errors import LeftOut, Unusable
from calcom.legacy.dump.nested import answers, decoded, hosts, people
from calcom.legacy.dump.tables import ENDS, STARTS, Kind
from calcom.mapping.deliveries import redacted
from calcom.mapping.people import known_zone
from companies.models import Company

# A move is no status here, and neither is what the predecessor called the middle of an appointment.
_STATUSES = {
    "pending": Status.PENDING,
    "unconfirmed": Status.PENDING,
    **dict.fromkeys(
        ("scheduled", "confirmed", "booked", "accepted", "in_progress", "rescheduled", "paused"), Status.CONFIRMED
    ),
    "completed": Status.COMPLETED,
    **dict.fromkeys(("cancelled", "canceled"), Status.CANCELLED),
    **dict.fromkeys(("rejected", "declined"), Status.REJECTED),
    **dict.fromkeys(("no_show", "noshow"), Status.NO_SHOW),
}
_LOCATIONS = {
    "video": LocationType.VIDEO,
    "integration": LocationType.VIDEO,
    "phone": LocationType.PHONE,
    "inperson": LocationType.IN_PERSON,
    "in_person": LocationType.IN_PERSON,
    "link": LocationType.LINK,
    "email": LocationType.OTHER,
}
_UIDS = ("calcom_v2_booking_uid", "calcom_booking_uid", "calcom_v2_booking_id")
_IDS = ("calcom_booking_id", "calcom_v2_booking_id")
_FORMER = ("calcom_previous_booking_uid", "rescheduled_from_uid")
_REFERS = {
    "branch": (Kind.BRANCH, "branch_id"),
    "staff": (Kind.STAFF, "staff_id"),
    "service": (Kind.SERVICE, "service_id"),
    "customer": (Kind.CUSTOMER, "customer_id"),
}
_LONGEST = timedelta(days=7)
_IN_METADATA = "cal_com_data"


def appointment(cells: Cells, company: Company) -> Booking:
    """An appointment with its attendees. Where it names no end, `length_min` of its service decides. Raises Unusable
    and LeftOut."""
    if cells.has("deleted_at"):
        raise LeftOut("the predecessor had deleted it")
    payload = _payload(cells)
    row = _row(cells, company, payload)
    has_end = cells.moment(*ENDS) is not None
    if has_end:
        check_times(row)
    _describe(row, cells, payload)
    _note_news(row)
    refers = {name: (kind, key) for name, (kind, column) in _REFERS.items() if (key := cells.key(column))}
    draft = Booking(row, refers, has_end=has_end)
    draft.attendees = [_attendee(company, place, person) for place, person in enumerate(_people(cells, payload))]
    draft.former_uids = _former(cells, row.calcom_booking_uid)
    return draft


def check_times(row: Appointment) -> None:
    """Raises Unusable for an end before the start, or days after it."""
    if row.ends_at <= row.starts_at:
        raise Unusable(f"{ENDS[0]} is not after {STARTS[0]}")
    if row.ends_at - row.starts_at > _LONGEST:
        raise Unusable(f"lasts {(row.ends_at - row.starts_at).days} days")


def attendee_of(company: Company, person: AttendeeSnapshot) -> Attendee:
    """The customer as the only one who attends."""
    return _attendee(company, 0, person)


def _row(cells: Cells, company: Company, payload: dict[str, Any]) -> Appointment:
    status, starts_at = _status(cells), cells.needed_moment(*STARTS)
    booking_id = next((number for name in _IDS if (number := _number(cells, name)) is not None), None)
    uid = next((text for name in _UIDS if (text := _uid(cells, name))), "")
    return Appointment(
        company=company,
        starts_at=starts_at,
        ends_at=cells.moment(*ENDS) or starts_at,
        booking_time_zone=known_zone(cells.cut("booking_timezone", longest=64)) or company.time_zone,
        status=status,
        told_status=Status.CONFIRMED if status in {Status.COMPLETED, Status.NO_SHOW} else status,
        source=Source.IMPORT,
        sync_origin=Side.SYSTEM,
        calcom_booking_id=booking_id,
        calcom_booking_uid=uid,
        calcom_event_type_id=cells.whole("calcom_event_type_id"),
        calcom_host_id=cells.whole("calcom_host_id"),
        payload=payload,
        sync_status=SyncStatus.SYNCED if uid else SyncStatus.NOT_APPLICABLE,
        requires_manual_review=cells.flag("requires_manual_review"),
    )


def _describe(row: Appointment, cells: Cells, payload: dict[str, Any]) -> None:
    """What is good to know of it."""
    metadata = cells.json("booking_metadata")
    metadata = dict(metadata) if isinstance(metadata, dict) else {}
    title = metadata.pop("title", None)
    row.hosts = hosts(metadata.pop("hosts", None))
    row.booking_metadata = redacted(metadata)
    row.title = cells.cut("title", longest=500) or (title.strip()[:500] if isinstance(title, str) else "")
    row.responses = redacted(answers(cells.json("responses")))
    row.location_type = _LOCATIONS.get(cells.cut("location_type", longest=50).lower(), "")
    row.location_value = cells.cut("location_value", longest=1000)
    url = cells.cut("meeting_url", longest=1000)
    row.meeting_url = url if url.startswith(("http://", "https://")) else ""
    row.is_recurring = cells.flag("is_recurring")
    row.recurring_event_id = cells.cut("recurring_event_id", longest=200)
    row.cancellation_reason = cells.cut("cancellation_reason", longest=20_000)
    row.rejected_reason = cells.cut("rejected_reason", "rejection_reason", longest=20_000)
    row.cancelled_by = cells.cut("cancelled_by", longest=254)
    row.previous_starts_at = cells.loose_moment("previous_starts_at")
    row.rescheduled_at = cells.loose_moment("rescheduled_at")
    row.rescheduled_by = cells.cut("rescheduled_by", longest=254)
    row.reschedule_count = cells.whole("rescheduled_count", "reschedule_count", highest=10_000) or 0
    row.booked_price, currency = cells.money("price")
    row.booked_currency = (currency or usual_currency(row.company)) if row.booked_price is not None else ""


def _note_news(row: Appointment) -> None:
    """Stamps without a date for all that it tells (see appointments.inbound.registers)."""
    filled = {
        "title": row.title,
        "event_type": row.calcom_event_type_id,
        "host": row.calcom_host_id,
        "location": row.location_type or row.location_value,
        "meeting_url": row.meeting_url,
        "responses": row.responses,
        "metadata": row.booking_metadata,
        "price": row.booked_price is not None,
        "recurring": row.is_recurring,
        "series": row.recurring_event_id,
        "moved": row.rescheduled_at,
        "payload": row.payload,
        "ended": row.status == Status.COMPLETED,
    }
    stamp = stamp_of(None, rank=rank_of(row.told_status))
    row.news = {name: list(stamp) for name in ("status", "times", *(name for name, value in filled.items() if value))}


def _status(cells: Cells) -> Status:
    text = cells.text("status", longest=50).lower().replace("-", "_").replace(" ", "_")
    if not text:
        raise Unusable("status is empty")
    if text not in _STATUSES:
        raise Unusable(f"there is no status “{text}”: {', '.join(sorted(_STATUSES))}")
    return _STATUSES[text]


def _number(cells: Cells, name: str) -> int | None:
    """A booking id; the predecessor kept ids and uids in the same columns."""
    text = cells.key(name)
    return cells.whole(name) if text.isascii() and text.isdecimal() else None


def _uid(cells: Cells, name: str) -> str:
    text = cells.text(name, longest=200)
    return "" if text.isascii() and text.isdecimal() else text


def _former(cells: Cells, current: str) -> list[str]:
    uids = (_uid(cells, name) for name in _FORMER)
    return list(dict.fromkeys(uid for uid in uids if uid and uid != current))


def _payload(cells: Cells) -> dict[str, Any]:
    """What Cal.com once sent, without its passwords; another generation kept it among its own metadata."""
    found = cells.json("payload")
    if found is None:
        metadata = cells.json("metadata")
        found, _reason = decoded(metadata.get(_IN_METADATA)) if isinstance(metadata, dict) else (None, "")
    return redacted(found) if isinstance(found, dict) else {}


def _people(cells: Cells, payload: dict[str, Any]) -> list[AttendeeSnapshot]:
    inner = payload.get("payload")
    told = inner if isinstance(inner, dict) else payload
    return people(cells.json("attendees")) or people(told.get("attendees"))


def _attendee(company: Company, place: int, person: AttendeeSnapshot) -> Attendee:
    return Attendee(
        company=company,
        position=place,
        name=person.name,
        email=person.email,
        phone=person.phone,
        time_zone=person.time_zone,
        locale=person.locale,
        is_guest=person.is_guest,
    )
