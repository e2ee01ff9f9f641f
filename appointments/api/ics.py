"""An appointment as a calendar file (RFC 5545), in the zone of its branch, with that zone's rules beside it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from appointments.models import Appointment
from appointments.models.appointment import Status

MEDIA_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"

_STATUS = {
    Status.PENDING: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.REJECTED: "CANCELLED",
}


def calendar_of(row: Appointment, *, zone: ZoneInfo) -> bytes:
    """The file. The uid is ours: Cal.com's holds the booking's, by which anybody can cancel it."""
    calendar = Calendar()
    calendar.add("PRODID", "-//Slotkeeper//Slotkeeper//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add_component(_event(row, zone))
    calendar.add_missing_timezones()
    file: bytes = calendar.to_ical()
    return file


def _event(row: Appointment, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("UID", f"{row.uuid}@slotkeeper")
    event.add("SEQUENCE", row.version)
    event.add("DTSTAMP", _utc(row.updated_at))
    event.add("LAST-MODIFIED", _utc(row.updated_at))
    event.add("DTSTART", row.starts_at.astimezone(zone))
    event.add("DTEND", row.ends_at.astimezone(zone))
    event.add("SUMMARY", row.booking_title)
    event.add("STATUS", _STATUS.get(Status(row.status), "CONFIRMED"))
    if row.booked_staff_name:
        event.add("DESCRIPTION", vText(row.booked_staff_name))
    if place := _place(row):
        event.add("LOCATION", vText(place))
    if row.meeting_url:
        event.add("URL", "".join(row.meeting_url.split()))  # a line break in it would be another property
    return event


def _place(row: Appointment) -> str:
    """Where: what the booking says, else the branch's address."""
    if row.location_value:
        return row.location_value
    if row.branch is None or row.location_type:
        return ""
    town = f"{row.branch.postal_code} {row.branch.city}".strip()
    return ", ".join(part for part in (row.branch.name, row.branch.street, town) if part)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("UTC"))
