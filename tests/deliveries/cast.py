"""Who and what the stories are about: invented people, event types and bookings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Offer:
    """An event type as Cal.com has it."""

    title: str
    slug: str
    minutes: int
    seats: int | None = None
    confirms: bool = False

    @property
    def is_seated(self) -> bool:
        """Whether several people share one booking."""
        return self.seats is not None


CUT, COLOUR, COURSE, WEEKLY = 7101, 7102, 7103, 7104
EVENT_TYPES: dict[int, Offer] = {
    CUT: Offer("Haarschnitt", "haarschnitt", 30),
    COLOUR: Offer("Farbe & Strähnen", "farbe", 90, confirms=True),
    COURSE: Offer("Flechtkurs", "flechtkurs", 60, seats=4),
    WEEKLY: Offer("Bartpflege", "bartpflege", 30),
}


@dataclass(frozen=True)
class Person:
    """Somebody who books or comes along. A guest has no name at Cal.com."""

    name: str
    email: str
    phone: str | None = None


LENA = Person("Lena Weiß", "lena@example.com", "+4930111222")
TOM = Person("Tom Brandt", "tom@example.com")
ADA = Person("Ada Kühn", "ada@example.com")
BEN = Person("Ben Groß", "ben@example.com")
CLEO = Person("Cleo Vogt", "cleo@example.com")
GUEST = Person("", "guest@example.com")


@dataclass(frozen=True)
class Booking:
    """One booking on the server: a uid and all that stays the same while it has that uid.

    `ical` is the uid of the first booking of the chain; `sequence` counts the moves.
    """

    uid: str
    number: int
    starts: str = "09:00"
    people: tuple[Person, ...] = field(default=(LENA,))
    event_type: int = CUT
    day: str = "2026-12-08"
    ical: str = ""
    sequence: int = 0

    @property
    def offer(self) -> Offer:
        """The event type booked."""
        return EVENT_TYPES.get(self.event_type, EVENT_TYPES[CUT])

    @property
    def ical_uid(self) -> str:
        """The iCalUID, which survives moves."""
        return f"{self.ical or self.uid}@Cal.com"

    def time(self, suffix: str, *, is_end: bool = False) -> str:
        """Start or end in one of the three spellings: Z, .000Z, +00:00."""
        start = datetime.fromisoformat(f"{self.day}T{self.starts}:00")
        moment = start + timedelta(minutes=self.offer.minutes if is_end else 0)
        return f"{moment:%Y-%m-%dT%H:%M:%S}{suffix}"
