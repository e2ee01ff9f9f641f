"""What takes a host's time: bookings with their buffers, full seats, and limits per day, week, month and year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calcom.sandbox.availability import Span
from calcom.sandbox.state import Booking, EventType, World

_Period = Callable[[datetime], datetime]


def busy_spans(
    world: World, host_id: int, event_type: EventType, *, zone: ZoneInfo, ignore_uid: str = ""
) -> list[Span]:
    """Everything that keeps this host from the event type. `ignore_uid` is a booking that is being moved."""
    taken: list[Span] = []
    for booking in world.bookings.values():
        is_elsewhere = booking.host_id != host_id and host_id not in hosts_of(world, booking)
        if is_elsewhere or booking.uid == ignore_uid or not takes_time(world, booking):
            continue
        taken += _around(world, booking, event_type)
    return taken + list(_limits(world, event_type, zone=zone, ignore_uid=ignore_uid))


def takes_time(world: World, booking: Booking) -> bool:
    """Accepted ones do; pending ones where the event type says that they block."""
    if booking.status != "pending":
        return booking.status == "accepted"
    event_type = world.event_types.get(booking.event_type_id or 0)
    policy = (event_type.fields.get("confirmationPolicy") if event_type else None) or {}
    return bool(policy.get("blockUnconfirmedBookingsInBooker"))


def hosts_of(world: World, booking: Booking) -> set[int]:
    """The hosts whose time a booking takes: all of a collective event, else the one it was made with."""
    event_type = world.event_types.get(booking.event_type_id or 0)
    if event_type and event_type.scheduling_type == "collective":
        return {booking.host_id, *event_type.host_ids}
    return {booking.host_id}


def seats(event_type: EventType) -> int:
    """Seats per slot; 0 for types that are not seated."""
    given = event_type.fields.get("seats") or {}
    return 0 if given.get("disabled") else int(given.get("seatsPerTimeSlot") or 0)


def minutes(event_type: EventType | None, name: str) -> int:
    """A setting in minutes; 0 when it is not set."""
    return int((event_type.fields.get(name) if event_type else None) or 0)


def _around(world: World, booking: Booking, wanted: EventType) -> list[Span]:
    """The booking with the buffers of both event types. Free seats leave only the buffers taken."""
    booked = world.event_types.get(booking.event_type_id or 0)
    before = minutes(booked, "beforeEventBuffer") + minutes(wanted, "afterEventBuffer")
    after = minutes(booked, "afterEventBuffer") + minutes(wanted, "beforeEventBuffer")
    start = booking.starts_at - timedelta(minutes=before)
    end = booking.ends_at + timedelta(minutes=after)
    if booking.event_type_id == wanted.id and 0 < len(booking.attendees) < seats(wanted):
        return [(start, booking.starts_at), (booking.ends_at, end)]
    return [(start, end)]


def _limits(world: World, event_type: EventType, *, zone: ZoneInfo, ignore_uid: str) -> Iterator[Span]:
    for name in ("bookingLimitsCount", "bookingLimitsDuration"):
        limits = event_type.fields.get(name) or {}
        for period, limit in limits.items():
            if period in _PERIODS and not isinstance(limit, bool):
                weigh = _one if name == "bookingLimitsCount" else _length_min
                yield from _full(world, event_type, period, limit, weigh, zone=zone, ignore_uid=ignore_uid)


def _full(
    world: World,
    event_type: EventType,
    period: str,
    limit: int,
    weigh: Callable[[Booking], int],
    *,
    zone: ZoneInfo,
    ignore_uid: str,
) -> Iterator[Span]:
    start_of, end_of = _PERIODS[period]
    used: Counter[datetime] = Counter()
    for booking in world.bookings.values():
        if booking.event_type_id == event_type.id and booking.uid != ignore_uid and takes_time(world, booking):
            used[start_of(_midnight(booking.starts_at.astimezone(zone)))] += weigh(booking)
    return ((start, end_of(start)) for start, sum_ in used.items() if sum_ >= limit)


def _one(_booking: Booking) -> int:
    return 1


def _length_min(booking: Booking) -> int:
    return int((booking.ends_at - booking.starts_at).total_seconds() // 60)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _monday(day: datetime) -> datetime:
    return day - timedelta(days=day.weekday())


def _next_month(day: datetime) -> datetime:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


# period → start of the one that a day lies in, end of the one that starts on a day
_PERIODS: dict[str, tuple[_Period, _Period]] = {
    "day": (lambda day: day, lambda day: day + timedelta(days=1)),
    "week": (_monday, lambda day: day + timedelta(days=7)),
    "month": (lambda day: day.replace(day=1), _next_month),
    "year": (lambda day: day.replace(month=1, day=1), lambda day: day.replace(year=day.year + 1)),
}
