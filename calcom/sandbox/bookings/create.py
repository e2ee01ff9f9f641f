"""POST /bookings: regular bookings and series. Seats are in seats.py.

As at Cal.com nothing is held between looking whether the host is free and writing the booking: identical requests race
for the unique key (409), overlapping ones are both accepted. The fault `write_gap` makes that gap wide.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calcom.sandbox.bookings import hosting, policy, rows, seats
from calcom.sandbox.bookings.gap import write_gap
from calcom.sandbox.bookings.inputs import bare, create_body
from calcom.sandbox.bookings.ordering import occurrences, read_order
from calcom.sandbox.bookings.rows import Order
from calcom.sandbox.bookings.shapes import booking_json
from calcom.sandbox.deliver import announce, schedule_meetings
from calcom.sandbox.payloads import created, requested
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import Booking, Json, User, World
from calcom.sandbox.wire import Answer, Refusal, broken_constraint, invalid, success

_MONTHS = {"yearly": 12, "monthly": 1}


@route("POST", "/bookings", group="bookings", auth="optional")
def create(call: Call) -> Answer:
    """Books. The answer is the booking, for a series all of its occurrences."""
    body = create_body(call)
    with call.world.lock:
        order = read_order(call.world, body, user=call.user)
        is_recurring = policy.recurrence(order.event_type) is not None
        is_seated = policy.seat_limit(order.event_type) is not None
        count = occurrences(order.event_type, body) if is_recurring else 1
    if is_recurring and is_seated:
        raise bare(400, "recurring_event_seats_error")
    if is_seated:
        return success(seats.book(call, order), status=201)
    if is_recurring:
        return success(_series(call, order, count), status=201)
    return success(_regular(call, order), status=201)


@route("POST", "/bookings", group="bookings", auth="optional", old=True)
def create_old(call: Call) -> Answer:
    """The oldest version: a body of today misses what was required then. Nothing can be booked with it here."""
    known = ("start", "end", "eventTypeId", "eventTypeSlug", "timeZone", "language", "metadata", "responses")
    target = {name: value for name, value in call.body.items() if name in known}
    required = (
        ("timeZone", "isTimeZone", "timeZone must be a valid IANA time-zone", str),
        ("language", "isString", "language must be a string", str),
        ("metadata", "isObject", "metadata must be an object", dict),
    )
    errors = [
        broken_constraint(target, name, {rule: text})
        for name, rule, text, kind in required
        if not isinstance(target.get(name), kind)
    ]
    if errors:
        raise invalid(errors)
    raise Refusal(400, "This sandbox takes no bookings in the shape of 2024-04-15")


def announce_new(call: Call, booking: Booking) -> None:
    """BOOKING_CREATED, or BOOKING_REQUESTED for one that waits for its host."""
    with call.world.lock:
        is_pending = booking.status == "pending"
        payload = (requested if is_pending else created)(call.world, booking)
    announce(call.sandbox, "BOOKING_REQUESTED" if is_pending else "BOOKING_CREATED", booking, payload)


def store(world: World, order: Order, hosts: list[User], *, recurring_uid: str = "") -> Booking:
    """Writes a booking with all its hosts. Raises 409 when the same slot was just written. The lock is held."""
    booking = rows.new_booking(world, order, hosts=hosts, recurring_uid=recurring_uid)
    if booking.status == "accepted":
        schedule_meetings(world, booking)
    return booking


def finished(call: Call, booking: Booking) -> Json:
    """The answer about a booking that was just made: its row is touched once more after the webhooks."""
    with call.world.lock:
        booking.updated_at = call.world.now()
        return booking_json(call.world, booking, viewer=call.user) | {"isPlatformManagedUserBooking": False}


def _regular(call: Call, order: Order) -> Json:
    with call.world.lock:
        hosts = hosting.hosts_for(call.world, order.event_type, starts_at=order.starts_at, ends_at=order.ends_at)
    write_gap(call)
    with call.world.lock:
        booking = store(call.world, order, hosts)
    announce_new(call, booking)
    return finished(call, booking)


def _series(call: Call, order: Order, count: int) -> list[Json]:
    """Not atomic: only the first occurrence is checked, and what was written before a conflict stays."""
    with call.world.lock:
        hosts = hosting.hosts_for(call.world, order.event_type, starts_at=order.starts_at, ends_at=order.ends_at)
        recurring_uid = call.world.new_uuid()
    write_gap(call)
    answers = []
    for starts_at in _starts(order, count):
        with call.world.lock:
            booking = store(call.world, order.at(starts_at), hosts, recurring_uid=recurring_uid)
        announce_new(call, booking)
        answers.append(finished(call, booking))
    return answers


def _starts(order: Order, count: int) -> Iterator[datetime]:
    """The same time on the attendee's clock, whatever summer time does in between."""
    rule = policy.recurrence(order.event_type) or {}
    zone = ZoneInfo(order.attendee["timeZone"])
    first = order.starts_at.astimezone(zone).replace(tzinfo=None)
    for number in range(count):
        steps = number * int(rule.get("interval", 1))
        yield _later(first, str(rule.get("frequency")), steps).replace(tzinfo=zone).astimezone(UTC)


def _later(first: datetime, frequency: str, steps: int) -> datetime:
    if frequency not in _MONTHS:
        return first + timedelta(days=steps * (1 if frequency == "daily" else 7))
    months = first.month - 1 + steps * _MONTHS[frequency]
    moved = first.replace(day=1, year=first.year + months // 12, month=months % 12 + 1)
    last = (moved + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return moved.replace(day=min(first.day, last.day))
