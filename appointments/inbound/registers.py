"""Registers: groups of columns that are filled together, each with a stamp that says how new its news was.

A stamp is [level, final, as_of, rank], compared from left to right. Level 1 is news about the booking's current uid,
0 about a former one. Final is 1 for a cancellation: no other news about that uid undoes it. as_of is a UTC text of
fixed width, empty for news without a date, which so only fills gaps. Rank decides between news of the same instant.
Equal stamps with different values: the greater value wins, so that the result never depends on who came first.

What was changed here and is still on its way to the backend has a fifth member, the appointment's version: no news but
a cancellation touches such a register until its Push is finished (see appointments.inbound.echo).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from appointments.backends import BookingSnapshot, Location
from appointments.models import Appointment
from appointments.models.appointment import Status

Stamp = list[Any]

REGISTERS: dict[str, tuple[str, ...]] = {
    "status": ("told_status", "cancellation_reason", "rejected_reason", "cancelled_by"),
    "times": ("starts_at", "ends_at"),
    "zone": ("booking_time_zone",),
    "title": ("title",),
    "event_type": ("calcom_event_type_id",),
    "host": ("calcom_host_id", "hosts"),
    "location": ("location_type", "location_value"),
    "meeting_url": ("meeting_url",),
    "responses": ("responses",),
    "metadata": ("booking_metadata",),
    "price": ("booked_price", "booked_currency"),
    "ical": ("ical_uid", "ical_sequence"),
    "recurring": ("is_recurring",),
    "series": ("recurring_event_id",),
    "moved": ("rescheduled_at", "rescheduled_by"),
    "payload": ("payload",),
    "ended": ("meeting_ended_at",),
    "recording": ("recording_url",),
    "series_doubt": (),
    "fork_doubt": (),
}

# True of one booking only: what was said of a former uid says nothing about the current one.
OF_ONE_BOOKING = ("ended", "recording", "series_doubt")

_MEMBERS = 4
_RANK = {Status.PENDING: 0, Status.CONFIRMED: 1, Status.REJECTED: 2, Status.CANCELLED: 3}


def stamp_of(as_of: datetime | None, *, rank: int = 0, is_final: bool = False) -> Stamp:
    """The stamp of news about a current uid."""
    return [1, int(is_final), "" if as_of is None else f"{as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}", rank]


def local_stamp(at: datetime, *, version: int, rank: int = 0) -> Stamp:
    """The stamp of a change made here that the backend does not know yet."""
    return [*stamp_of(at, rank=rank), version]


def rank_of(status: str) -> int:
    """Which of two statuses told at one instant wins."""
    return _RANK[Status(status)]


def is_local(stamp: Stamp) -> bool:
    """Whether the register holds a change that the backend does not know yet."""
    return len(stamp) > _MEMBERS


def settled(stamp: Stamp) -> Stamp:
    """The stamp of a local change that is not on its way any more."""
    return stamp[:_MEMBERS]


def told(snapshot: BookingSnapshot) -> Iterator[tuple[str, Stamp, dict[str, Any]]]:
    """Every register that a snapshot fills, with its stamp and its columns."""
    rank = rank_of(snapshot.status)
    is_weak = snapshot.is_status_weak or bool(snapshot.rescheduled_to_uid)
    is_final = snapshot.status == Status.CANCELLED and not is_weak
    status_stamp = stamp_of(None if is_weak else snapshot.as_of, rank=rank, is_final=is_final)
    stamp = stamp_of(snapshot.as_of, rank=rank)
    details = stamp_of(None, rank=rank) if snapshot.are_details_weak else stamp
    yield (
        "status",
        status_stamp,
        {
            "told_status": snapshot.status,
            "cancellation_reason": snapshot.cancellation_reason,
            "rejected_reason": snapshot.rejected_reason,
            "cancelled_by": snapshot.cancelled_by,
        },
    )
    yield "times", stamp, {"starts_at": snapshot.starts_at, "ends_at": snapshot.ends_at}
    yield "payload", stamp, {"payload": snapshot.payload}
    for name, columns in _details(snapshot):
        yield name, details, columns


def _details(snapshot: BookingSnapshot) -> Iterator[tuple[str, dict[str, Any]]]:
    """The descriptive registers; one that the snapshot leaves empty tells nothing."""
    place = snapshot.location or Location()
    moved = {"rescheduled_at": snapshot.as_of, "rescheduled_by": snapshot.rescheduled_by}
    rows: tuple[tuple[str, bool, dict[str, Any]], ...] = (
        ("zone", bool(snapshot.time_zone), {"booking_time_zone": snapshot.time_zone}),
        ("title", bool(snapshot.title), {"title": snapshot.title}),
        ("event_type", snapshot.event_type_id is not None, {"calcom_event_type_id": snapshot.event_type_id}),
        ("host", snapshot.hosts is not None, {"calcom_host_id": snapshot.host_id, "hosts": snapshot.hosts}),
        ("location", bool(snapshot.location), {"location_type": place.type, "location_value": place.value}),
        ("meeting_url", bool(snapshot.meeting_url), {"meeting_url": snapshot.meeting_url}),
        ("responses", bool(snapshot.responses), {"responses": snapshot.responses}),
        ("metadata", bool(snapshot.metadata), {"booking_metadata": snapshot.metadata}),
        ("price", snapshot.price is not None, {"booked_price": snapshot.price, "booked_currency": snapshot.currency}),
        ("ical", bool(snapshot.ical_uid), {"ical_uid": snapshot.ical_uid, "ical_sequence": snapshot.ical_sequence}),
        ("recurring", snapshot.is_recurring, {"is_recurring": True}),
        ("series", bool(snapshot.recurring_event_id), {"recurring_event_id": snapshot.recurring_event_id}),
        ("moved", snapshot.is_move, moved),
        ("ended", snapshot.has_ended, {"meeting_ended_at": snapshot.ends_at}),
        ("series_doubt", snapshot.ends_series, {}),
    )
    return ((name, columns) for name, is_told, columns in rows if is_told)


def fold(appointment: Appointment, name: str, stamp: Stamp, columns: dict[str, Any]) -> None:
    """Write the columns of one register, unless what stands there is newer."""
    held = appointment.news.get(name)
    if held is not None and is_local(held) and not (name == "status" and stamp[:2] == [1, 1]):
        return
    if held is not None and not _is_newer(appointment, stamp, columns, held=held):
        return
    appointment.news[name] = stamp
    for column, value in columns.items():
        setattr(appointment, column, value)


def _is_newer(appointment: Appointment, stamp: Stamp, columns: dict[str, Any], *, held: Stamp) -> bool:
    if stamp != held:
        return stamp > held
    present = {column: getattr(appointment, column) for column in columns}
    return present != columns and _canonical(columns) > _canonical(present)


def _canonical(columns: dict[str, Any]) -> str:
    return json.dumps(columns, sort_keys=True, default=str)


def demote(appointment: Appointment) -> None:
    """Mark all that is known as news about a former uid: any news about the new one replaces it."""
    for stamp in appointment.news.values():
        if not is_local(stamp):
            stamp[0] = 0


def demoted(stamp: Stamp) -> Stamp:
    """The same stamp, for news about a former uid."""
    return [0, *stamp[1:]]
