"""Both ways at once: what is changed here and what is changed at Cal.com meet, over a real socket."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appointments.backends import AttendeeSnapshot
from appointments.booking import Actor, book, book_again, cancel, reschedule, send_again
from appointments.models import Appointment, AppointmentChange, Push
from appointments.models.history import Side
from appointments.push import due, push
from calcom.models import EventType, EventTypeMapping, HostMapping
from tests.calcom.remote import OLGA, monday
from tests.factories import BranchFactory, StaffFactory
from tests.portal.factories import ServiceFactory
from tests.trips import trips
from webhooks.tasks import drain_all

DESK = Actor(side=Side.PORTAL, name="Mara")
ADA = AttendeeSnapshot(name="Ada Kern", email="ada@example.com", phone="+4930123456")
POSTED = {"method": "POST", "path": "/v2/bookings"}


@pytest.fixture
def olga(remote):
    staff = StaffFactory.create(company=remote.company, name="Olga")
    HostMapping.objects.create(company=remote.company, calcom_user_id=OLGA, staff=staff)
    return staff


@pytest.fixture
def order(remote, cut, olga, settings):
    """Books a cut by Olga for Ada."""
    settings.CALCOM_READ_TIMEOUT_S = 1
    service = ServiceFactory.create(company=remote.company, name="Cut", duration_min=30)
    event_type = EventType.objects.get()
    EventType.objects.update(length_min=30, host_ids=[OLGA])
    EventTypeMapping.objects.create(company=remote.company, event_type=event_type, service=service)

    def ordered(at=None):
        return book(remote.company, service=service, staff=olga, starts_at=at or monday(), attendees=[ADA], actor=DESK)

    return ordered


def send():
    """All pushes that are due, once."""
    for number in due():
        push(number)


def only() -> Appointment:
    return Appointment.objects.get()


def agree(remote) -> bool:
    """Whether both sides have the same bookings, each once."""
    ours = {
        (row.calcom_booking_uid, row.starts_at)
        for row in Appointment.objects.exclude(status__in=["cancelled", "rejected"])
    }
    theirs = {
        (one.uid, one.starts_at) for one in remote.world.bookings.values() if one.status in {"accepted", "pending"}
    }
    return ours == theirs and set(Appointment.objects.values_list("sync_status", flat=True)) <= {"synced"}


@pytest.mark.django_db(transaction=True)
def test_a_booking_takes_four_trips_to_the_database(remote, order, olga):
    olga.home_branch = BranchFactory.create(company=remote.company)
    olga.save()
    first, second = (order(monday(hour)).pushes.get().pk for hour in (9, 10))
    push(first)
    with trips() as sent:
        push(second)
    assert agree(remote)
    assert [text.startswith("BEGIN; EXECUTE") for text in sent] == [True, False, True, False]
    assert [text.endswith("; COMMIT") for text in sent] == [False, True, False, True]


def test_booked_moved_and_cancelled_here(remote, order, read):
    row = order()
    send()
    reschedule(row, starts_at=monday(14), actor=DESK)
    send()
    assert agree(remote)
    assert read().updated == 0
    cancel(row, reason="ill", actor=DESK)
    send()
    assert agree(remote)
    assert (only().status, only().reschedule_count) == ("cancelled", 1)


def test_reading_what_we_made_leaves_no_trace(remote, order, read):
    order()
    send()
    before = list(AppointmentChange.objects.values_list("action", flat=True))
    told = only()
    read()
    read()
    assert list(AppointmentChange.objects.values_list("action", flat=True)) == before
    assert (only().responses, only().version, only().staff) == (told.responses, told.version, told.staff)


@pytest.mark.parametrize("kind", ["timeout_after_write", "cut"])
def test_a_booking_whose_answer_was_lost_is_adopted_by_the_reading(remote, order, read, later, kind):
    order()
    remote.fault(kind, match=POSTED, times=1, seconds=2)
    send()
    assert only().sync_status == "unclear"
    later(minutes=1)
    result = read()
    assert (result.created, result.updated, result.unchanged) == (0, 1, 0)
    assert agree(remote)
    send()
    assert agree(remote)
    result = read()
    assert (result.created, result.updated, result.unchanged) == (0, 0, 1)


def test_a_move_that_the_reading_settles_is_not_called_unchanged(remote, order, read, later):
    row = order()
    send()
    read()
    later(minutes=1)
    reschedule(row, starts_at=monday(14), actor=DESK)
    remote.fault("timeout_after_write", match={"method": "POST"}, times=1, seconds=2)
    send()
    assert only().sync_status == "unclear"
    later(minutes=1)
    assert read().updated == 1
    assert agree(remote)


def test_a_booking_whose_answer_was_lost_is_found_by_the_look(remote, order, later):
    order()
    remote.fault("timeout_after_write", match=POSTED, times=1, seconds=2)
    send()
    later(seconds=31)
    send()
    assert agree(remote)


def test_a_booking_that_was_never_made_is_made_once(remote, order, later, read):
    order()
    remote.fault("timeout_before_write", match=POSTED, times=1, seconds=2)
    send()
    for _ in range(3):
        later(minutes=3)
        read()
        send()
    assert agree(remote)
    assert len(remote.world.bookings) == 1


def test_a_move_whose_answer_was_lost_is_adopted(remote, order, later, read):
    row = order()
    send()
    reschedule(row, starts_at=monday(14), actor=DESK)
    remote.fault("timeout_after_write", match={"method": "POST", "path": "/reschedule"}, times=1, seconds=2)
    send()
    later(seconds=31)
    send()
    assert agree(remote)
    assert len(remote.world.bookings) == 2


def test_the_echo_that_comes_first_completes_it(remote, order, client, read):
    remote.subscribe()
    order()
    remote.fault("timeout_after_write", match=POSTED, times=1, seconds=2)
    send()
    remote.post(client)
    drain_all()
    assert agree(remote)
    assert Push.objects.get().state == "done"


def test_a_remote_cancellation_wins_over_a_move_that_waits(remote, order, read):
    row = order()
    send()
    reschedule(row, starts_at=monday(14), actor=DESK)
    remote.cancel({"uid": only().calcom_booking_uid}, "no more")
    read()
    send()
    assert only().status == "cancelled"
    assert agree(remote)


def test_both_sides_moved_it_and_staff_decide(remote, order, read):
    row = order()
    send()
    reschedule(row, starts_at=monday(14), actor=DESK)
    remote.move({"uid": only().calcom_booking_uid}, monday(15))
    read()
    send()
    assert only().sync_status == "conflict"
    assert only().starts_at == monday(14)
    assert [one.starts_at for one in remote.world.bookings.values() if one.status == "accepted"] == [monday(15)]


def test_an_outage_of_theirs_loses_nothing(remote, order, later, read):
    remote.fault("status", status=503, match={"method": "POST"}, times=4)
    rows = [order(monday(hour)) for hour in (9, 10, 11)]
    for _ in range(8):
        send()
        later(minutes=20)
        read()
    assert agree(remote)
    assert len(remote.world.bookings) == len(rows)


def test_a_change_that_waits_is_not_undone_by_the_reading(remote, order, read, swept, later):
    row = order()
    send()
    later(hours=1)
    reschedule(row, starts_at=monday(14), actor=DESK)
    later(minutes=5)
    read()
    swept()
    assert (only().starts_at, only().sync_status) == (monday(14), "pending")
    send()
    assert agree(remote)
    assert timedelta(0) == only().starts_at - monday(14)


@pytest.fixture
def orphan(remote, order, swept):
    """Booked here, and then lost there."""
    order()
    send()
    remote.world.bookings.clear()
    assert swept().orphaned == 1
    return only()


def test_an_orphan_is_cancelled_though_cal_com_does_not_know_it(orphan):
    cancel(orphan, reason="not there any more", actor=DESK)
    send()
    assert (only().status, only().sync_status, only().requires_manual_review) == ("cancelled", "synced", False)


def test_an_orphan_is_booked_again(remote, orphan, read, swept):
    book_again(orphan, actor=DESK)
    send()
    assert agree(remote)
    assert (read().updated, swept().orphaned, only().requires_manual_review) == (0, 0, False)


def test_an_orphan_that_turns_up_while_it_is_to_be_moved_is_none(remote, order, swept, read):
    row = order()
    send()
    kept = dict(remote.world.bookings)
    remote.world.bookings.clear()
    reschedule(row, starts_at=monday(14), actor=DESK)
    send()
    assert only().sync_status == "needs_staff"
    remote.world.bookings.update(kept)
    assert swept().found_again == 1
    send_again(only(), actor=DESK)
    send()
    assert agree(remote)


def test_a_series_that_one_order_made_is_reduced_to_the_one_that_was_wanted(remote, order, client, later):
    remote.subscribe()
    number = EventType.objects.get().calcom_id
    rule = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
    remote.world.event_types[number].fields["recurrence"] = rule
    order()
    for _ in range(3):  # the booking, and two that are too many, one after the other
        send()
    remote.post(client)
    drain_all()
    assert agree(remote)
    assert Appointment.objects.count() == 1
