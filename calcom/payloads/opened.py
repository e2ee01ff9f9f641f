"""From a stored payload to the object in it: decoded as often as it was encoded, and taken out of its wrappings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calcom.envelope import refuse_poison, strict_json
from calcom.errors import InvalidDelivery

MAX_CODINGS = 3
_MAX_WRAPPINGS = 4

# What holds a booking in it: a delivery's envelope, an API's answer, API v1's, the predecessor's metadata, a dump.
_WRAPPINGS = ("payload", "data", "booking", "cal_com_data", "raw_payload")
_NESTED = (
    *_WRAPPINGS,
    "attendees",
    "responses",
    "bookingFieldsResponses",
    "customInputs",
    "metadata",
    "organizer",
    "user",
    "hosts",
    "team",
    "eventType",
    "location",
    "recurringEvent",
    "videoCallData",
)
_SIGNS = (
    "uid",
    "startTime",
    "start",
    "startsAt",
    "attendees",
    "responses",
    "bookingFieldsResponses",
    "bookingId",
    "bookingUid",
)


class UnreadablePayload(Exception):
    """A stored payload that holds no booking. The text says why, and nothing of what stands in it."""


@dataclass(frozen=True)
class Opened:
    """The fields of a booking, and of the envelope it came in: trigger (empty: none) and when it was sent."""

    fields: dict[str, Any]
    trigger: str = ""
    sent_at: str = ""


def opened(value: Any) -> Opened | None:
    """What a stored payload tells; None where nothing is stored. Raises UnreadablePayload.

    A text is JSON, encoded up to three times, at any of the known places.
    """
    if value in (None, "", {}, []):
        return None
    has_texts = isinstance(value, str)
    fields = _object(_decoded(value) if isinstance(value, str) else value)
    envelope: dict[str, Any] = {}
    for _ in range(_MAX_WRAPPINGS):
        has_texts = _decode_parts(fields) or has_texts
        inner = next((fields[name] for name in _WRAPPINGS if isinstance(fields.get(name), dict)), None)
        if inner is None or (any(sign in fields for sign in _SIGNS) and "triggerEvent" not in fields):
            break
        envelope = fields if "triggerEvent" in fields else envelope
        fields = dict(inner)
    if not any(sign in fields for sign in _SIGNS):
        raise UnreadablePayload("it holds no booking")
    if has_texts:  # what the database holds as JSON has been checked when it came
        _refuse_poison(fields)
    source = envelope or fields
    return Opened(fields, _text(source.get("triggerEvent")), _text(envelope.get("createdAt")))


def _decoded(text: str) -> Any:
    value: Any = text
    for _ in range(MAX_CODINGS):
        try:
            value = strict_json(value)
        except (ValueError, RecursionError, InvalidDelivery) as error:
            raise UnreadablePayload("it is not JSON") from error
        if not isinstance(value, str):
            return value
    raise UnreadablePayload(f"it is encoded more than {MAX_CODINGS} times")


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, list) and len(value) == 1:  # a recurring booking of API v1
        (value,) = value
    if not isinstance(value, dict):
        raise UnreadablePayload("it is not an object")
    return dict(value)


def _decode_parts(fields: dict[str, Any]) -> bool:
    """Replace what was encoded by itself. What is no JSON stays a text. Whether there was any."""
    found = False
    for name in _NESTED:
        value = fields.get(name)
        if isinstance(value, str) and value[:1] in {"{", "[", '"'}:
            try:
                fields[name], found = _decoded(value), True
            except UnreadablePayload:
                continue
    return found


def _refuse_poison(fields: dict[str, Any]) -> None:
    try:
        refuse_poison(fields)
    except InvalidDelivery as error:
        raise UnreadablePayload(str(error)) from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
