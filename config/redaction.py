"""What must not stand in a log: keys and secrets, e-mail addresses, phone numbers, and what customers wrote.

House style is to log ids and nothing else. This is the net below it: libraries name what they were given, the database
repeats rows in its errors, and addresses hold what people searched for. Every line passes here, whoever wrote it, after
its arguments and its traceback have become text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

HIDDEN = "…"

_WORD = r"[^\s\"'&,;<>(){}\[\]]+"
# No more than an address may have: what follows looks no further, however long the text is.
_LOCAL = r"[^\s\"'<>(),;:=?&@\[\]{}|\\/]{1,64}"
_DOMAIN = r"[^\s\"'<>(),;:=?&@\[\]{}|\\/]{1,255}"
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_INSTANT = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_SENSITIVE = r"(?:api[_-]?key|secret|token|passw(?:or)?d|signature|authorization|cookie|sessionid)"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # What the database and pydantic repeat of a row, in which people may have begun new lines.
    (
        re.compile(r"\b(DETAIL|CONTEXT|QUERY|LINE \d+|HINT): .*?(?=\n\nThe above exc|\n\nDuring handl|\Z)", re.DOTALL),
        rf"\1: {HIDDEN}",
    ),
    (re.compile(r"\b(input_value=).*?(?=, input_type=|\]|$)"), rf"\1{HIDDEN}"),
    # Addresses that are secrets.
    (re.compile(r"(webhooks/calcom/|password_reset/)[^\s\"'?]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/bookings/)(?!by-seat/|\{)[^\s\"'?/]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/bookings/by-seat/|/reservations/)(?!\{)[^\s\"'?/]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(://)[^\s/@]{0,300}@"), rf"\1{HIDDEN}@"),
    (re.compile(r"([?&](?:q|term|search|\w*(?:name|email|phone))=)[^\s\"'&]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    # Secrets, by what stands before them, and by their looks.
    (re.compile(r"\b(bearer|api-key|basic)\s+(?!realm)[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(rf"\b(\w*{_SENSITIVE}(?:-256)?[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?){_WORD}", re.IGNORECASE),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\bcal_\w{6,}"), HIDDEN),
    (re.compile(r"\b[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}\b"), HIDDEN),
    (re.compile(r"\bgAAAA[\w=-]{20,}"), HIDDEN),
    # People.
    (re.compile(rf"{_LOCAL}@{_DOMAIN}\.[\w-]+"), HIDDEN),
    (re.compile(r"[\w.+-]{1,64}(?:%[0-9a-f]{2}[\w.+-]{1,64}){0,3}%40[\w.-]{1,255}\.\w+", re.IGNORECASE), HIDDEN),
)
# Ids and times are made of digits as well, and are what a log is searched for.
_NUMBERS = re.compile(
    rf"(?P<kept>{_UUID}|{_INSTANT})"
    r"|(?<![\w+])(?:\+|%2B)\(?\d(?:[ ()/.-]{0,2}\d){6,20}"
    r"|(?<![\w.:/%+-])\(?0(?=(?:[ ()/-]{0,2}\d){6,20})[\d ()/-]{5,40}\d(?!\w)",
    re.IGNORECASE,
)
# Without any of these a text says nothing that is to be hidden.
_SUSPICIOUS = re.compile(
    rf"[@?%]|\+\(?\d|(?<!\d)0|://|earer|basic|api-key|{_SENSITIVE}|cal_|gAAAA|webhooks/|password_reset/|/bookings/"
    r"|/reservations/|\.[A-Za-z0-9]{32}|DETAIL|CONTEXT|QUERY|LINE|HINT|input_value",
    re.IGNORECASE,
)
_SECRET_FIELD = re.compile(rf"{_SENSITIVE}s?$", re.IGNORECASE)
_PERSONAL_FIELDS = frozenset(
    {"attendee", "attendees", "body", "email", "emails", "name", "payload", "phone", "responses"}
)
# Written by us, and never anything else.
_OURS = frozenset({"batch", "delivery_id", "level", "logger", "parent_task_id", "request_id", "task_id", "timestamp"})
_SHORT = 300
_DEEPEST = 6


def redact(_logger: Any, _method: str, event: Any) -> Any:
    """The processor: everything in the line, whatever it is, except what only we write."""
    for key, value in event.items():
        if key not in _OURS and not key.startswith("_"):
            event[key] = _field(key, value)
    return event


def without_secrets(text: str) -> str:
    """The text, with what must not be told replaced by “…”."""
    return _known(text) if len(text) <= _SHORT else _hidden(text)


def _field(name: str, value: Any, depth: int = 0) -> Any:
    return HIDDEN if value and _is_sensitive(str(name)) else _plain(value, depth)


@lru_cache(maxsize=2048)
def _is_sensitive(name: str) -> bool:
    return name.lower() in _PERSONAL_FIELDS or bool(_SECRET_FIELD.search(name))


def _plain(value: Any, depth: int) -> Any:
    """The same, made of texts, numbers, lists and dicts: nothing that would be asked for its words only later."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return without_secrets(value)
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {without_secrets(str(key)): _field(key, one, depth + 1) for key, one in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_plain(one, depth + 1) for one in value]
    return without_secrets(value.decode(errors="replace") if isinstance(value, bytes) else str(value))


def _hidden(text: str) -> str:
    if not _SUSPICIOUS.search(text):
        return text
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return _NUMBERS.sub(lambda found: found[0] if found["kept"] else HIDDEN, text)


# The same few words, and the same few addresses, make up nearly every line.
_known = lru_cache(maxsize=2048)(_hidden)
