"""The demo's calendar: which bookings Cal.com would have told about in two weeks, and how each of them went on.

Everything follows from the date and a fixed seed. Appointments of one staff member do not overlap, but for the one
double booking that is there on purpose; a moved one leaves its first time free.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from config.demo import bodies
from config.demo.bodies import Body
from config.demo.booking import Booking, Host, Offer, Person, Place
from config.demo.cast import CompanySpec, ServiceSpec, StaffSpec, customers

ZONE = ZoneInfo("Europe/Berlin")
FIRST_DAY, LAST_DAY = -6, 7
_STEP = timedelta(minutes=15)
_NAMESPACE = uuid.UUID("6b1f6a0e-1f0e-5b52-8d52-0d8a3a0c7f11")

_NOTES = (
    "Bitte nur kurz waschen.",
    "Ich komme vielleicht 5 Minuten später.",
    "Wie beim letzten Mal.",
    "Allergie: Nüsse",
)
_REASONS = ("Leider krank geworden.", "Termin passt doch nicht.", "Kind hat Fieber", "Dienstplan geändert")
_ANSWERS = (
    {"wunsch": ("Wünsche", "kurz & „glatt“")},
    {"haarlaenge": ("Haarlänge", "schulterlang"), "erstbesuch": ("Erster Besuch?", True)},
    {"pflege": ("Pflegeprodukte", ["Shampoo", "Kur"])},
)
# What becomes of a booking: of those that are over, and of those to come.
_PAST = ("ended",) * 14 + ("cancelled", "cancelled", "no_show", "moved", "moved", "moved")
_COMING = ("confirmed",) * 14 + ("cancelled", "moved", "moved", "pending", "pending", "rejected", "settled")


@dataclass(frozen=True, order=True)
class Delivery:
    """What Cal.com sends, and when."""

    sent_at: datetime
    number: int
    body: Body = field(compare=False)


@dataclass
class Story:
    """Tells the calendar of one company around `today`, `busyness` being the usual number of bookings in a day."""

    company: CompanySpec
    today: date
    busyness: int
    _deliveries: list[Delivery] = field(default_factory=list)
    _busy: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    _number: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.company.slug)  # noqa: S311 - the same every day, and no secret
        self._customers = customers(45 if self.company.branches[1:] else 12)
        self._number = self.company.calcom_team_id * 10
        self._past, self._coming = self._in_turn(_PAST), self._in_turn(_COMING)

    def deliveries(self) -> list[Delivery]:
        """Everything Cal.com would have sent until now, in that order."""
        for offset in range(FIRST_DAY, LAST_DAY + 1):
            for member in self.company.staff:
                self._fill(member, self.today + timedelta(days=offset))
        return sorted(self._deliveries)

    def keep_free(self, member: StaffSpec, day: date, start: time, minutes: int) -> datetime:
        """Reserve time of somebody for what is told by hand. Returns its start."""
        starts_at = datetime.combine(day, start, ZONE)
        self._busy.setdefault(member.name, []).append((starts_at, starts_at + timedelta(minutes=minutes)))
        return starts_at

    def booking(
        self, service: ServiceSpec, member: StaffSpec, starts_at: datetime, *people: Person, place: Place | None = None
    ) -> Booking:
        """A booking with a uid and number of its own."""
        self._number += 1
        uid = uuid.uuid5(_NAMESPACE, f"{self.company.slug} {self.today} {self._number}").hex[:22]
        return Booking(
            uid=uid,
            number=self._number,
            offer=Offer(id=service.event_type_id, title=service.name, minutes=service.minutes, seats=service.seats),
            host=Host(id=member.calcom_user_id, name=member.name, email=member.email),
            starts_at=starts_at,
            people=people or (self._random.choice(self._customers),),
            place=place or self.company.branch_of(member).place,
        )

    def tell(self, sent_at: datetime, body: Body) -> None:
        """Add one delivery."""
        self._deliveries.append(Delivery(sent_at, len(self._deliveries), body))

    def booked_at(self, booking: Booking) -> datetime:
        """When a booking was made: some days before it, and before today."""
        latest = min(booking.starts_at, datetime.combine(self.today, time(0), ZONE))
        return latest - timedelta(days=self._random.randint(1, 6), minutes=self._random.randint(5, 600))

    def _in_turn(self, fates: Sequence[str]) -> Iterator[str]:
        """Each fate as often as it is named, in an order without a pattern."""
        return cycle(self._random.sample(fates, len(fates)))

    def _fill(self, member: StaffSpec, day: date) -> None:
        if day.weekday() not in member.weekdays:
            return
        slots = self._slots(member, day)
        for service, starts_at in slots:
            booking = self._dressed(self.booking(service, member, starts_at))
            fate = next(self._past if day < self.today else self._coming)
            if fate == "moved":
                later = next(slots, None)
                if later is not None:
                    self._move(booking, later[1])
                    continue
            self._live(booking, fate, by_hand=service.is_confirmed_by_hand)

    def _slots(self, member: StaffSpec, day: date) -> Iterator[tuple[ServiceSpec, datetime]]:
        """Some of the times that fit into somebody's day, each with a service they can do."""
        able = [service for service in self.company.services if service.skill in member.skills and not service.seats]
        now, wanted = datetime.combine(day, member.opens, ZONE), self._random.randint(1, self.busyness)
        now += _STEP * self._random.randint(0, 12)
        while wanted:
            service = self._random.choice(able)
            start = self._next_free(member, now, timedelta(minutes=service.minutes))
            if start is None:
                return
            wanted -= 1
            yield service, start
            now = start + timedelta(minutes=service.minutes) + _STEP * self._random.randint(0, 6)

    def _next_free(self, member: StaffSpec, earliest: datetime, length: timedelta) -> datetime | None:
        closes = datetime.combine(earliest.date(), member.closes, ZONE)
        rest = tuple(datetime.combine(earliest.date(), clock, ZONE) for clock in member.rests)
        taken = [*self._busy.get(member.name, []), (rest[0], rest[1])]
        start = earliest
        while start + length <= closes:
            if not any(start < end and begin < start + length for begin, end in taken):
                return start
            start += _STEP
        return None

    def _dressed(self, booking: Booking) -> Booking:
        """With a place, answers, a note or a guest, as chance will have it."""
        chance = self._random.random
        booker = booking.people[0]
        if booking.offer.title in {"Beratung", "Erstgespräch"} and chance() < 0.7:
            booking = replace(
                booking, place=on_the_phone(booker) if booker.phone and chance() < 0.5 else by_video(booking)
            )
        if chance() < 0.4:
            booking = replace(booking, answers=self._random.choice(_ANSWERS))
        if chance() < 0.2:
            booking = replace(booking, note=self._random.choice(_NOTES))
        if chance() < 0.08:
            guest = Person(name="", email=f"begleitung{booking.number}@example.com")
            booking = replace(booking, people=(booker, guest))
        return booking

    def _move(self, booking: Booking, first: datetime) -> None:
        """Booked for another time first, then moved to this one."""
        old = replace(booking, uid=uuid.uuid5(_NAMESPACE, booking.uid).hex[:22], starts_at=first)
        moved = replace(booking, number=booking.number + 500, chain=old.uid, sequence=1)
        made_at = self.booked_at(min(old, moved, key=lambda one: one.starts_at))
        self.tell(made_at, bodies.created(old, sent_at=made_at))
        moved_at = made_at + timedelta(hours=3)
        self.tell(moved_at, bodies.rescheduled(moved, old, sent_at=moved_at))
        self._end(moved, made_at)

    def _live(self, booking: Booking, fate: str, *, by_hand: bool) -> None:
        made_at = self.booked_at(booking)
        later = made_at + timedelta(hours=2)
        if by_hand or fate in {"pending", "rejected", "settled"}:
            self.tell(made_at, bodies.requested(booking, sent_at=made_at))
            if fate == "rejected":
                self.tell(later, bodies.rejected(booking, sent_at=later, reason="Leider voll an diesem Tag."))
            if fate in {"pending", "rejected"}:
                return
            self.tell(later, bodies.confirmed(booking, sent_at=later))
        else:
            self.tell(made_at, bodies.created(booking, sent_at=made_at))
        if fate == "cancelled":
            gone_at = later + timedelta(hours=1)
            reason = self._random.choice(_REASONS)
            self.tell(gone_at, bodies.cancelled(booking, sent_at=gone_at, reason=reason))
            return
        self._end(booking, made_at, is_missed=fate == "no_show")

    def _end(self, booking: Booking, made_at: datetime, *, is_missed: bool = False) -> None:
        """The meeting's end, where it is over."""
        if booking.starts_at.date() >= self.today:
            return
        self.tell(booking.ends_at, bodies.meeting_ended(booking, booked_at=made_at))
        if is_missed:
            seen_at = booking.ends_at + timedelta(minutes=10)
            self.tell(seen_at, bodies.no_show(booking, sent_at=seen_at))


def on_the_phone(booker: Person) -> Place:
    """The salon calls the customer."""
    return Place(kind="phone", text=booker.phone, detail=booker.phone)


def by_video(booking: Booking) -> Place:
    """A video call; Cal.com puts its address into the metadata too."""
    url = f"https://cal.example.com/video/{booking.uid}"
    return Place(kind="integrations:daily", text=url, url=url)
