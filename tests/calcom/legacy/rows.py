"""Rows as the predecessor left them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from appointments.models import Appointment, AppointmentChange, Attendee
from calcom.legacy.runs import record_created
from calcom.models import LegacyRun
from companies.models import Company
from tests.calcom.remote import monday

HALF_AN_HOUR = timedelta(minutes=30)


def old_appointment(company: Company, number: int | None, at: datetime | None = None, **facts: Any) -> Appointment:
    """An appointment that knows only the number of its booking."""
    starts_at = at or monday()
    told = {
        "starts_at": starts_at,
        "ends_at": starts_at + HALF_AN_HOUR,
        "status": "confirmed",
        "told_status": "confirmed",
        "source": "import",
        "sync_origin": "system",
        "sync_status": "not_applicable",
        "calcom_booking_id": number,
    }
    return Appointment.objects.create(company=company, **(told | facts))


def v1_booking(number: int, uid: str, at: datetime | None = None, **facts: Any) -> dict[str, Any]:
    """A booking as API v1 answered."""
    starts_at = at or monday()
    return {
        "id": number,
        "userId": 4101,
        "description": "",
        "eventTypeId": 88012,
        "uid": uid,
        "title": "Erstgespräch",
        "startTime": starts_at.isoformat(),
        "endTime": (starts_at + HALF_AN_HOUR).isoformat(),
        "attendees": [
            {"id": 9, "email": "tomas@example.net", "name": "Tomas Vogel", "timeZone": "UTC", "locale": "de"}
        ],
        "user": {"email": "mira@example.org", "name": "Mira Keller", "timeZone": "Europe/Berlin", "locale": "de"},
        "metadata": {"videoCallUrl": "https://meet.example.com/x", "note": "Hund"},
        "payment": [{"id": 1, "success": True}],
        "status": "ACCEPTED",
        "responses": {"email": "tomas@example.net", "name": "Tomas Vogel", "branche": "Handwerk"},
        "fromReschedule": None,
        "createdAt": "2026-10-30T10:00:00.000Z",
    } | facts


def brought(run: LegacyRun, **facts: Any) -> Appointment:
    """An appointment as the dump's import makes it, with its history, recorded."""
    row = old_appointment(run.company, 5, **facts)
    Attendee.objects.create(company=run.company, appointment=row, name="Ida")
    history(row)
    record_created(run, [row])
    return row


def history(row: Appointment, side: str = "system") -> None:
    """Somebody was at it."""
    AppointmentChange.objects.create(
        company=row.company, appointment=row, action="created", side=side, occurred_at=monday()
    )
