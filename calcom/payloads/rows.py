"""Appointments as extraction reads them: a batch at a time, in the order of their ids, below Django's ORM.

A batch is one statement. Each row comes with its xmin, the transaction that wrote it last: what is made of the row is
written only if nobody has touched it meanwhile, so nothing is locked while payloads are read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import connection

from appointments.models.appointment import LocationType, Status

if TYPE_CHECKING:
    from companies.models import Company

JSON_COLUMNS = ("responses", "booking_metadata", "hosts")
PLAIN_COLUMNS = (
    "calcom_host_id",
    "location_type",
    "location_value",
    "meeting_url",
    "is_recurring",
    "recurring_event_id",
    "recording_url",
    "cancellation_reason",
    "rejected_reason",
    "cancelled_by",
    "is_seated",
    "customer_id",
    "booked_customer_name",
)
COLUMNS = (*JSON_COLUMNS, *PLAIN_COLUMNS)
_KNOWN = ("id", "xmin::text", "calcom_booking_uid", "calcom_booking_id", "starts_at", "ends_at", "status", "series_id")
_EMPTY = {"{}", "[]"}
_ATTENDED = "EXISTS (SELECT FROM appointments_attendee attendee WHERE attendee.appointment_id = appointment.id)"
_SELECT = f"""
    SELECT {", ".join(f"appointment.{name}" for name in (*_KNOWN, "news", "payload", *COLUMNS))}, {_ATTENDED}
    FROM appointments_appointment appointment WHERE appointment.company_id = %s
"""  # noqa: S608 - names of columns
_NEXT = f"{_SELECT} AND appointment.id > %s ORDER BY appointment.id LIMIT %s"
_THESE = f"{_SELECT} AND appointment.id = ANY(%s) ORDER BY appointment.id"


@dataclass
class Row:
    """One appointment. `values` holds the columns, those of JSON still as text; `changes` what is to be written."""

    pk: int
    seen: str
    uid: str
    booking_id: int | None
    starts_at: datetime
    ends_at: datetime
    status: str
    series_id: Any
    news_text: str
    payload_text: str
    values: dict[str, Any]
    is_attended: bool
    changes: dict[str, Any] = field(default_factory=dict)
    replaced: dict[str, list[Any]] = field(default_factory=dict)
    has_new_news: bool = False
    refused: str = ""

    @cached_property
    def news(self) -> dict[str, Any]:
        """See appointments.inbound.registers."""
        found: dict[str, Any] = json.loads(self.news_text)
        return found

    @property
    def payload(self) -> Any:
        """What was stored of the booking, as it was told."""
        return json.loads(self.payload_text)

    def value(self, column: str) -> Any:
        """The column as it will be."""
        if column in self.changes:
            return self.changes[column]
        value = self.values[column]
        return json.loads(value) if column in JSON_COLUMNS else value

    def lacks(self, column: str) -> bool:
        """Whether nothing stands there, nor will."""
        value = self.changes.get(column, self.values[column])
        return not value or (isinstance(value, str) and value in _EMPTY)

    def gaps(self) -> dict[str, bool]:
        """By the columns of appointments.completeness that apply to this one: whether it lacks them."""
        found = {"attendees": not self.is_attended, "location": self.lacks("location_type")}
        if self.uid or self.booking_id is not None:
            found["responses"] = self.lacks("responses")
            found["metadata"], found["hosts"] = self.lacks("booking_metadata"), self.lacks("hosts")
        if not self.lacks("is_recurring"):
            found["recurrence"] = self.lacks("recurring_event_id") and self.series_id is None
        if self.status in {Status.CANCELLED, Status.REJECTED}:
            found["reasons"] = self.lacks(
                "cancellation_reason" if self.status == Status.CANCELLED else "rejected_reason"
            )
        if self.value("location_type") == LocationType.VIDEO:
            found["meeting_url"] = self.lacks("meeting_url")
        return found


def batches(company: Company, *, size: int) -> Iterator[list[Row]]:
    """All appointments of the company, at most `size` at a time."""
    last = 0
    while rows := _read(_NEXT, company.pk, last, size):
        last = rows[-1].pk
        yield rows


def these(company: Company, ids: Collection[int]) -> list[Row]:
    """The company's appointments of these ids, as they are now."""
    return _read(_THESE, company.pk, list(ids)) if ids else []


def _read(query: str, *params: Any) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        found = cursor.fetchall()
    return [_row(list(values)) for values in found]


def _row(values: list[Any]) -> Row:
    known = len(_KNOWN) + 2
    columns = dict(zip(COLUMNS, values[known:-1], strict=True))
    return Row(*[*values[:known], columns, values[-1]])
