"""What Cal.com's validation says about the bodies of create, reschedule and cancel: one long text per refusal.

These pipes are strict, unlike the rest of the API: a property that they do not know is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from calcom.sandbox.router import UNKNOWN_VALUE, Call
from calcom.sandbox.state import Json
from calcom.sandbox.wire import Refusal, malformed

_CODES = """
ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg da en et fr hu iw ko no
pt-BR sk ta uk zh-TW bn
"""
LANGUAGES = _CODES.split()

_KEYS = """
start attendee eventTypeId eventTypeSlug username teamSlug organizationSlug bookingFieldsResponses guests location
meetingUrl metadata lengthInMinutes routing emailVerificationCode recurrenceCount instant allowConflicts
allowBookingOutOfBounds skipBookingLimits
"""
_CREATE_KEYS = frozenset(_KEYS.split())
_RESCHEDULE_KEYS = frozenset({"start", "rescheduledBy", "reschedulingReason", "emailVerificationCode"})
_SEAT_MOVE_KEYS = frozenset({"start", "seatUid"})
_CANCEL_KEYS = frozenset({"cancellationReason", "cancelSubsequentBookings"})
_SEAT_CANCEL_KEYS = frozenset({"cancellationReason", "seatUid"})
_ISO = re.compile(
    r"[+-]?\d{4}(-?(0[1-9]|1[0-2])(-?(0[1-9]|[12]\d|3[01]))?"
    r"([T\s](([01]\d|2[0-3])((:?)[0-5]\d)?|24:?00)([.,]\d+(?!:))?(:?[0-5]\d([.,]\d+)?)?([zZ]|[+-]([01]\d|2[0-3]):?([0-5]\d)?)?)?)?"
)
_START = "start must be a valid ISO 8601 date string"
_TYPE = "eventTypeId or eventTypeSlug + username"
_TYPE_MISSING = "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided"
_METADATA = "Metadata must have at most 50 keys, each key up to 40 characters, and string values up to 500 characters."


def create_body(call: Call) -> Json:
    """The body of a new booking, when its shape is right."""
    body = _object(call)
    problems = [
        *_unknown(body, _CREATE_KEYS),
        *_failed(body, "start", is_iso, _START),
        *_attendee(body.get("attendee")),
        *_selector(body),
        *_optional(body, "metadata", _is_metadata, _METADATA),
        *_optional(body, "guests", lambda value: isinstance(value, list), "guests must be an array"),
        *_optional(
            body,
            "bookingFieldsResponses",
            lambda value: isinstance(value, dict),
            "bookingFieldsResponses must be an object",
        ),
        *_optional(
            body,
            "lengthInMinutes",
            _is_number,
            "lengthInMinutes must be a number conforming to the specified constraints",
        ),
        *_optional(
            body,
            "recurrenceCount",
            _is_number,
            "recurrenceCount must be a number conforming to the specified constraints",
        ),
    ]
    return _checked(body, problems)


def reschedule_body(call: Call) -> Json:
    """The body of a reschedule: of a booking, or of one seat."""
    body = _object(call)
    keys = _SEAT_MOVE_KEYS if "seatUid" in body else _RESCHEDULE_KEYS
    return _checked(body, [*_unknown(body, keys), *_failed(body, "start", is_iso, _START), *_texts(body)])


def cancel_body(call: Call) -> Json:
    """The body of a cancellation; none at all is an empty one."""
    body = _object(call)
    keys = _SEAT_CANCEL_KEYS if "seatUid" in body else _CANCEL_KEYS
    boolean = _optional(
        body,
        "cancelSubsequentBookings",
        lambda value: isinstance(value, bool),
        "cancelSubsequentBookings must be a boolean value",
    )
    return _checked(body, [*_unknown(body, keys), *_texts(body), *boolean])


def instant_of(text: str) -> datetime:
    """A time as Cal.com reads it: offsets are honoured, without one it is UTC, a bare date is midnight."""
    moment = datetime.fromisoformat(text.replace("z", "Z"))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_iso(value: Any) -> bool:
    """Whether class-validator takes it for a date."""
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return False
    try:
        instant_of(value)
    except ValueError:
        return False
    return True


def is_email(value: Any) -> bool:
    """Roughly what Cal.com takes for an address."""
    return isinstance(value, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}", value) is not None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(value: Any) -> bool:
    """Whether it is the name of a time zone."""
    return isinstance(value, str) and value in _zones()


def _object(call: Call) -> Json:
    body = {} if call.json is None else call.json
    if not isinstance(body, dict):
        raise malformed(_wrong("undefined", UNKNOWN_VALUE))
    return body


def _checked(body: Json, problems: list[str]) -> Json:
    if problems:
        raise malformed(", ".join(problems))
    return body


def _wrong(name: str, text: str) -> str:
    return f"{name} property is wrong,{text} "


def _unknown(body: Json, keys: frozenset[str]) -> list[str]:
    return [_wrong(name, f"property {name} should not exist") for name in body if name not in keys]


def _failed(body: Json, name: str, test: Callable[[Any], bool], text: str) -> list[str]:
    return [] if test(body.get(name)) else [_wrong(name, text)]


def _optional(body: Json, name: str, test: Callable[[Any], bool], text: str) -> list[str]:
    return [] if body.get(name) is None else _failed(body, name, test, text)


def _texts(body: Json) -> list[str]:
    names = ("rescheduledBy", "reschedulingReason", "cancellationReason", "seatUid")
    return [
        problem
        for name in names
        for problem in _optional(body, name, lambda value: isinstance(value, str), f"{name} must be a string")
    ]


def _selector(body: Json) -> list[str]:
    by_slug = body.get("eventTypeSlug") and (body.get("username") or body.get("teamSlug"))
    if body.get("eventTypeId") is None:
        return [] if by_slug else [_wrong(_TYPE, _TYPE_MISSING)]
    return _failed(
        body, "eventTypeId", _is_number, "eventTypeId must be a number conforming to the specified constraints"
    )


def _attendee(attendee: Any) -> list[str]:
    if attendee is None:
        return [_wrong("attendee", "attendee should not be null or undefined")]
    if not isinstance(attendee, dict):
        return [_wrong("attendee", "nested property attendee must be either object or array")]
    if not attendee.get("email") and not attendee.get("phoneNumber"):
        return [_wrong("attendee", "Attendee must have at least one contact method (email or phone number)")]
    known = frozenset({"name", "email", "timeZone", "phoneNumber", "language"})
    languages = f"language must be one of the following values: {', '.join(LANGUAGES)}"
    inner = [
        *_unknown(attendee, known),
        *_failed(attendee, "name", lambda value: isinstance(value, str), "name must be a string"),
        *_failed(attendee, "timeZone", is_zone, "timeZone must be a valid IANA time-zone"),
        *_optional(attendee, "language", lambda value: value in LANGUAGES, languages),
    ]
    return [f"attendee property is wrong, {', '.join(inner)}"] if inner else []


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_metadata(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) > 50:
        return False
    return all(len(key) <= 40 and len(str(text)) <= 500 for key, text in value.items())


def zod(text: str) -> Refusal:
    """400 of the inner schema: no details, its own code."""
    return Refusal(400, text, code="BAD_REQUEST", details=False)


def trpc(status: int, text: str) -> Refusal:
    """An error of the inner procedures: no details, code TRPCError."""
    return Refusal(status, text, code="TRPCError", details=False)


def bare(status: int, text: str) -> Refusal:
    """An error that no filter catches: shape B."""
    return Refusal(status, text, bare=True)
