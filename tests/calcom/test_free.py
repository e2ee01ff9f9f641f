"""Free slots of Cal.com as the domain wants them, over a real socket, and what availability makes of them."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from appointments.availability import Available, Query, Unavailable, Unknown, check, slots, week
from appointments.backends import BackendSlotTaken
from appointments.booking import Actor, hold
from appointments.models import Service
from appointments.models.history import Side
from appointments.reservations import reserve
from appointments.wall_time import clock_changes, midnight
from calcom import kept
from calcom.backend import CalcomBackend
from calcom.models import EventType, EventTypeMapping, HostMapping
from calcom.sandbox.state import Schedule
from tests.calcom.redis_clock import RedisClock
from tests.calcom.remote import OLGA, Remote, monday
from tests.factories import BranchFactory, StaffFactory

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEY = Actor(side=Side.API, name="key:abc")
EVERY_DAY = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.fixture
def remote(connected, cal, settings):
    settings.CALCOM_READ_TIMEOUT_S = 1
    return Remote(cal, connected)


@pytest.fixture
def staff(remote):
    return StaffFactory.create(
        company=remote.company, name="Olga", home_branch=BranchFactory.create(company=remote.company)
    )


@pytest.fixture
def cut(remote):
    return Service.objects.create(company=remote.company, name="Cut", duration_min=30)


@pytest.fixture
def event_type(remote, cut, staff):
    return mapped(remote, cut, staff, remote.offer("Cut"))


@pytest.fixture
def query(remote, cut, staff, event_type):
    return Query(company=remote.company, service=cut, staff=staff)


def mapped(remote, service, staff, number, **facts):
    facts = {"length_min": 30, "host_ids": [OLGA]} | facts
    row = EventType.objects.create(company=remote.company, calcom_id=number, title="Cut", **facts)
    EventTypeMapping.objects.create(company=remote.company, event_type=row, service=service, staff=staff)
    return number


def works(remote, starts: str, ends: str, zone: str = "Europe/Berlin") -> None:
    """Olga works every day from then till then, on her own clock."""
    hours = {"days": EVERY_DAY, "startTime": starts, "endTime": ends}
    remote.world.schedules[1] = Schedule(1, OLGA, "Nights", zone, [hours], [], is_default=True)


def night(*, forward: bool) -> date:
    """The next day on which clocks in Berlin are changed."""
    now = timezone.now()
    changes = clock_changes(BERLIN, now + 2 * DAY, now + 400 * DAY)
    return next(change.at for change in changes if (change.shift > timedelta()) == forward).astimezone(BERLIN).date()


def free(remote, number, starts_at, ends_at, **more):
    return CalcomBackend(remote.company).slots(number, starts_at=starts_at, ends_at=ends_at, time_zone=BERLIN, **more)


def test_what_cal_com_offers_in_a_range_is_offered(query, event_type):
    told = slots(query, monday(10), monday(11, 30))
    assert [slot.starts_at for slot in told.slots] == [monday(10), monday(10, 30), monday(11)]
    assert not told.is_stale
    assert {slot.event_type_id for slot in told.slots} == {event_type}


def test_what_somebody_books_at_cal_com_is_gone_when_asked_afresh(query, remote, event_type):
    assert isinstance(check(query, monday()), Available)
    remote.book(event_type)
    assert not isinstance(check(query, monday(), fresh=True), Available)


def test_an_appointment_over_midnight_is_offered_and_keeps_its_rhythm(remote, cut, staff):
    works(remote, "00:00", "23:59", "UTC")
    number = remote.offer("Night watch", 45)
    day = monday(0)
    found = free(remote, number, day, day + DAY).starts
    assert day + timedelta(hours=23, minutes=15) in found
    assert set(found) < set(free(remote, number, day - DAY, day + DAY).starts)


def test_in_spring_the_hour_that_cal_com_offers_too_early_is_flagged(remote, query, event_type):
    works(remote, "00:00", "05:00")
    begin = midnight(night(forward=True), BERLIN)
    found = {slot.starts_at: slot.is_doubtful for slot in slots(query, begin - HOUR, begin + 12 * HOUR).slots}
    assert (found[begin - HOUR], found[begin + HOUR]) == (True, True)
    assert not any(found[one] for one in found if one >= begin + 2 * HOUR)


def test_where_the_branch_says_its_hours_the_wrong_hour_is_not_offered(remote, query, staff, event_type):
    works(remote, "00:00", "05:00")
    staff.home_branch.hours = {day: ["00:00-05:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    begin = midnight(night(forward=True), BERLIN)
    found = [slot.starts_at for slot in slots(query, begin - HOUR, begin + 12 * HOUR).slots]
    assert (found[0], found[-1] + HOUR / 2) == (begin, begin + 4 * HOUR)


def test_in_autumn_what_cal_com_lacks_is_explained(remote, query, event_type):
    works(remote, "00:00", "05:00")
    begin = midnight(night(forward=False), BERLIN)
    told = slots(query, begin, begin + 12 * HOUR).slots
    assert (told[0].starts_at, told[0].is_doubtful) == (begin + HOUR, True)
    assert not told[-1].is_doubtful
    verdict = check(query, begin)
    assert isinstance(verdict, Unavailable)
    assert "may lie an hour off" in verdict.sentence


def test_on_both_nights_the_slots_of_the_day_are_not_in_doubt(query, remote, event_type):
    works(remote, "09:00", "17:00")
    for forward in (True, False):
        begin = midnight(night(forward=forward), BERLIN)
        told = slots(query, begin, begin + DAY).slots
        assert [f"{slot.starts_at.astimezone(BERLIN):%H:%M}" for slot in told][::15] == ["09:00", "16:30"]
        assert not any(slot.is_doubtful for slot in told)


def test_clocks_that_change_at_midnight_or_never_are_known(remote, event_type):
    spring = free(remote, event_type, datetime(2027, 4, 29, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC))
    assert spring.doubtful == ()
    backend = CalcomBackend(remote.company)
    for zone, expected in (("Africa/Cairo", 1), ("Asia/Kathmandu", 0)):
        told = backend.slots(
            event_type,
            starts_at=datetime(2027, 4, 29, tzinfo=UTC),
            ends_at=datetime(2027, 5, 1, tzinfo=UTC),
            time_zone=ZoneInfo(zone),
        )
        assert len(told.doubtful) == expected


def test_when_cal_com_is_away_an_old_answer_is_told_as_one_and_a_fresh_one_is_unknown(
    query, remote, monkeypatch, event_type
):
    clock = RedisClock()
    monkeypatch.setattr(kept, "script", clock.ruling(kept.script))
    kept.parsed.clear()
    assert isinstance(check(query, monday()), Available)
    clock.move(600)
    remote.fault("status", status=503)
    verdict = check(query, monday())
    assert isinstance(verdict, Available)
    assert verdict.slot.is_stale
    assert verdict.as_of is not None
    assert timedelta(minutes=9) < timezone.now() - verdict.as_of < timedelta(minutes=11)
    assert isinstance(check(query, monday(), fresh=True), Unknown)
    assert week(query, monday().date() + timedelta(days=7)).unknown


def test_a_choice_of_lengths_is_asked_for_by_length(remote, cut, staff):
    number = remote.offer("Cut", 30, lengthInMinutesOptions=[30, 60])
    mapped(remote, cut, staff, number, length_options=[30, 60])
    query = Query(company=remote.company, service=cut, staff=staff, length_min=60)
    ends = {slot.ends_at - slot.starts_at for slot in slots(query, monday(9), monday(17)).slots}
    assert ends == {HOUR}
    assert not isinstance(check(query, monday(16, 30)), Available)


def test_a_time_is_hidden_from_others_and_shown_again(remote, event_type, query):
    backend = CalcomBackend(remote.company)
    made = backend.reserve(event_type, starts_at=monday(), minutes=5)
    assert monday() not in free(remote, event_type, monday(9), monday(12), fresh=True).starts
    with pytest.raises(BackendSlotTaken):
        backend.reserve(event_type, starts_at=monday(), minutes=5)
    backend.release(made.uid, event_type_id=event_type)
    assert monday() in free(remote, event_type, monday(9), monday(12), fresh=True).starts


def test_ones_own_hold_is_free_for_oneself_though_cal_com_hides_it(remote, query, cut, staff, event_type):
    mine = hold(remote.company, service=cut, staff=staff, starts_at=monday(), actor=KEY)
    reserve(mine.pk)
    mine.refresh_from_db()
    assert mine.is_reserved
    assert isinstance(check(query, monday(), own_hold=mine, fresh=True), Available)
    assert not isinstance(check(query, monday(), fresh=True), Available)


def test_a_teams_event_type_whose_hosts_nobody_named_is_offered_without_a_name(remote, cut, staff):
    mapped(remote, cut, None, remote.offer("Team cut"), host_ids=[OLGA, 2])
    (first, *_) = slots(Query(company=remote.company, service=cut), monday(10), monday(12)).slots
    assert (first.staff_id, first.staff_ids) == (None, ())


def test_hosts_of_a_teams_event_type_are_asked_about_once(remote, cut, staff, monkeypatch):
    mapped(remote, cut, None, remote.offer("Team cut"), host_ids=[OLGA, 2])
    other = StaffFactory.create(company=remote.company)
    for number, person in ((OLGA, staff), (2, other)):
        HostMapping.objects.create(company=remote.company, calcom_user_id=number, staff=person)
    (first, *_) = slots(Query(company=remote.company, service=cut), monday(10), monday(12)).slots
    assert first.staff_ids == (staff.pk, other.pk)


def test_several_people_are_asked_about_in_threads_that_never_touch_the_database(remote, cut, staff, monkeypatch):
    for _number in range(8):
        person = StaffFactory.create(company=remote.company)
        mapped(remote, cut, person, remote.offer("Cut"))
    connecting: list[str] = []
    connect = BaseDatabaseWrapper.connect

    def noted(self: BaseDatabaseWrapper) -> None:
        connecting.append(threading.current_thread().name)
        connect(self)

    monkeypatch.setattr(BaseDatabaseWrapper, "connect", noted)
    told = slots(Query(company=remote.company, service=cut), monday(10), monday(11))
    assert [len(slot.staff_ids) for slot in told.slots] == [8, 8]
    assert connecting == []


def test_what_several_share_is_not_hidden_there(remote, cut, staff):
    mapped(remote, cut, staff, remote.offer("Cut"), host_ids=[OLGA, OLGA + 1])
    mine = hold(remote.company, service=cut, staff=staff, starts_at=monday(), actor=KEY)
    reserve(mine.pk)
    mine.refresh_from_db()
    assert (mine.remote_uid, remote.world.reservations) == ("", {})
