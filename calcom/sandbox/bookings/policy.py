"""What an event type says about its bookings, read from the API's own output names."""

from __future__ import annotations

from datetime import datetime, timedelta

from calcom.sandbox.state import EventType, Json, User

VIDEO = "integrations:daily"

_MINUTES = {"minutes": 1, "hours": 60, "days": 1440}
_FREQUENCIES = {"yearly": 0, "monthly": 1, "weekly": 2, "daily": 3}


def seat_limit(event_type: EventType | None) -> int | None:
    """Seats of one slot; None for types that are not seated."""
    seats = _switched(event_type, "seats")
    return int(seats["seatsPerTimeSlot"]) if seats.get("seatsPerTimeSlot") else None


def shows_attendees(event_type: EventType | None) -> bool:
    """Whether those who booked a seat see each other."""
    return bool(_switched(event_type, "seats").get("showAttendeeInfo", False))


def shows_availability_count(event_type: EventType | None) -> bool:
    """Whether slots say how many seats are left."""
    return bool(_switched(event_type, "seats").get("showAvailabilityCount", True))


def recurrence(event_type: EventType | None) -> Json | None:
    """{interval, occurrences, frequency} of a recurring type."""
    return _switched(event_type, "recurrence") or None


def recurring_event(event_type: EventType | None) -> Json | None:
    """The recurrence as webhooks and the old version write it: numbers of the rrule standard."""
    rule = recurrence(event_type)
    if rule is None:
        return None
    return {"freq": _FREQUENCIES[rule["frequency"]], "count": rule["occurrences"], "interval": rule["interval"]}


def confirms(event_type: EventType | None) -> bool:
    """Whether bookings of this type wait for the host at all."""
    return bool(_switched(event_type, "confirmationPolicy"))


def needs_confirmation(event_type: EventType, *, starts_at: datetime, now: datetime) -> bool:
    """Whether this booking waits for the host; type "time" asks only for short notice."""
    policy = _switched(event_type, "confirmationPolicy")
    if not policy:
        return False
    if policy.get("type") != "time":
        return True
    threshold = policy.get("noticeThreshold") or {}
    minutes = int(threshold.get("count", 0)) * _MINUTES.get(str(threshold.get("unit")), 1)
    return starts_at - now < timedelta(minutes=minutes)


def is_disabled(event_type: EventType | None, action: str) -> bool:
    """Whether `disableCancelling` or `disableRescheduling` is on."""
    if event_type is None:
        return False
    return bool((event_type.fields.get(action) or {}).get("disabled", False))


def lengths(event_type: EventType) -> list[int]:
    """The lengths that a booker may choose; empty for types of one length."""
    return [int(minutes) for minutes in event_type.fields.get("lengthInMinutesOptions") or []]


def booking_fields(event_type: EventType | None) -> list[Json]:
    """The fields of the booking form, in their order."""
    return list(event_type.fields.get("bookingFields") or []) if event_type else []


def locations(event_type: EventType | None) -> list[Json]:
    """The places that the type offers; Cal Video when it names none."""
    return list(event_type.fields.get("locations") or []) if event_type else []


def title_of(event_type: EventType, *, host: User, booker: str) -> str:
    """The booking's title: the type's own name for it, or "X between host and booker"."""
    custom = event_type.fields.get("customName")
    if not custom:
        return f"{event_type.title} between {host.name} and {booker}"
    words = {"{Event type title}": event_type.title, "{Organiser}": host.name, "{Scheduler}": booker}
    for word, value in words.items():
        custom = str(custom).replace(word, value)
    return str(custom)


def _switched(event_type: EventType | None, key: str) -> Json:
    value = (event_type.fields.get(key) if event_type else None) or {}
    return {} if value.get("disabled") else dict(value)
