"""Slot reservations: they hide a slot for some minutes, and keep nobody from booking it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from calcom.sandbox import busy
from calcom.sandbox.moments import NOT_ISO, moment_of
from calcom.sandbox.router import Call, route
from calcom.sandbox.state import EventType, Json, Reservation
from calcom.sandbox.wire import Answer, Refusal, broken_constraint, instant, invalid, malformed, success

_DEFAULT_MIN = 5
_NEEDS_KEY = (
    "reservationDuration can only be used for authenticated requests - use access token, api key or OAuth credentials"
)
_NOT_HOST = (
    "authenticated user is not owner of event type, does not have memberships in common with the event type team or "
    "organization."
)
_NOT_OFFERED = (
    "Provided 'slotDuration' is not one of the possible lengths for the event type. The possible lengths are: "
)
_RESERVED = "This time slot is already reserved by another user. Please choose a different time."


@route("POST", "/slots/reservations", group="slots", auth="optional")
def create(call: Call) -> Answer:
    """Reserves a slot, free or not: nothing but other reservations and bookings of the event type is looked at."""
    with call.world.lock:
        reservation = _wanted(call, uid=call.world.new_uuid())
        call.world.reservations[reservation.uid] = reservation
    return success(_made(reservation), status=201)


@route("GET", "/slots/reservations/{uid}", group="slots", auth="optional")
def show(call: Call) -> Answer:
    """The reservation, also when its time is over; null when there is none."""
    with call.world.lock:
        found = call.world.reservations.get(call.params["uid"])
    return Answer(200, {"status": "success", "data": _shape(found) if found else None})


@route("PATCH", "/slots/reservations/{uid}", group="slots", auth="optional")
def change(call: Call) -> Answer:
    """Moves a reservation. Its own slot counts as taken, so that it cannot be made longer."""
    with call.world.lock:
        if call.params["uid"] not in call.world.reservations:
            raise Refusal(404, f"Slot with uid={call.params['uid']} not found")
        reservation = _wanted(call, uid=call.params["uid"])
        call.world.reservations[reservation.uid] = reservation
    return success(_made(reservation))


@route("DELETE", "/slots/reservations/{uid}", group="slots", auth="optional")
def delete(call: Call) -> Answer:
    """Frees the slot. Fine, too, when it was free already."""
    with call.world.lock:
        call.world.reservations.pop(call.params["uid"], None)
    return success()


def _wanted(call: Call, *, uid: str) -> Reservation:
    body = call.body
    _validate(body)
    event_type = call.world.event_types.get(body["eventTypeId"])
    if event_type is None:
        raise Refusal(404, f"Event Type with ID={body['eventTypeId']} not found")
    minutes = _reservation_min(call, event_type)
    starts_at = _start(body)
    length = _length_min(event_type, body.get("slotDuration"))
    reservation = Reservation(
        uid=uid,
        event_type_id=event_type.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=length),
        until=call.world.now() + timedelta(minutes=minutes),
        duration_min=minutes,
        host_ids=_blocked_hosts(event_type),
    )
    _check_taken(call, event_type, reservation)
    return reservation


def _validate(body: Json) -> None:
    errors = []
    if not _is_int(body.get("eventTypeId")):
        errors.append(broken_constraint(body, "eventTypeId", {"isInt": "eventTypeId must be an integer number"}))
    if moment_of(body.get("slotStart")) is None:
        errors.append(broken_constraint(body, "slotStart", {"isDateString": NOT_ISO.format("slotStart")}))
    broken = [name for name in ("slotDuration", "reservationDuration") if name in body and not _is_int(body[name])]
    errors += [broken_constraint(body, name, {"isInt": f"{name} must be an integer number"}) for name in broken]
    if errors:
        raise invalid(errors)


def _start(body: Json) -> datetime:
    found = moment_of(body["slotStart"])
    if found is None:
        raise malformed("Invalid start date")
    return found


def _reservation_min(call: Call, event_type: EventType) -> int:
    asked = call.body.get("reservationDuration")
    if asked is None:
        return _DEFAULT_MIN
    if call.user is None:
        raise Refusal(401, _NEEDS_KEY)
    if call.user.id != event_type.owner_id and call.user.id not in event_type.host_ids:
        raise Refusal(403, _NOT_HOST)
    return int(asked)


def _length_min(event_type: EventType, asked: Any) -> int:
    options = event_type.fields.get("lengthInMinutesOptions") or []
    if asked is None:
        return event_type.length_min
    if not options:
        raise malformed("You passed 'slotDuration' but this event type is not a variable length event type.")
    if asked not in options:
        raise malformed(_NOT_OFFERED + ", ".join(map(str, options)))
    return int(asked)


def _blocked_hosts(event_type: EventType) -> list[int]:
    """Of a team's event type only the first host is blocked."""
    if event_type.team_id is None:
        return event_type.host_ids
    if not event_type.host_ids:
        raise malformed("Cannot reserve a slot for a team event without any hosts")
    return event_type.host_ids[:1]


def _check_taken(call: Call, event_type: EventType, wanted: Reservation) -> None:
    now, seats = call.world.now(), busy.seats(event_type)
    for booking in call.world.bookings.values():
        is_here = booking.event_type_id == event_type.id and booking.starts_at == wanted.starts_at
        if not is_here or booking.status != "accepted":
            continue
        if not seats:
            raise Refusal(422, "Can't reserve a slot if the event is already booked.")
        if len(booking.attendees) >= seats:
            at = instant(wanted.starts_at)
            raise Refusal(422, f"Booking with id={event_type.id} at {at} has no more seats left.")
    for other in call.world.reservations.values():
        overlaps = other.starts_at < wanted.ends_at and wanted.starts_at < other.ends_at
        if other.event_type_id == event_type.id and other.until > now and overlaps and not seats:
            raise Refusal(422, _RESERVED)


def _made(reservation: Reservation) -> Json:
    shape = _shape(reservation)
    uid, until = shape.pop("reservationUid"), shape.pop("reservationUntil")
    return shape | {"reservationUid": uid, "reservationDuration": reservation.duration_min, "reservationUntil": until}


def _shape(reservation: Reservation) -> Json:
    return {
        "reservationUid": reservation.uid,
        "eventTypeId": reservation.event_type_id,
        "slotStart": instant(reservation.starts_at),
        "slotEnd": instant(reservation.ends_at),
        "slotDuration": int((reservation.ends_at - reservation.starts_at).total_seconds() // 60),
        "reservationUntil": instant(reservation.until),
    }


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
