"""Our copy of an event type: from the wire to the columns, and whether it has changed."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from calcom.models import EventType
from calcom.money import major_units

if TYPE_CHECKING:
    from calcom.schemas.event_types import EventTypeRead

Scheduling = EventType.Scheduling
Caution = EventType.Caution

COPIED = (
    "title",
    "slug",
    "description",
    "length_min",
    "length_options",
    "price",
    "currency",
    "is_hidden",
    "scheduling_type",
    "requires_confirmation",
    "is_recurring",
    "disable_guests",
    "seats",
    "notice_min",
    "buffer_before_min",
    "buffer_after_min",
    "calcom_team_id",
    "calcom_owner_id",
    "calcom_parent_id",
    "host_ids",
    "booking_fields",
    "locations",
    "warnings",
    "listed_by",
)
"""The columns that a sync overwrites."""

_DEEPEST = 30

_SCHEDULING = {
    "roundRobin": Scheduling.ROUND_ROBIN,
    "collective": Scheduling.COLLECTIVE,
    "managed": Scheduling.MANAGED,
}


def copy_of(company_id: int, read: EventTypeRead, *, family: str, price: Decimal | None, currency: str) -> EventType:
    """An unsaved row. `price` and `currency` are what we know already: Cal.com's "no price" does not overwrite them."""
    if told := major_units(read.price, read.currency):
        price, currency = told, storable(read.currency.upper())[:3]
    row = EventType(
        company_id=company_id,
        calcom_id=read.id,
        title=storable(read.title),
        slug=storable(read.slug),
        description=storable(read.description),
        length_min=read.length_in_minutes,
        length_options=sorted({length for length in read.length_in_minutes_options if length > 0}),
        price=price,
        currency=currency,
        is_hidden=bool(read.hidden),
        scheduling_type=_scheduling(read),
        requires_confirmation=read.confirmation_policy is not None,
        is_recurring=read.recurrence is not None,
        disable_guests=bool(read.disable_guests),
        seats=_minutes(read.seats_per_time_slot or (read.seats or {}).get("seatsPerTimeSlot")),
        notice_min=_minutes(read.minimum_booking_notice),
        buffer_before_min=_minutes(read.before_event_buffer),
        buffer_after_min=_minutes(read.after_event_buffer),
        calcom_team_id=read.team_id,
        calcom_owner_id=read.owner_id,
        calcom_parent_id=read.parent_event_type_id,
        host_ids=read.host_ids,
        booking_fields=storable(read.booking_fields),
        locations=storable(read.locations),
        warnings=_warnings(read),
        listed_by=family,
    )
    row.fingerprint = _fingerprint(row)
    return row


def _scheduling(read: EventTypeRead) -> str:
    return _SCHEDULING.get(read.scheduling_type, Scheduling.OTHER) if read.scheduling_type else ""


def _warnings(read: EventTypeRead) -> list[str]:
    """What will go wrong when it is booked from here (lessons L-38, L-50; contract A35)."""
    found = {
        Caution.MANAGED_PARENT: read.scheduling_type == "managed",
        Caution.COLLECTIVE: read.scheduling_type == "collective",
        Caution.NUMBER_FIELD: any(_asks_for_a_number(field) for field in read.booking_fields),
        Caution.NO_HOSTS: not read.host_ids and read.scheduling_type != "managed",
    }
    return [warning.value for warning, is_so in found.items() if is_so]


def _asks_for_a_number(field: dict[str, Any]) -> bool:
    return field.get("type") == "number" and not field.get("hidden")


def _minutes(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**31 else None


def _fingerprint(row: EventType) -> str:
    """Whether a copy is still the same is seen without reading the large columns back."""
    told = [getattr(row, name) for name in COPIED]
    return blake2b(json.dumps(told, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()


def storable(value: Any, depth: int = 0) -> Any:
    """The value without what PostgreSQL does not keep: NUL characters, halves of characters, infinity, no number.

    What lies deeper than any form of Cal.com's goes too.
    """
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list | dict) and depth >= _DEEPEST:
        return None
    if isinstance(value, list):
        return [storable(part, depth + 1) for part in value]
    if isinstance(value, dict):
        return {storable(key): storable(part, depth + 1) for key, part in value.items()}
    return value
