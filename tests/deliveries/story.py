"""What a story is, and the words in which its end is written down by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.deliveries.cast import Person

Entry = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """Deliveries in the order they happened, and the state they add up to in whatever order they arrive.

    `ends` counts the states in which the deliveries themselves end, where the story is about that.
    """

    bodies: list[object]
    expected: list[Entry]
    ends: dict[str, int] = field(default_factory=dict)


def here(*people: Person) -> list[Entry]:
    """They attend."""
    return [{"email": who.email, "state": "active", "absent": False} for who in people]


def absent(*people: Person) -> list[Entry]:
    """They should have come and did not."""
    return [{"email": who.email, "state": "active", "absent": True} for who in people]


def gone(*people: Person) -> list[Entry]:
    """They left their seats."""
    return [{"email": who.email, "state": "gone", "absent": False} for who in people]


def appointment(
    uid: str,
    status: str,
    hours: str,
    attendees: Iterable[Entry],
    *,
    formerly: tuple[str, ...] = (),
    day: str = "2026-12-08",
    review: bool = False,
) -> Entry:
    """One appointment of the normal form; `hours` is written 09:00-09:30, in UTC."""
    start, end = hours.split("-")
    return {
        "uid": uid,
        "uids": sorted([uid, *formerly]),
        "status": status,
        "starts_at": f"{day}T{start}:00Z",
        "ends_at": f"{day}T{end}:00Z",
        "attendees": sorted([who["email"], who["state"], who["absent"]] for who in attendees),
        "review": review,
    }
