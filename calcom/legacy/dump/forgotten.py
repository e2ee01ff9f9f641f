"""People whose data was erased here, or whom the predecessor had deleted, do not come back with a dump.

A customer is left out. Of an appointment of theirs is taken over when it is, with whom here, and its booking.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from appointments import tombstones
from appointments.models import Attendee, Customer
from calcom.legacy.dump.drafts import Booking, Draft
from calcom.legacy.dump.tables import ENDS, STARTS
from companies.models import Company
from companies.privacy.redaction import ERASED

WAS_ERASED = "was erased here; left out"
WITHOUT = "of somebody who was erased or deleted; taken over without anything personal"

_NEUTRAL = {
    "id",
    "company_id",
    "branch_id",
    "staff_id",
    "service_id",
    "customer_id",
    *STARTS,
    *ENDS,
    "status",
    "calcom_booking_id",
    "calcom_v2_booking_id",
    "calcom_v2_booking_uid",
    "calcom_booking_uid",
    "calcom_event_type_id",
    "calcom_host_id",
}
_TEXTS = (
    "title",
    "location_value",
    "meeting_url",
    "cancellation_reason",
    "rejected_reason",
    "cancelled_by",
    "rescheduled_by",
)
_REGISTERS = ("title", "location", "meeting_url", "responses", "metadata", "payload")


def erased(company: Company, drafts: Sequence[Draft[Any]]) -> list[Draft[Any]]:
    """The customers who were erased, and the appointments that such people attend. One query where nobody ever was."""
    contacts = {draft: list(_contacts(draft)) for draft in drafts}
    if not any(contacts.values()) or not tombstones.are_any(company):
        return []
    known = tombstones.erased_among(company, {text for pairs in contacts.values() for pair in pairs for text in pair})
    return [
        draft
        for draft, pairs in contacts.items()
        if any(known.knows(email=email, phone=phone) is not None for email, phone in pairs)
    ]


def make_neutral(draft: Booking) -> None:
    """Keep nothing that tells of a person."""
    row = draft.row
    for name in _TEXTS:
        setattr(row, name, "")
    row.responses, row.booking_metadata, row.payload = {}, {}, {}
    row.customer_id = None
    for register in _REGISTERS:
        row.news.pop(register, None)
    draft.attendees = [Attendee(company_id=row.company_id, name=ERASED)]
    draft.data = {name: value for name, value in draft.data.items() if name in _NEUTRAL}
    draft.remarks.append(WITHOUT)


def _contacts(draft: Draft[Any]) -> list[tuple[str, str]]:
    """Pairs of e-mail address and phone number."""
    if isinstance(draft, Booking):
        return [(one.email, one.phone) for one in draft.attendees]
    return [(draft.row.email, str(draft.row.phone))] if isinstance(draft.row, Customer) else []
