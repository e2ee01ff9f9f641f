"""A booking as the demo knows it; `bodies` turns it into what Cal.com would send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Host:
    """A user of Cal.com who is booked."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who books or comes along; a guest has no name at Cal.com."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An event type."""

    id: int
    title: str
    minutes: int
    price_cents: int = 0
    seats: int | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where: what the booker chose (`kind` and `detail`), and what Cal.com made of it (`text` and `url`)."""

    kind: str
    text: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Booking:
    """One booking of Cal.com's; a move makes another one with the same `chain`."""

    uid: str
    number: int
    offer: Offer
    host: Host
    starts_at: datetime
    people: tuple[Person, ...]
    place: Place
    answers: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    note: str = ""
    chain: str = ""
    sequence: int = 0

    @property
    def ends_at(self) -> datetime:
        """The end, by the event type's length."""
        return self.starts_at + timedelta(minutes=self.offer.minutes)

    @property
    def ical_uid(self) -> str:
        """The iCal UID, which survives moves."""
        return f"{self.chain or self.uid}@Cal.com"
