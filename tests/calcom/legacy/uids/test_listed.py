"""Uids from Cal.com's list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from appointments.models import Appointment, Attendee, FormerUid, Push
from calcom.legacy.uids import Left
from calcom.models import LegacyChange, LegacyRow, LegacyRun
from tests.calcom.legacy.rows import HALF_AN_HOUR, old_appointment
from tests.calcom.remote import monday
from tests.factories import CompanyFactory
from webhooks.models import WebhookEvent


def test_number_and_start_find_the_uid(remote, cut, find):
    booking = remote.book(cut)
    row = old_appointment(remote.company, booking["id"])
    result = find()
    row.refresh_from_db()
    assert (row.calcom_booking_uid, row.calcom_booking_id, row.sync_status) == (booking["uid"], booking["id"], "synced")
    assert (result.counts["open"], result.counts["listed"], result.left) == (1, 1, [])
    assert not Push.objects.exists()


def test_a_second_run_has_nothing_to_do(remote, cut, find):
    old_appointment(remote.company, remote.book(cut)["id"])
    find()
    again = find()
    assert (sum(again.counts.values()), again.run_id, LegacyRun.objects.count()) == (0, None, 1)


def test_a_dry_run_tells_the_same_and_writes_nothing(remote, cut, find):
    for hour in (9, 10, 11):
        old_appointment(remote.company, remote.book(cut, monday(hour))["id"], monday(hour))
    old_appointment(remote.company, 777, monday(12))
    told = find(is_dry_run=True, batch=2)
    assert not LegacyRun.objects.exists()
    assert not Appointment.objects.exclude(calcom_booking_uid="").exists()
    assert told.counts == find(batch=2).counts == {**told.counts, "open": 4, "listed": 3, "not_found": 1}


def test_a_number_of_another_time_is_no_match(remote, cut, find):
    booking = remote.book(cut, monday(10))
    old_appointment(remote.company, booking["id"], monday(11))
    old_appointment(remote.company, 999, monday(10))
    result = find()
    assert (result.counts["listed"], result.counts["not_found"]) == (0, 2)
    assert "starts at" in result.left[1]
    assert not Appointment.objects.exclude(calcom_booking_uid="").exists()


def test_what_cal_com_does_not_list_is_left_with_a_reason(remote, cut, find):
    row = old_appointment(remote.company, 4711)
    left: list[Left] = []
    result = find(on_left=left.append)
    assert [(one.appointment_id, one.booking_id) for one in left] == [(row.pk, 4711)]
    assert "lists no booking of this number" in result.left[0]
    assert result.is_good


def test_without_the_number_event_type_start_and_address_do(remote, cut, find):
    booking = remote.book(cut, name="Ida Berg")
    row = old_appointment(remote.company, 31, calcom_event_type_id=cut)
    Attendee.objects.create(company=remote.company, appointment=row, name="Ida", email="ida@example.com")
    assert find().counts["second_chance"] == 1
    row.refresh_from_db()
    assert (row.calcom_booking_uid, row.calcom_booking_id) == (booking["uid"], booking["id"])
    assert LegacyRow.objects.get().booking_id == 31


def test_a_booking_that_is_listed_twice_is_one(remote, cut, find):
    booking = remote.book(cut, name="Ida Berg")
    row = old_appointment(remote.company, 31, calcom_event_type_id=cut)
    Attendee.objects.create(company=remote.company, appointment=row, name="Ida", email="ida@example.com")
    first = remote.world.bookings[booking["uid"]]
    for number in range(100):
        later = first.starts_at + timedelta(minutes=1 + number)
        other = replace(first, id=5000 + number, uid=f"other-{number}", starts_at=later)
        remote.world.bookings[other.uid] = other
    second_page = {"method": "GET", "path": "skip=100"}
    remote.fault("status", status=400, times=1, match=second_page)  # all event types are asked for, from the beginning
    assert find().counts["second_chance"] == 1


def test_two_appointments_for_one_booking_are_left_open(remote, cut, find):
    remote.book(cut, name="Ida Berg")
    for number in (31, 32):
        row = old_appointment(remote.company, number, calcom_event_type_id=cut)
        Attendee.objects.create(company=remote.company, appointment=row, name="Ida", email="ida@example.com")
    result = find()
    assert (result.counts["second_chance"], result.counts["not_found"]) == (0, 2)
    assert all("several bookings" in reason for reason in result.left)


def test_two_appointments_with_one_number_are_not_both_it(remote, cut, find):
    booking = remote.book(cut)
    first, second = old_appointment(remote.company, booking["id"]), old_appointment(remote.company, booking["id"])
    result = find()
    assert (result.counts["listed"], result.counts["doubled"]) == (1, 1)
    assert f"appointment {first.pk} here already" in result.left[0]
    second.refresh_from_db()
    assert second.calcom_booking_uid == ""


def test_a_booking_that_is_here_already_is_not_taken_twice(remote, cut, find):
    booking = remote.book(cut)
    known = old_appointment(remote.company, None, calcom_booking_uid=booking["uid"])
    old_appointment(remote.company, booking["id"])
    result = find()
    assert result.counts["doubled"] == 1
    assert f"appointment {known.pk} here already" in result.left[0]


def test_a_move_that_nobody_told_of_is_followed(remote, cut, find):
    booking = remote.book(cut, monday(10))
    moved = remote.move(booking, monday(15))
    row = old_appointment(remote.company, booking["id"], monday(10))
    result = find()
    row.refresh_from_db()
    assert (row.calcom_booking_uid, row.starts_at) == (moved["uid"], monday(15))
    assert result.counts["moved"] == 1
    assert FormerUid.objects.get(appointment=row).uid == booking["uid"]
    assert Appointment.objects.count() == 1


def test_two_moves_are_followed_to_the_end(remote, cut, find):
    booking = remote.book(cut, monday(10))
    last = remote.move(remote.move(booking, monday(11)), monday(15))
    row = old_appointment(remote.company, booking["id"], monday(10))
    find()
    row.refresh_from_db()
    assert (row.calcom_booking_uid, row.starts_at, Appointment.objects.count()) == (last["uid"], monday(15), 1)


def test_a_number_kept_through_a_move_is_known_by_the_former_start(remote, cut, find):
    booking = remote.book(cut, monday(10))
    moved = remote.move(booking, monday(15))
    row = old_appointment(remote.company, booking["id"], monday(15), previous_starts_at=monday(10))
    old_appointment(remote.company, 5, monday(9))
    find()
    row.refresh_from_db()
    assert (row.calcom_booking_uid, row.starts_at) == (moved["uid"], monday(15))


def test_a_move_to_an_unknown_event_type_is_said(remote, find):
    number = remote.offer("Cut")
    booking = remote.book(number, monday(10))
    remote.move(booking, monday(15))
    row = old_appointment(remote.company, booking["id"], monday(10))
    result = find()
    row.refresh_from_db()
    assert (row.calcom_booking_uid, result.counts["moved"]) == (booking["uid"], 0)
    assert "sync_event_types" in result.left[0]


def test_an_event_type_that_the_key_does_not_see_widens_the_list(remote, cut, find):
    booking = remote.book(cut)
    row = old_appointment(remote.company, booking["id"], calcom_event_type_id=cut)
    old_appointment(remote.company, 6, calcom_event_type_id=424242)
    assert find().counts["listed"] == 1
    row.refresh_from_db()
    assert row.calcom_booking_uid == booking["uid"]


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_every_batch_size_finds_all(remote, cut, find, batch):
    times = [monday(hour, weeks=weeks) for weeks in (2, 6) for hour in (9, 10, 11)]
    rows = [old_appointment(remote.company, remote.book(cut, at)["id"], at) for at in times]
    assert find(batch=batch).counts["listed"] == len(rows)
    assert not Appointment.objects.filter(calcom_booking_uid="").exists()


def test_another_companys_appointments_stay_as_they_are(remote, cut, find):
    booking = remote.book(cut)
    theirs = old_appointment(CompanyFactory.create(), booking["id"])
    ours = old_appointment(remote.company, booking["id"])
    find()
    theirs.refresh_from_db()
    assert (theirs.calcom_booking_uid, theirs.sync_status) == ("", "not_applicable")
    assert list(LegacyChange.objects.values_list("object_id", "company_id")) == [(ours.pk, remote.company.pk)]


def test_a_change_on_its_way_still_decides_the_sync_status(remote, cut, find):
    row = old_appointment(remote.company, remote.book(cut)["id"], sync_status="needs_staff")
    Push.objects.create(company=remote.company, appointment=row, operation="cancel", version=1, state="needs_staff")
    find()
    row.refresh_from_db()
    assert row.sync_status == "needs_staff"
    assert row.calcom_booking_uid


def test_a_longer_booking_than_here_is_still_in_the_period(remote, cut, find):
    booking = remote.book(cut, monday(10))
    row = old_appointment(remote.company, booking["id"], monday(10), ends_at=monday(10) + HALF_AN_HOUR / 6)
    find()
    row.refresh_from_db()
    assert row.calcom_booking_uid == booking["uid"]


def test_a_delivery_that_waits_for_the_booking_is_due_at_once(remote, cut, find):
    booking = remote.book(cut)
    old_appointment(remote.company, booking["id"])
    event = WebhookEvent.objects.create(
        delivery_id=uuid4(), company=remote.company, body=b"{}", state="waiting", waits_for=f"booking:{booking['uid']}"
    )
    find()
    event.refresh_from_db()
    assert event.state == "pending"
