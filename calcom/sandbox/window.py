"""How far ahead an event type may be booked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calcom.sandbox.state import EventType, Json

_SATURDAY = 5


def is_within(event_type: EventType, moment: datetime, *, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a slot lies within the booking window, by days of the host's zone."""
    window: Json = event_type.fields.get("bookingWindow") or {}
    kind: str = window.get("type") or ""
    value: Any = window.get("value")
    if window.get("disabled") or not kind:
        return True
    day = moment.astimezone(zone).date()
    if kind == "range":
        return date.fromisoformat(value[0][:10]) <= day <= date.fromisoformat(value[1][:10])
    today = now.astimezone(zone).date()
    return day <= (_business_days_later(today, value) if kind == "businessDays" else today + timedelta(days=value))


def _business_days_later(day: date, count: int) -> date:
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            count -= 1
    return day
