"""Whatever happens in whatever order, at the end both sides agree, and nothing was booked twice."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from appointments.backends import AttendeeSnapshot, BackendBusy, BackendUnavailable, BookingSnapshot
from appointments.booking import cancel, keep_ours, reschedule, send_again, take_theirs
from appointments.errors import BookingError
from appointments.inbound import apply_booking
from appointments.models import Appointment, Push, StaffTime
from appointments.push import due, push, release_stuck
from companies.models import Company
from tests.appointments.conftest import DESK, NINE, Booked, Clock
from tests.backends.memory import LOST, Fault, MemoryBackend, Server, snapshot

SEEDS = int(os.environ.get("QUIET_SEEDS", "12"))
FIRST = int(os.environ.get("QUIET_FIRST", "0"))


class World:
    """Both sides, the post between them, and chance."""

    def __init__(self, seed: int, *, server: Server, order: Booked, clock: Clock) -> None:
        self.dice = random.Random(seed)
        self.server, self.order, self.clock = server, order, clock
        self.company = Company.objects.get(pk=server.company_id)
        self.post: list[BookingSnapshot] = []
        self.people = 0
        self.log: list[str] = []

    def some_time(self) -> datetime:
        return NINE + timedelta(minutes=30 * self.dice.randrange(12))

    def somebody(self) -> AttendeeSnapshot:
        self.people += 1
        return AttendeeSnapshot(name=f"P{self.people}", email=f"p{self.people}@example.com")

    def some_row(self) -> Appointment:
        return self.dice.choice(list(Appointment.objects.order_by("pk")))

    def some_uid(self) -> str:
        return self.dice.choice([one.uid for one in self.server.alive])

    def write(self, uid: str) -> None:
        """The backend posts a webhook: never, once or twice; some do not tell our reference."""
        booking = self.server.bookings[uid]
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            reference = None if self.dice.random() < 0.3 else booking.reference
            self.post.append(snapshot(booking, rescheduled_to_uid="", reference=reference))

    def deliver(self) -> None:
        if not self.post:
            return
        letter = self.post.pop(self.dice.randrange(len(self.post)))
        apply_booking(self.company, letter, places=MemoryBackend(self.company).places)

    def steps(self) -> dict[str, Callable[[], object]]:
        return {
            "book here": lambda: self.order(starts_at=self.some_time(), attendees=[self.somebody()]),
            "move here": lambda: reschedule(self.some_row(), starts_at=self.some_time(), actor=DESK),
            "cancel here": lambda: cancel(self.some_row(), reason="r", actor=DESK),
            "book there": self.book_there,
            "move there": lambda: self.write(self.server.move(self.some_uid(), self.some_time()).uid),
            "cancel there": lambda: self.write(self.server.cancel(self.some_uid()).uid),
            "deliver": self.deliver,
            "push": self.push_one,
            "push again": self.push_one,
            "wait": lambda: self.clock.shift(self.dice.choice([1, 10, 40, 130, 4000])),
            "fault": self.fault,
            "stuck": release_stuck,
            "decide": self.decide,
            "again": lambda: send_again(self.some_row(), actor=DESK),
        }

    def book_there(self) -> None:
        starts_at = self.some_time()
        booking = self.server.new(
            event_type_id=71,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=30),
            attendees=(self.somebody(),),
        )
        self.write(booking.uid)

    def push_one(self) -> None:
        before = set(self.server.bookings)
        for pk in due()[:1]:
            push(pk)
        for uid in set(self.server.bookings) - before:
            self.write(uid)

    def fault(self) -> None:
        def die() -> None:
            raise KeyboardInterrupt

        early: list[Fault] = [LOST, BackendUnavailable("no route"), BackendBusy("wait")]
        late: list[Fault] = [LOST, RuntimeError("bug"), die]
        if self.dice.random() < 0.3:
            self.server.before.append(self.dice.choice(early))
        else:
            self.server.after.append(self.dice.choice(late))

    def decide(self) -> None:
        row = self.some_row()
        self.dice.choice([keep_ours, take_theirs])(row, actor=DESK)

    def step(self) -> None:
        name = self.dice.choice(list(self.steps()))
        self.clock.shift(1)
        try:
            self.steps()[name]()
            self.log.append(name)
        except (BookingError, IndexError, KeyboardInterrupt) as error:
            self.log.append(f"{name}: {type(error).__name__}")

    def rest(self) -> None:
        """No more faults; a reconciliation; staff decide what is left to them; until nothing happens any more."""
        self.server.before.clear()
        self.server.after.clear()
        for _ in range(12):
            self.clock.shift(4000)
            release_stuck()
            while ids := due():
                for pk in ids:
                    push(pk)
            self.reconcile()
            for row in Appointment.objects.filter(sync_status__in=["conflict", "needs_staff"]):
                self.settle(row)

    def settle(self, row: Appointment) -> None:
        """What the backend refuses to book is cancelled; in anything else, what the backend has counts."""
        try:
            take_theirs(row, actor=DESK)
        except BookingError:
            cancel(row, reason="no time there", actor=DESK)

    def reconcile(self) -> None:
        while self.post:
            self.deliver()
        for booking in sorted(self.server.bookings.values(), key=lambda one: one.booking_id):
            apply_booking(self.company, snapshot(booking), places=MemoryBackend(self.company).places)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_at_the_end_both_sides_agree(order, server, clock, seed):
    server.is_exclusive = bool(seed % 2)
    world = World(seed, server=server, order=order, clock=clock)
    order(starts_at=NINE, attendees=[world.somebody()])
    for _ in range(40):
        world.step()
    world.rest()
    here = sorted(
        (row.calcom_booking_uid, row.starts_at)
        for row in Appointment.objects.filter(status__in=["pending", "confirmed"])
    )
    there = sorted((one.uid, one.starts_at) for one in server.alive)
    assert here == there, world.log
    references = [one.reference for one in server.bookings.values() if one.reference]
    assert len(references) == len(set(references)), world.log
    assert not Push.objects.filter(finished_at__isnull=True).exists(), world.log
    assert set(Appointment.objects.values_list("sync_status", flat=True)) <= {"synced", "not_applicable"}, world.log
    taking = Appointment.objects.filter(status__in=["pending", "confirmed"], is_double_booked=False)
    assert StaffTime.objects.count() == taking.count(), world.log
    assert not [row.news for row in Appointment.objects.all() for stamp in row.news.values() if len(stamp) > 4]
