"""What the predecessor kept of Cal.com's answers: JSON inside JSON, bookings of API v1, bookings wrapped in others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from calcom.mapping import redacted
from calcom.sync.copies import storable

_LAYERS = 3
_DEEPEST = 5
_LONGEST_UID = 200
_BIGGEST_ID = 2**63 - 1
_SAME = (
    "id",
    "uid",
    "title",
    "description",
    "eventTypeId",
    "location",
    "metadata",
    "createdAt",
    "updatedAt",
    "rating",
    "cancellationReason",
    "rejectionReason",
)
_RENAMED = {
    "startTime": "start",
    "endTime": "end",
    "responses": "bookingFieldsResponses",
    "fromReschedule": "rescheduledFromUid",
    "cancelledBy": "cancelledByEmail",
    "rescheduledBy": "rescheduledByEmail",
    "recurringEventId": "recurringBookingUid",
    "iCalUID": "icsUid",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """A booking that something stored names: number, uid and start belong together. `successor_uid`: after a move."""

    booking_id: int
    uid: str
    starts_at: datetime
    successor_uid: str = ""


def decoded(value: Any) -> Any:
    """The value, or what it says where it is JSON in a text, up to three times. What is no JSON stays a text."""
    for _layer in range(_LAYERS):
        if not isinstance(value, str) or value[:1] not in {"{", "[", '"'}:
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return value


def told_in(value: Any) -> Iterator[Told]:
    """Every booking with number, uid and start in a stored body or row, however it is wrapped."""
    for booking in _objects(value, depth=0):
        yield from told_by(booking)


def told_by(booking: Mapping[str, Any]) -> Iterator[Told]:
    """The booking that an object of API v1, API v2 or a webhook is, and the one that it says it replaced."""
    number = booking.get("bookingId", booking.get("id"))
    start = booking.get("start", booking.get("startTime"))
    successor = booking.get("rescheduledToUid")
    yield from _told(number, booking.get("uid"), start, successor if isinstance(successor, str) else "")
    replaced = (booking.get("rescheduleId"), booking.get("rescheduleUid"), booking.get("rescheduleStartTime"))
    yield from _told(*replaced, str(booking.get("uid") or ""))


def is_old(payload: Any) -> bool:
    """Whether a stored payload is not as it is kept today: text instead of an object, or a booking of API v1."""
    found = _unwrapped(payload)
    return found is not None and (found is not payload or _is_v1(found))


def as_kept_today(payload: Any) -> dict[str, Any]:
    """An old payload as it would be stored today: decoded, unwrapped, API v1 in the words of v2, without passwords."""
    found = _unwrapped(payload) or {}
    kept: dict[str, Any] = storable(redacted(_as_v2(found) if _is_v1(found) else found))
    return kept


def _objects(value: Any, *, depth: int) -> Iterator[dict[str, Any]]:
    value = decoded(value)
    if depth > _DEEPEST or not isinstance(value, dict | list):
        return
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        yield from _objects(part, depth=depth + 1)


def _told(number: Any, uid: Any, start: Any, successor: str) -> Iterator[Told]:
    """Nothing where it does not hold together: a uid is never the number itself."""
    if isinstance(number, str) and number.isascii() and number.isdecimal():
        number = int(number[:20])
    starts_at = instant(start)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= _BIGGEST_ID or starts_at is None:
        return
    if isinstance(uid, str) and 0 < len(uid) <= _LONGEST_UID and uid != str(number) and "\x00" not in uid:
        yield Told(booking_id=number, uid=uid, starts_at=starts_at, successor_uid=successor[:_LONGEST_UID])


def instant(text: Any) -> datetime | None:
    """An ISO time with its zone; None for anything else: a time without a zone is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _unwrapped(payload: Any) -> dict[str, Any] | None:
    """The booking itself: without layers of text, and without the envelope of an answer or a delivery."""
    found = decoded(payload)
    if not isinstance(found, dict):
        return None
    for key in ("booking", "data", "payload"):
        inner = decoded(found.get(key))
        if isinstance(inner, dict) and "uid" in inner and "uid" not in found:
            return inner
    return found


def _is_v1(booking: Mapping[str, Any]) -> bool:
    """API v1 says `startTime` and `user`; a webhook says `startTime` and `organizer`, API v2 `start`."""
    return (
        isinstance(booking.get("startTime"), str)
        and "start" not in booking
        and not {"organizer", "bookingId", "triggerEvent"} & booking.keys()
        and bool({"user", "userId"} & booking.keys())
    )


def _as_v2(booking: dict[str, Any]) -> dict[str, Any]:
    """As docs of the migration from v1 to v2 say; what v2 does not tell (payments) stays in the old row only."""
    found = {key: booking[key] for key in _SAME if booking.get(key) is not None}
    found |= {new: booking[old] for old, new in _RENAMED.items() if booking.get(old) is not None}
    found["status"] = str(booking.get("status") or "").lower()
    if isinstance(number := booking.get("eventTypeId"), int):
        found["eventType"] = {"id": number} | _slug(booking)
    if host := _host(booking):
        found["hosts"] = [host]
    people = booking.get("attendees")
    found["attendees"] = [_attendee(one) for one in people if isinstance(one, dict)] if isinstance(people, list) else []
    metadata = booking.get("metadata")
    if isinstance(metadata, dict) and isinstance(url := metadata.get("videoCallUrl"), str):
        found["location"] = url
        found["metadata"] = {key: value for key, value in metadata.items() if key != "videoCallUrl"}
    return found


def _host(booking: Mapping[str, Any]) -> dict[str, Any]:
    user = booking.get("user")
    named = {key: value for key, value in user.items() if key != "locale"} if isinstance(user, dict) else {}
    return ({"id": booking["userId"]} if booking.get("userId") is not None else {}) | named


def _attendee(person: Mapping[str, Any]) -> dict[str, Any]:
    """v2 names no ids of attendees, and the language instead of the locale."""
    kept = {key: value for key, value in person.items() if key not in {"id", "locale"}}
    return kept | {"language": person.get("locale") or "", "absent": bool(person.get("noShow"))}


def _slug(booking: Mapping[str, Any]) -> dict[str, Any]:
    event_type = booking.get("eventType")
    return {"slug": event_type["slug"]} if isinstance(event_type, dict) and "slug" in event_type else {}
