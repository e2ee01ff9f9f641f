"""What we and Cal.com say of a mapped event type, and where that differs.

Length and price are compared with the service; the rest with what Cal.com said when it was last agreed to. `agreed`
also tells who has moved: what Cal.com says as before was changed here.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from appointments.models import Service
from calcom.models import Drift, EventType, EventTypeMapping

Said = dict[str, Any]
Differences = dict[str, dict[str, Any]]
Severity = Drift.Severity

LENGTH, PRICE, LISTED = "length_min", "price", "is_listed"
REMEMBERED = ("title", "is_hidden", "disable_guests", "scheduling_type")

_SEVERITY = {
    LISTED: Severity.HIGH,
    "is_hidden": Severity.HIGH,
    "disable_guests": Severity.HIGH,
    "scheduling_type": Severity.HIGH,
    LENGTH: Severity.MEDIUM,
    "title": Severity.MEDIUM,
}
_WORST_FIRST = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_LONGEST_MIN = 1440
_DEAREST = Decimal(10**8)


def agreed_of(event_type: EventType) -> Said:
    """What Cal.com says now, as it is remembered."""
    said: Said = {name: getattr(event_type, name) for name in REMEMBERED}
    return said | {LENGTH: event_type.length_min, PRICE: _money(event_type.price, event_type.currency)}


def differences(mapping: EventTypeMapping) -> Differences:
    """Field → ours and theirs; money as text."""
    event_type, service = mapping.event_type, mapping.service
    theirs = agreed_of(event_type)
    found: Differences = {
        name: {"ours": mapping.agreed[name], "theirs": theirs[name]}
        for name in REMEMBERED
        if name in mapping.agreed and mapping.agreed[name] != theirs[name]
    }
    if event_type.lengths and service.duration_min not in event_type.lengths:
        found[LENGTH] = {"ours": service.duration_min, "theirs": event_type.length_min}
    ours = _money(service.price, service.currency)
    if theirs[PRICE] and theirs[PRICE] != ours:
        found[PRICE] = {"ours": ours, "theirs": theirs[PRICE]}
    if not event_type.is_listed:
        found[LISTED] = {"ours": True, "theirs": False}
    return found


def severity_of(found: Differences) -> Severity:
    """That of the gravest difference."""
    severities = {_SEVERITY.get(name, Severity.LOW) for name in found}
    return next(severity for severity in _WORST_FIRST if severity in severities)


def acceptable(mapping: EventTypeMapping, found: Differences) -> Differences:
    """What can be taken over: not that it is gone, nor a length or price that no service can have."""
    event_type = mapping.event_type
    refused = {LISTED}
    if event_type.length_min is None or not 1 <= event_type.length_min <= _LONGEST_MIN:
        refused.add(LENGTH)
    if event_type.price is None or event_type.price >= _DEAREST or not re.fullmatch("[A-Z]{3}", event_type.currency):
        refused.add(PRICE)
    return {name: values for name, values in found.items() if name not in refused}


def moved_there(mapping: EventTypeMapping, found: Differences) -> Differences:
    """What was changed at Cal.com since it was agreed on, and not only here."""
    return {
        name: values
        for name, values in found.items()
        if name in mapping.agreed and mapping.agreed[name] != values["theirs"]
    }


def take_over(service: Service, event_type: EventType, names: Differences) -> None:
    """Let the service have Cal.com's length and price, where they are among `names`. Saves nothing."""
    if LENGTH in names and event_type.length_min is not None:
        service.duration_min = event_type.length_min
    if PRICE in names:
        service.price, service.currency = event_type.price, event_type.currency


def agreed_after(mapping: EventTypeMapping, still_open: Differences) -> Said:
    """What is agreed now: all that Cal.com says, but for what still differs."""
    theirs = agreed_of(mapping.event_type)
    return {
        name: mapping.agreed[name] if name in still_open and name in mapping.agreed else value
        for name, value in theirs.items()
    }


def _money(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else f"{amount:.2f} {currency}"
