"""Whether an appointment of the dump is here already, and what it takes over from the rows it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from appointments.models import Appointment, FormerUid, Service
from appointments.models.appointment import Status
from calcom.legacy.dump.book import Book
from calcom.legacy.dump.bookings import check_times
from calcom.legacy.dump.drafts import Booking, Refusals
from calcom.legacy.dump.errors import Unusable
from calcom.legacy.dump.tables import ENDS, Kind

_TWICE = "is the same booking at Cal.com as another row that was brought over"


def appointments(drafts: Sequence[Booking], book: Book) -> Refusals:
    """By the booking's uid, or one it had before; by its number and start together."""
    refused: Refusals = {}
    for draft in drafts:
        try:
            _end(draft)
        except Unusable as error:
            refused[draft] = str(error)
    good = [draft for draft in drafts if draft not in refused]
    uids, numbers = _present(good, book)
    claimed = book.claimed(Kind.APPOINTMENT, {*uids.values(), *numbers.values()})
    for draft in good:
        row = draft.row
        draft.found_id = uids.get(row.calcom_booking_uid) or numbers.get((row.calcom_booking_id, row.starts_at))
        if not _claims(draft, book) or draft.found_id in claimed:
            refused[draft] = _TWICE
        elif draft.found_id is None:
            _claim_former(draft, uids, book)
    return refused


def _end(draft: Booking) -> None:
    """The end where the row names none: the service's length later."""
    row = draft.row
    if not draft.has_end:
        if draft.length_min is None:
            raise Unusable(f"{ENDS[0]} is empty, and no service tells the length")
        row.ends_at = row.starts_at + timedelta(minutes=draft.length_min)
    check_times(row)
    row.booked_duration_min = round((row.ends_at - row.starts_at).total_seconds() / 60)
    if row.status == Status.COMPLETED:
        row.meeting_ended_at = row.ends_at


def _present(drafts: Sequence[Booking], book: Book) -> tuple[dict[str, int], dict[tuple[int | None, datetime], int]]:
    """Our appointments by uid, also by those their bookings had before, and by number and start."""
    rows = Appointment.objects.for_company(book.company)
    uids = {draft.row.calcom_booking_uid for draft in drafts} | {uid for draft in drafts for uid in draft.former_uids}
    uids.discard("")
    by_uid: dict[str, int] = {}
    if uids:
        formers = FormerUid.objects.for_company(book.company).filter(uid__in=uids)
        by_uid = dict(formers.values_list("uid", "appointment_id"))
        by_uid |= dict(rows.filter(calcom_booking_uid__in=uids).values_list("calcom_booking_uid", "pk"))
    numbered = [draft.row for draft in drafts if draft.row.calcom_booking_id is not None]
    if not numbered:
        return by_uid, {}
    same = rows.filter(
        starts_at__in={row.starts_at for row in numbered},
        calcom_booking_id__in={row.calcom_booking_id for row in numbered},
    )
    return by_uid, {
        (number, start): pk for number, start, pk in same.values_list("calcom_booking_id", "starts_at", "pk")
    }


def _claims(draft: Booking, book: Book) -> bool:
    """Whether no other row of the dump is this booking."""
    row = draft.row
    claims = [("uid", row.calcom_booking_uid)] if row.calcom_booking_uid else []
    if row.calcom_booking_id is not None:
        claims.append(("number", f"{row.calcom_booking_id} {row.starts_at.isoformat()}"))
    if any(book.is_claimed(name, value) for name, value in claims):
        return False
    return all(book.claim(name, value, draft) for name, value in claims)


def _claim_former(draft: Booking, uids: dict[str, int], book: Book) -> None:
    """Uids from before a move that no other row is known by: those are joined when Cal.com tells of them."""
    free = [uid for uid in draft.former_uids if uid not in uids and book.claim("uid", uid, draft)]
    for uid in draft.former_uids:
        if uid not in free:
            draft.remarks.append("its booking before a move is a row of its own; look at both")
    draft.former_uids = free


def lengths(services: Mapping[str, Any]) -> dict[str, int]:
    """The length in minutes of each service by its old key: of ours, and of those that a dry run would make."""
    ids = {value for value in services.values() if isinstance(value, int)}
    ours = dict(Service.objects.filter(pk__in=ids).values_list("pk", "duration_min")) if ids else {}
    planned = {key: value.duration_min for key, value in services.items() if isinstance(value, Service)}
    return planned | {key: ours[value] for key, value in services.items() if isinstance(value, int) and value in ours}
