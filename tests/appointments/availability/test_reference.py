"""Availability says the same as a slow and obvious reference, whatever the salon."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings

from appointments import occupancy
from appointments.availability import Available, Query, check, slots
from appointments.availability.hours import open_spans
from appointments.backends import Offer
from appointments.errors import SlotTaken
from appointments.models import Absence, Appointment, Customer, Hold, Service, StaffTime
from tests.appointments.availability.reference import MINUTE, Salon, Taken, salons, slowly
from tests.appointments.conftest import EVENT_TYPE
from tests.backends.memory import MemoryBackend
from tests.factories import BranchFactory, CompanyFactory, StaffFactory


class Furnished:
    """The salon in the database, and its backend."""

    def __init__(self, plan: Salon) -> None:
        self.plan = plan
        self.company = CompanyFactory.create(time_zone="Pacific/Auckland", calcom_api_key="a key", slug=str(uuid4()))
        self.branch = BranchFactory.create(company=self.company, time_zone=plan.zone, hours=plan.hours)
        self.branch.refresh_from_db()
        self.staff = StaffFactory.create(company=self.company, home_branch=self.branch)
        self.service = self.a_service(plan.length_min, plan.before_min, plan.after_min, notice_min=plan.notice_min)
        self.customer = Customer.objects.create(company=self.company, name="Ada")
        server = MemoryBackend.servers[self.company.pk]
        server.is_test_inside = True
        server.offers[self.service.pk, self.staff.pk] = Offer(event_type_id=EVENT_TYPE)
        server.free[EVENT_TYPE, None] = tuple(plan.at(minute) for minute in plan.offered)
        for taken in plan.taken:
            self.take(taken)
        for since, length, is_branch in plan.away:
            who = {"branch": self.branch} if is_branch else {"staff": self.staff}
            Absence.objects.create(company=self.company, **self.times(since, length), **who)
        for since, length in plan.customer:
            self.appointment(self.times(since, length), status="confirmed", customer=self.customer)

    def a_service(self, length_min: int, before_min: int, after_min: int, **more: object) -> Service:
        buffers = {"buffer_before_min": before_min, "buffer_after_min": after_min}
        return Service.objects.create(
            company=self.company, name=str(uuid4()), duration_min=length_min, **buffers, **more
        )

    def times(self, since: int, length: int) -> dict[str, datetime]:
        return {"starts_at": self.plan.at(since), "ends_at": self.plan.at(since + length)}

    def appointment(self, times: dict[str, datetime], *, status: str, **more: object) -> Appointment:
        sides = {"source": "portal", "sync_origin": "portal", "sync_status": "pending", "told_status": status}
        return Appointment.objects.create(company=self.company, status=status, **sides, **times, **more)

    def take(self, taken: Taken) -> None:
        """Two that overlap become a double booking, or the hold gives way."""
        service = self.a_service(taken.length_min, taken.before_min, taken.after_min)
        times = self.times(taken.at_min, taken.length_min)
        if taken.fate not in {"held", "over"}:
            row = self.appointment(times, status=taken.fate, staff=self.staff, service=service)
            occupancy.occupy(self.company, known=[], new=[row])
            return
        until = self.plan.at(self.plan.now_min) + (1 if taken.fate == "held" else 0) * MINUTE
        hold = Hold(company=self.company, service=service, staff=self.staff, branch=self.branch, **times)
        hold.length_min, hold.expires_at = taken.length_min, until
        with time_machine.travel(until - 5 * MINUTE, tick=False), suppress(SlotTaken):
            occupancy.keep(hold)

    @property
    def live_holds(self) -> list[tuple[datetime, datetime]]:
        now = self.plan.at(self.plan.now_min)
        held = StaffTime.objects.filter(hold__in=Hold.objects.filter(company=self.company, expires_at__gt=now))
        return [(time.during.lower, time.during.upper) for time in held]


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=salons())
def test_what_is_free_is_what_a_look_at_every_minute_finds(plan, settings):
    settings.BOOKING_BACKEND = "tests.backends.memory.MemoryBackend"
    with time_machine.travel(plan.at(plan.now_min), tick=False):
        salon = Furnished(plan)
        query = Query(company=salon.company, service=salon.service, staff=salon.staff, customer=salon.customer)
        found = slots(query, plan.origin, plan.origin + timedelta(hours=60))
        expected = slowly(plan, salon.live_holds)
        assert [slot.starts_at for slot in found.slots] == expected
        for minute in plan.offered[:3]:
            assert isinstance(check(query, plan.at(minute)), Available) == (plan.at(minute) in expected)


@settings(max_examples=60, deadline=None)
@given(plan=salons())
def test_opening_hours_are_what_a_look_at_the_clock_every_minute_finds(plan):
    spans = open_spans(plan.hours, ZoneInfo(plan.zone), plan.origin, plan.origin + timedelta(hours=54))
    assert (spans is None) == (not plan.hours)
    for moment in (plan.at(minute) for minute in range(0, 54 * 60, 15)):
        wall = moment.astimezone(ZoneInfo(plan.zone))
        ranges = [span.split("-") for span in plan.hours.get(f"{wall:%a}".lower(), [])]
        is_open = any(opens <= f"{wall:%H:%M}" < closes for opens, closes in ranges)
        assert any(span.starts_at <= moment < span.ends_at for span in spans or ()) == is_open
