"""What differs between a recorded answer and the sandbox's: status, shape, types, texts, values, headers, webhooks.

Ids were translated before; instants at which something was made may be some seconds apart.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.conformance.exchanges import Delivery
from tests.conformance.shapes import shape_differences

# Numbers that only their maker understands: both sides have one of the same kind.
_OPAQUE = {"oneTimePassword", "requestId"}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What tells elements of a list apart, where they come in another order.
_IDENTITIES = ("uid", "recurringEventId", "id", "email")
_MADE_AT = {"createdAt", "updatedAt", "timestamp", "reservationUntil"}
_MAY_BE_APART = timedelta(seconds=15)
SIGNATURE = "x-cal-signature-256"
UNSIGNED = "no-secret-provided"
STRUCTURE = {"status", "shape", "type"}


@dataclass(frozen=True)
class Difference:
    """One of the kinds status, shape, type, text, value, order, header, webhook; `where` is a path like .data.uid."""

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: {self.what}" if self.where else f"{self.kind}: {self.what}"


def answer_differences(recorded: Any, answered: Any) -> list[Difference]:
    """All differences of two bodies: shape and types, then values where both have one."""
    found = [Difference(*one) for one in shape_differences(recorded, answered)]
    return found + list(_value_differences(recorded, answered, ""))


def header_differences(recorded: dict[str, str], answered: dict[str, str]) -> Iterator[Difference]:
    """Content-Type, which limits are named, and how high they are; not what is left of them."""
    ours = {name.lower(): value for name, value in answered.items()}
    theirs = {name.lower(): value for name, value in recorded.items()}
    names = {name for name in theirs.keys() | ours.keys() if name == "content-type" or name.startswith("x-ratelimit-")}
    for name in sorted(names):
        if (name in theirs) != (name in ours):
            yield Difference("header", name, "is missing" if name in theirs else "is not in the recording")
        elif "-remaining-" not in name and "-reset-" not in name and theirs[name] != ours[name]:
            yield Difference("header", name, f"{theirs[name]!r} recorded, {ours[name]!r} answered")


def webhook_differences(recorded: list[Delivery], sent: list[Delivery]) -> Iterator[Difference]:
    """Triggers and addresses, then headers, keys and values of each pair; whether it is signed, not the signature."""
    theirs, ours = sorted(recorded, key=_order), sorted(sent, key=_order)
    if [(one.path, one.trigger) for one in theirs] != [(one.path, one.trigger) for one in ours]:
        yield Difference("webhook", "", f"{_listed(theirs)} recorded, {_listed(ours)} sent")
        return
    for one, other in zip(theirs, ours, strict=True):
        for difference in [*_sent_headers(one, other), *answer_differences(one.body, other.body)]:
            yield Difference("webhook", f"{one.trigger or one.path} {difference.where}".strip(), difference.what)


def _value_differences(recorded: Any, answered: Any, where: str) -> Iterator[Difference]:
    if isinstance(recorded, dict) and isinstance(answered, dict):
        for key in recorded.keys() & answered.keys():
            yield from _value_differences(recorded[key], answered[key], f"{where}.{key}")
    elif isinstance(recorded, list) and isinstance(answered, list):
        if len(recorded) != len(answered):
            yield Difference("value", where, f"{len(recorded)} recorded, {len(answered)} answered")
            return
        in_order = _as_recorded(recorded, answered)
        if in_order != answered:
            yield Difference("order", where, "the same elements in another order")
        for index, (one, other) in enumerate(zip(recorded, in_order, strict=True)):
            yield from _value_differences(one, other, f"{where}[{index}]")
    elif type(recorded) is type(answered) and not _same(recorded, answered, where.rpartition(".")[2]):
        kind = "text" if where.endswith("message") or ".error." in where else "value"
        yield Difference(kind, where, f"{recorded!r} recorded, {answered!r} answered")


def _as_recorded(recorded: list[Any], answered: list[Any]) -> list[Any]:
    """The answered elements in the recorded order, where both have the same ones."""
    if sorted(map(str, recorded)) == sorted(map(str, answered)):
        return recorded
    for name in _IDENTITIES:
        wanted = [one.get(name) if isinstance(one, dict) else None for one in recorded]
        there = {one.get(name): one for one in answered if isinstance(one, dict)}
        if None not in wanted and len(there) == len(recorded) and set(wanted) == set(there):
            return [there[one] for one in wanted]
    return answered


def _same(recorded: Any, answered: Any, key: str) -> bool:
    if recorded == answered:
        return True
    if key in _OPAQUE:
        return bool(_UUID.fullmatch(str(recorded)) and _UUID.fullmatch(str(answered)))
    if key in _MADE_AT:
        with contextlib.suppress(ValueError, TypeError):
            return abs(datetime.fromisoformat(recorded) - datetime.fromisoformat(answered)) <= _MAY_BE_APART
    return False


def _order(delivery: Delivery) -> tuple[str, str, str]:
    payload = delivery.body.get("payload", {}) if isinstance(delivery.body, dict) else {}
    return delivery.path, delivery.trigger, str(payload.get("startTime", ""))


def _listed(deliveries: list[Delivery]) -> str:
    return ", ".join(f"{one.trigger or 'a template'} to {one.path}" for one in deliveries) or "none"


def _sent_headers(recorded: Delivery, sent: Delivery) -> Iterator[Difference]:
    ours = {name.lower(): value for name, value in sent.headers.items()}
    for name, value in recorded.headers.items():
        if name.lower() not in ours:
            yield Difference("header", name, "is missing")
        elif name.lower() == SIGNATURE:
            if (value == UNSIGNED) != (ours[SIGNATURE] == UNSIGNED):
                yield Difference("header", name, f"{value} recorded, {ours[SIGNATURE]} sent")
        elif value != ours[name.lower()]:
            yield Difference("header", name, f"{value} recorded, {ours[name.lower()]} sent")
