"""What chance cannot be trusted with: a series, a course with seats, a double booking, an unknown event type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from config.demo import bodies
from config.demo.booking import Person
from config.demo.cast import StaffSpec, customers
from config.demo.story import ZONE, Story, by_video, on_the_phone


def tell_highlights(story: Story) -> None:
    """Tell them for the salon, before its days are filled."""
    anna, bruno, _, dora, emil = story.company.staff
    people = customers(45)
    _series(story, dora, people[7])
    _course(story, bruno, people[10:14])
    _double_booking(story, anna, people[20:22])
    _consultations(story, emil, people[16:18])
    _unknown(story, anna, people[30])


def _series(story: Story, member: StaffSpec, booker: Person) -> None:
    service = story.company.service("Trockenschnitt")
    first = _working_day(member, story.today) - timedelta(days=7)
    made_at = datetime.combine(first - timedelta(days=3), time(18), ZONE)
    for week in range(4):
        starts_at = story.keep_free(member, first + timedelta(weeks=week), member.opens, service.minutes)
        booking = story.booking(service, member, starts_at, booker)
        story.tell(made_at, bodies.occurrence(booking, sent_at=made_at, count=4))
        if week == 0:
            story.tell(booking.ends_at, bodies.meeting_ended(booking, booked_at=made_at))


def _course(story: Story, member: StaffSpec, people: Sequence[Person]) -> None:
    """Four seats taken, then a cancellation that names one person: Cal.com does not say if it meant all of them."""
    service = story.company.service("Flechtkurs")
    day = _working_day(member, story.today + timedelta(days=2))
    booking = story.booking(service, member, story.keep_free(member, day, time(17), service.minutes), *people)
    made_at = story.booked_at(booking)
    for index, person in enumerate(people):
        taken_at = made_at + timedelta(minutes=25 * index)
        story.tell(taken_at, bodies.seat_taken(replace(booking, people=(person,)), person, sent_at=taken_at))
    gone_at = made_at + timedelta(hours=4)
    one = replace(booking, people=(people[-1],))
    story.tell(gone_at, bodies.cancelled(one, sent_at=gone_at, reason="Schaffe es leider nicht."))


def _double_booking(story: Story, member: StaffSpec, people: Sequence[Person]) -> None:
    service = story.company.service("Waschen, schneiden, föhnen")
    day = _working_day(member, story.today + timedelta(days=1))
    starts_at = story.keep_free(member, day, time(15), service.minutes + 30)
    for person, delay in zip(people, (timedelta(0), timedelta(minutes=30)), strict=True):
        booking = story.booking(service, member, starts_at + delay, person)
        made_at = story.booked_at(booking)
        story.tell(made_at, bodies.created(booking, sent_at=made_at))


def _consultations(story: Story, member: StaffSpec, people: Sequence[Person]) -> None:
    """One on the phone, with answers; one by video, with a guest."""
    service = story.company.service("Beratung")
    day = _working_day(member, story.today)
    guest = Person(name="", email="begleitung@example.com")
    for index, (booker, hour) in enumerate(zip(people, (11, 16), strict=True)):
        starts_at = story.keep_free(member, day, time(hour), service.minutes)
        booking = story.booking(service, member, starts_at, booker)
        if index == 0:
            booking = replace(booking, place=on_the_phone(booker), answers={"wunsch": ("Wünsche", "kurz & „glatt“")})
        else:
            booking = replace(booking, place=by_video(booking), people=(booker, guest))
        made_at = story.booked_at(booking)
        story.tell(made_at, bodies.created(booking, sent_at=made_at))


def _unknown(story: Story, member: StaffSpec, booker: Person) -> None:
    """A booking of an event type that nobody has entered yet: its delivery waits."""
    service = replace(story.company.service("Beratung"), name="Brautfrisur", event_type_id=3719799)
    day = _working_day(member, story.today + timedelta(days=3))
    booking = story.booking(service, member, datetime.combine(day, time(9), ZONE), booker)
    made_at = story.booked_at(booking)
    story.tell(made_at, bodies.created(booking, sent_at=made_at))


def _working_day(member: StaffSpec, earliest: date) -> date:
    """The first day from `earliest` on that somebody works."""
    return next(day for n in range(7) if (day := earliest + timedelta(days=n)).weekday() in member.weekdays)
