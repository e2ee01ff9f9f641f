"""What a Push wants, as values: its `wanted` column is read and written here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from appointments.backends import AttendeeSnapshot, Location
from appointments.models import Push


@dataclass(frozen=True, kw_only=True)
class State:
    """What one side has: what the backend had before a change, or what it says instead. `stamp` of its status."""

    starts_at: datetime
    ends_at: datetime
    status: str
    uid: str = ""
    as_of: datetime | None = None
    cancellation_reason: str = ""
    rejected_reason: str = ""
    status_stamp: list[Any] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The values wanted. Which of them count depends on the operation.

    `from_uid` is the booking a move starts from, or one that is booked again; `uid` the one that a compensation
    cancels, `seat_uid` where only that seat of it; `email` whose seat is meant (their contact); `was` what the backend
    had before.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    length_min: int | None = None
    event_type_id: int | None = None
    attendees: tuple[AttendeeSnapshot, ...] = ()
    guests: tuple[str, ...] = ()
    location: Location | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    time_zone: str = ""
    from_uid: str = ""
    uid: str = ""
    seat_uid: str = ""
    email: str = ""
    absences: Mapping[str, bool] = field(default_factory=dict)
    was: State | None = None

    def as_json(self) -> dict[str, Any]:
        """For the column: what says nothing is left out."""
        return {
            item.name: _plain(value)
            for item in fields(self)
            if (value := getattr(self, item.name)) not in (None, "", (), {})
        }


def wish_of(push: Push) -> Wish:
    """What a Push wants."""
    held = dict(push.wanted)
    for name in ("starts_at", "ends_at"):
        if name in held:
            held[name] = datetime.fromisoformat(held[name])
    if "attendees" in held:
        held["attendees"] = tuple(AttendeeSnapshot(**one) for one in held["attendees"])
    if "guests" in held:
        held["guests"] = tuple(held["guests"])
    if "location" in held:
        held["location"] = Location(**held["location"])
    if "was" in held:
        held["was"] = state_of(held["was"])
    return Wish(**held)


def state_of(held: Mapping[str, Any]) -> State:
    """A State that was stored."""
    as_of = held.get("as_of")
    return State(
        **{
            **held,
            "starts_at": datetime.fromisoformat(held["starts_at"]),
            "ends_at": datetime.fromisoformat(held["ends_at"]),
            "as_of": datetime.fromisoformat(as_of) if as_of else None,
        }
    )


def stored(state: State) -> dict[str, Any]:
    """A State as it is stored."""
    return {name: _plain(value) for name, value in asdict(state).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (AttendeeSnapshot, Location)):
        return asdict(value)
    if isinstance(value, State):
        return stored(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
