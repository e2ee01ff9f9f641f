"""Examples for every operation. They work against the demo data, whose first company has these ids.

Their days lie in a week that is moved to the one after next whenever the schema is read: see up_to_date().
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample

SERVICE_ID, STAFF_ID, BRANCH_ID = 2, 2, 1
_WEEK = date(2027, 1, 11)  # a Monday; examples name days of this week
_SOME_DAY = re.compile(r"2027-01-(1[1-7])")
_ID = "0b8f6f2e-6d0c-4a5e-9d0c-2f6f1d7f1c11"
_HOLD_ID = "3f0e2c1a-7b54-4a0c-8f38-5c0f6f1f9a22"
_SERIES_ID = "9a4b7c1e-1f2d-4e3c-8b5a-6d7e8f901234"


def up_to_date(result: Any, **_kwargs: Any) -> Any:
    """The schema with the examples' week moved to the week after next. Named in SPECTACULAR_SETTINGS."""
    today = timezone.localdate()
    monday = today + timedelta(days=14 - today.weekday())
    return moved(result, monday - _WEEK)


def moved(told: Any, shift: timedelta) -> Any:
    """The same with all days of the examples' week moved."""
    if isinstance(told, dict):
        return {name: moved(value, shift) for name, value in told.items()}
    if isinstance(told, list):
        return [moved(value, shift) for value in told]
    if isinstance(told, str):
        return _SOME_DAY.sub(lambda match: str(date.fromisoformat(match[0]) + shift), told)
    return told


def asks(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


def tells(name: str, value: Any, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


def in_address(**values: Any) -> list[OpenApiExample]:
    return [OpenApiExample(f"{name} {value}", value, parameter_only=(name, "query")) for name, value in values.items()]


SERVICE = tells(
    "A service",
    {
        "id": SERVICE_ID,
        "name": "Trockenschnitt",
        "description": "",
        "duration_min": 30,
        "buffer_before_min": 0,
        "buffer_after_min": 0,
        "notice_min": 0,
        "price": "25.00",
        "currency": "EUR",
        "requires_confirmation": False,
        "staff": [1, 2, 4, 5],
        "is_active": True,
    },
)
CUSTOMER = tells(
    "A customer",
    {
        "id": 1,
        "name": "Rita Reserviert",
        "email": "rita.reserviert@example.com",
        "phone": "+493023125000",
        "language": "de",
        "notes": "",
        "created_at": "2026-12-01T09:00:00Z",
    },
)

_SYNC = {
    "status": "pending",
    "error": "",
    "attempts": 0,
    "verified_at": None,
    "needs_staff": False,
    "needs_second_look": False,
}
TIMES = {
    "starts_at": "2027-01-12T10:00:00Z",
    "ends_at": "2027-01-12T10:30:00Z",
    "starts_at_local": "2027-01-12T11:00:00+01:00",
    "ends_at_local": "2027-01-12T11:30:00+01:00",
}
_SERVICE = {"id": SERVICE_ID, "name": "Trockenschnitt"}
STAFF = {"id": STAFF_ID, "name": "Stylist Bruno"}
_BRANCH = {"id": BRANCH_ID, "name": "Zentrale"}
_APPOINTMENT: dict[str, Any] = {
    "id": _ID,
    "version": 1,
    "status": "confirmed",
    "sync": _SYNC,
    "title": "Trockenschnitt",
    "service": _SERVICE,
    "staff": STAFF,
    "branch": _BRANCH,
    "customer": {"id": 1, "name": "Rita Reserviert"},
    "attendees": [
        {
            "id": 1,
            "customer": 1,
            "name": "Rita Reserviert",
            "email": "rita.reserviert@example.com",
            "phone": "+493023125000",
            "is_guest": False,
            "state": "active",
            "no_show": False,
        }
    ],
    **TIMES,
    "time_zone": "Europe/Berlin",
    "location": {"type": "in_person", "value": "Musterstraße 1, 10115 Berlin"},
    "meeting_url": "",
    "price": {"amount": "25.00", "currency": "EUR"},
    "answers": {},
    "source": "api",
    "series": None,
    "is_seated": False,
    "is_double_booked": False,
    "cancellation_reason": "",
    "rejected_reason": "",
    "reschedule_count": 0,
    "previous_starts_at": None,
    "possible": ["reschedule", "cancel", "no-show", "complete"],
    "created_at": "2026-12-01T09:00:00Z",
    "updated_at": "2026-12-01T09:00:00Z",
}
APPOINTMENT = tells("An appointment", _APPOINTMENT)
BOOKED = OpenApiExample("Booked", {**_APPOINTMENT, "availability": "available"}, response_only=True)
SEVERAL = tells("Several", {"results": [_APPOINTMENT]})
_PERSON = {"name": "Rita Reserviert", "email": "rita.reserviert@example.com", "phone": "+49 30 23125000"}
BOOK = asks(
    "On a Tuesday, by whoever is free",
    {
        "service": SERVICE_ID,
        "starts_at": "2027-01-12T11:00:00",
        "time_zone": "Europe/Berlin",
        "attendees": [_PERSON],
        "notes": "Wie beim letzten Mal.",
    },
)
BOOK_HELD = asks("What is held", {"hold": _HOLD_ID, "attendees": [_PERSON]})
SERIES = asks(
    "Four times, every two weeks",
    {
        "service": SERVICE_ID,
        "starts_at": "2027-01-13T15:00:00",
        "time_zone": "Europe/Berlin",
        "count": 4,
        "every_weeks": 2,
        "attendees": [_PERSON],
    },
)
SERIES_BOOKED = tells(
    "Booked",
    {
        "series": _SERIES_ID,
        "availability": "available",
        "results": [{**_APPOINTMENT, "series": _SERIES_ID}],
    },
    status=201,
)
RESCHEDULE = asks(
    "Another day",
    {"starts_at": "2027-01-14T16:00:00", "time_zone": "Europe/Berlin", "reason": "Dienstplan geändert"},
)
CANCEL = asks("With a reason", {"reason": "Kind hat Fieber"})
DECLINE = asks("With a reason", {"reason": "Leider voll an diesem Tag."})
CHANGE_NOTHING = asks("As it is", {})
NO_SHOW = asks("Nobody came", {})
CHANGE = tells(
    "Moved",
    {
        "id": 7,
        "action": "moved",
        "side": "api",
        "actor": "key:Xk3pQ9aB",
        "reason": "Dienstplan geändert",
        "occurred_at": "2026-12-01T09:00:00Z",
        "recorded_at": "2026-12-01T09:00:00Z",
        "details": {"starts_at": ["2027-01-12T10:00:00+00:00", "2027-01-14T15:00:00+00:00"]},
    },
)
SYNC = tells(
    "Not told yet",
    {
        **_SYNC,
        "id": _ID,
        "version": 1,
        "calcom_booking_id": None,
        "changes": [
            {
                "version": 1,
                "operation": "create",
                "state": "pending",
                "trouble": "",
                "error": "",
                "attempts": 0,
                "reason": "",
                "created_at": "2026-12-01T09:00:00Z",
                "next_at": "2026-12-01T09:00:00Z",
                "finished_at": None,
            }
        ],
    },
)

_HELD: dict[str, Any] = {
    "id": _HOLD_ID,
    "service": _SERVICE,
    "staff": STAFF,
    "branch": _BRANCH,
    **TIMES,
    "time_zone": "Europe/Berlin",
    "length_min": 30,
    "expires_at": "2026-12-01T09:05:00Z",
    "is_live": True,
    "is_reserved": False,
    "holder": "key:Xk3pQ9aB",
    "created_at": "2026-12-01T09:00:00Z",
}
HELD = tells("Held for five minutes", _HELD)
HELD_NOW = tells("Held since now", {**_HELD, "availability": "available"}, status=201)
HOLD = asks(
    "Five minutes",
    {
        "service": SERVICE_ID,
        "staff": STAFF_ID,
        "starts_at": "2027-01-12T17:00:00",
        "time_zone": "Europe/Berlin",
        "minutes": 5,
    },
)
EXTEND = asks("Ten minutes from now", {"minutes": 10})
