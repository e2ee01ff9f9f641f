"""From the bytes of a delivery to its envelope: what came, when it was sent, and the payload, checked for poison."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from calcom.errors import InvalidDelivery, UnreadableBody
from calcom.schemas.base import in_plausible_years

MAX_DEPTH = 9
_instant: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_ALIASES = {"BOOKING_UPDATED": "BOOKING_RESCHEDULED"}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A delivery. `trigger` is upper case with underscores; `payload` is the root where Cal.com sends it flat."""

    trigger: str
    sent_at: datetime | None
    payload: dict[str, Any]


def open_envelope(body: bytes) -> Envelope:
    """Read a delivery.

    Raises UnreadableBody for what is no delivery at all, and InvalidDelivery for one that holds what cannot be
    stored: NUL characters, lone surrogates, numbers that are none, too deep nesting.
    """
    root = _parse(body)
    trigger = root.get("triggerEvent")
    if not isinstance(trigger, str) or not trigger.strip():
        raise UnreadableBody("no triggerEvent")
    refuse_poison(root, has_escapes=b"\\u" in body)  # bare, neither half characters nor NUL are UTF-8 or JSON
    name = trigger.strip().upper().replace(".", "_")[:64]
    payload = root.get("payload", root)
    if not isinstance(payload, dict):
        raise InvalidDelivery("payload: not an object")
    sent_at = None if payload is root else _sent_at(root)
    return Envelope(trigger=_ALIASES.get(name, name), sent_at=sent_at, payload=payload)


def refuse_poison(root: dict[str, Any], *, has_escapes: bool = True) -> None:
    """Raise InvalidDelivery for what cannot be stored: too deep nesting, NUL, lone surrogates (only escapes bring them
    in)."""
    _check_depth(root, depth=1)
    if has_escapes:
        _check_texts(root)


def strict_json(text: str) -> Any:
    """Read JSON. Raises ValueError for what is none (NaN neither), and InvalidDelivery for a number beyond a double."""
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        root = strict_json(body.decode("utf-8"))
        if isinstance(root, str):  # a relay encoded it a second time
            root = strict_json(root)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody("not JSON") from error
    if not isinstance(root, dict):
        raise UnreadableBody("not a JSON object")
    return root


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise InvalidDelivery("a number is too large")
    return number


def _check_depth(value: dict[str, Any] | list[Any], *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidDelivery(f"nested deeper than {MAX_DEPTH} levels")
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            _check_depth(item, depth=depth + 1)


def _check_texts(value: Any) -> None:
    """Refuse NUL and half characters at every depth, in keys too."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_texts(item)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)
    elif isinstance(value, str):
        _check_text(value)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise InvalidDelivery("a text holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidDelivery("a text holds half a character (a lone surrogate)") from error


def _sent_at(root: dict[str, Any]) -> datetime | None:
    if root.get("createdAt") is None:
        return None
    try:
        return in_plausible_years(_instant.validate_python(root["createdAt"]))
    except (ValidationError, ValueError) as error:
        raise InvalidDelivery("createdAt: not a plausible time with a zone") from error
