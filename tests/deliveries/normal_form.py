"""What a company's deliveries add up to, without what depends on the order of their arrival."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from appointments.models import Appointment
from companies.models import Company


def normal_form(company: Company) -> list[dict[str, Any]]:
    """The company's appointments, sorted by their current uid."""
    rows = Appointment.objects.for_company(company).prefetch_related("former_uids", "attendees")
    return sorted((_entry(row) for row in rows), key=lambda entry: str(entry["uid"]))


def _entry(row: Appointment) -> dict[str, Any]:
    return {
        "uid": row.calcom_booking_uid,
        "uids": sorted([row.calcom_booking_uid, *(former.uid for former in row.former_uids.all())]),
        "status": str(row.status),
        "starts_at": _utc(row.starts_at),
        "ends_at": _utc(row.ends_at),
        "attendees": sorted([who.email, str(who.state), who.no_show] for who in row.attendees.all()),
        "review": row.requires_manual_review,
    }


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


_COLUMNS = (
    "calcom_booking_uid",
    "title",
    "service_id",
    "staff_id",
    "calcom_event_type_id",
    "calcom_host_id",
    "hosts",
    "responses",
    "booking_metadata",
    "location_type",
    "location_value",
    "meeting_url",
    "recording_url",
    "is_seated",
    "is_recurring",
    "cancellation_reason",
    "rejected_reason",
    "cancelled_by",
    "previous_starts_at",
    "rescheduled_by",
    "reschedule_count",
    "booked_price",
    "booked_currency",
    "booked_duration_min",
    "booked_customer_name",
    "customer__email",
)


def full_form(company: Company) -> list[dict[str, Any]]:
    """All that people read of the company's appointments: nobody wrote it down, but every order must give the same."""
    rows = Appointment.objects.for_company(company).order_by("calcom_booking_uid")
    return list(rows.values(*_COLUMNS))
