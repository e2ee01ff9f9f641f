"""The filters and orders of GET /bookings: reading them from the query, and which bookings they leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from calcom.sandbox.bookings.inputs import instant_of, is_iso
from calcom.sandbox.state import Booking, Json
from calcom.sandbox.wire import broken_constraint, invalid

VIEWS = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
DEFAULT_TAKE = 100
MOST = 250

_SORTS: dict[str, tuple[str, Callable[[Booking], Any]]] = {
    "sortStart": ("SortStart", lambda booking: booking.starts_at),
    "sortEnd": ("SortEnd", lambda booking: booking.ends_at),
    "sortCreated": ("SortCreated", lambda booking: booking.created_at),
    "sortUpdatedAt": ("SortUpdated", lambda booking: (booking.updated_at is not None, booking.updated_at)),
}
_TIMES = {
    "afterStart": "fromDate",
    "beforeEnd": "toDate",
    "afterCreatedAt": "fromDate",
    "beforeCreatedAt": "toDate",
    "afterUpdatedAt": "fromDate",
    "beforeUpdatedAt": "toDate",
}
_DESCENDING = ("past", "cancelled")


@dataclass
class Filters:
    """One query. Times are aware; empty means that it was not asked for."""

    views: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    event_type_ids: list[int] = field(default_factory=list)
    team_ids: list[int] | None = None
    times: dict[str, datetime] = field(default_factory=dict)
    sorts: list[tuple[str, str]] = field(default_factory=list)
    take: int = DEFAULT_TAKE
    skip: int = 0

    def count(self, bookings: list[Booking], *, now: datetime) -> int:
        """What the counters say: they do not look at the filters by creation and update."""
        return len(self._counted(bookings, now=now))

    def page(self, bookings: list[Booking], *, now: datetime) -> list[Booking]:
        """The page that was asked for, in order."""
        found = [booking for booking in self._counted(bookings, now=now) if self._touched_in_time(booking)]
        return self._ordered(found)[self.skip : self.skip + self.take]

    def _counted(self, bookings: list[Booking], *, now: datetime) -> list[Booking]:
        return [booking for booking in bookings if self._fits(booking, now=now)]

    def _fits(self, booking: Booking, *, now: datetime) -> bool:
        if self.views and not any(in_view(booking, view, now=now) for view in self.views):
            return False
        if self.event_type_ids and booking.event_type_id not in self.event_type_ids:
            return False
        after, before = self.times.get("afterStart"), self.times.get("beforeEnd")
        if (after and booking.starts_at < after) or (before and booking.ends_at > before):
            return False
        return all(_TEXTS[name](booking, text) for name, text in self.texts.items())

    def _touched_in_time(self, booking: Booking) -> bool:
        """A booking that was never updated matches no filter by update."""
        for name, value in (("CreatedAt", booking.created_at), ("UpdatedAt", booking.updated_at)):
            after, before = self.times.get(f"after{name}"), self.times.get(f"before{name}")
            if (after or before) and value is None:
                return False
            if value and ((after and value < after) or (before and value > before)):
                return False
        return True

    def _ordered(self, bookings: list[Booking]) -> list[Booking]:
        is_descending = len(self.views) == 1 and self.views[0] in _DESCENDING
        sorts = self.sorts or [("sortStart", "desc" if is_descending else "asc")]
        ordered = sorted(bookings, key=lambda booking: booking.id, reverse=sorts[0][1] == "desc")
        for name, direction in reversed(sorts):
            ordered = sorted(ordered, key=_SORTS[name][1], reverse=direction == "desc")
        return ordered


def in_view(booking: Booking, view: str, *, now: datetime) -> bool:
    """Whether a booking belongs to one of the views that are called status."""
    is_off = booking.status in ("cancelled", "rejected")
    if view == "cancelled":
        return is_off
    if view == "past":
        return not is_off and booking.ends_at <= now
    if is_off or booking.ends_at < now:
        return False
    if view == "recurring":
        return bool(booking.recurring_uid)
    return view == "upcoming" or booking.status == "pending"


def read_filters(query: dict[str, list[str]]) -> Filters:
    """The filters of a query; keys that are unknown are passed over. Raises 400 with all that is wrong."""
    given = {name: values[0] for name, values in query.items()}
    target = _target(given)
    errors = [error for name in target for error in _errors(name, target)]
    if errors:
        raise invalid(errors)
    return Filters(
        views=target.get("status", []),
        texts={name: _text(name, given[name]) for name in _TEXTS if given.get(name)},
        event_type_ids=_ids(given, "eventTypeIds", "eventTypeId"),
        team_ids=_ids(given, "teamsIds", "teamId") or None,
        times={name: instant_of(given[name]) for name in _TIMES if given.get(name)},
        sorts=[(name, given[name]) for name in _SORTS if name in given],
        take=target.get("take", DEFAULT_TAKE),
        skip=target.get("skip", 0),
    )


def _target(given: dict[str, str]) -> Json:
    """The query as Cal.com turns it into values, with None where a number is none."""
    target: Json = {}
    for name, value in given.items():
        if name == "status":
            target[name] = value.split(",")
        elif name in ("take", "skip"):
            target[name] = int(value) if re.fullmatch(r"-?\d+", value) else None
        elif name in _TIMES or name in _SORTS:
            target[name] = value
    return target


def _errors(name: str, target: Json) -> list[Json]:
    value = target[name]
    broken = _BROKEN[name](value) if name in _BROKEN else {}
    if name in _TIMES and not is_iso(value):
        broken = {"isIso8601": f"{_TIMES[name]} must be a valid ISO 8601 date."}
    if name in _SORTS and value not in ("asc", "desc"):
        broken = {"isEnum": f'{_SORTS[name][0]} must be either "asc" or "desc".'}
    return [broken_constraint(target, name, broken)] if broken else []


def _broken_status(value: list[str]) -> dict[str, str]:
    if all(view in VIEWS for view in value):
        return {}
    return {"isEnum": f"Invalid status. Allowed are {', '.join(VIEWS)}"}


def _broken_take(value: int | None) -> dict[str, str]:
    too_many = {"max": f"take must not be greater than {MOST}"}
    too_few = {"min": "take must not be less than 1"}
    if value is None:
        return too_many | too_few | _no_number("take")
    return too_many if value > MOST else too_few if value < 1 else {}


def _broken_skip(value: int | None) -> dict[str, str]:
    too_few = {"min": "skip must not be less than 0"}
    if value is None:
        return too_few | _no_number("skip")
    return too_few if value < 0 else {}


def _no_number(name: str) -> dict[str, str]:
    return {"isNumber": f"{name} must be a number conforming to the specified constraints"}


def _ids(given: dict[str, str], many: str, one: str) -> list[int]:
    text = given.get(many) or given.get(one) or ""
    return [int(part) for part in text.split(",") if part.strip().lstrip("-").isdigit()]


def _text(name: str, value: str) -> str:
    """A plus in an address that was not encoded has become a blank: Cal.com turns it back."""
    return value.strip().replace(" ", "+") if name == "attendeeEmail" else value


_BROKEN: dict[str, Callable[[Any], dict[str, str]]] = {
    "status": _broken_status,
    "take": _broken_take,
    "skip": _broken_skip,
}
_TEXTS: dict[str, Callable[[Booking, str], bool]] = {
    "attendeeEmail": lambda booking, text: any(attendee.email == text for attendee in booking.attendees),
    "attendeeName": lambda booking, text: any(attendee.name == text for attendee in booking.attendees),
    "bookingUid": lambda booking, text: booking.uid == text,
}
