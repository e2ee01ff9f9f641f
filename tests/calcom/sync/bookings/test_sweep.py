"""All bookings of a period: those without dates of change, and those that Cal.com does not know any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.models import Appointment, AppointmentChange, Push
from calcom import tasks
from calcom.models import EventType, SyncRun
from calcom.signals import event_types_entered
from tests.calcom.remote import monday

Kind = SyncRun.Kind


def only() -> Appointment:
    return Appointment.objects.get()


def test_a_change_that_left_no_date_is_found(remote, cut, read, swept, later):
    booking = remote.book(cut)
    read()
    later(hours=3)
    read()
    row = remote.row(booking)
    row.status, row.updated_at = "cancelled", None
    assert read().updated == 0
    assert swept().updated == 1
    assert only().status == "cancelled"


def test_a_booking_that_cal_com_forgot_is_an_orphan(remote, cut, read, swept):
    booking = remote.book(cut)
    read()
    del remote.world.bookings[booking["uid"]]
    assert swept().orphaned == 1
    assert (only().sync_status, only().requires_manual_review, only().status) == ("orphaned", True, "confirmed")
    assert AppointmentChange.objects.latest("pk").details == {"sync_status": ["synced", "orphaned"]}
    assert swept().orphaned == 0


def test_an_orphan_that_is_listed_again_is_none(remote, cut, read, swept):
    booking = remote.book(cut)
    read()
    kept = remote.world.bookings.pop(booking["uid"])
    swept()
    remote.world.bookings[booking["uid"]] = kept
    assert swept().found_again == 1
    assert (only().sync_status, only().requires_manual_review) == ("synced", False)


def test_one_that_is_only_not_listed_is_no_orphan(remote, cut, read, swept):
    booking = remote.book(cut)
    read()
    remote.row(booking).host_id = 2
    assert swept().orphaned == 0
    assert only().sync_status == "synced"


@pytest.mark.parametrize("status", [403, 400])
def test_one_that_cannot_be_read_keeps_no_other_waiting(remote, cut, read, swept, status):
    hidden, gone = remote.book(cut), remote.book(cut, monday(14))
    read()
    remote.row(hidden).host_id = 2
    del remote.world.bookings[gone["uid"]]
    remote.fault("status", status=status, match={"method": "GET", "path": f"/v2/bookings/{hidden['uid']}"})
    result = swept()
    assert (result.orphaned, result.is_good, len(result.warnings)) == (1, True, 1)
    assert hidden["uid"] in result.warnings[0]


def test_a_key_that_is_refused_ends_the_run(remote, cut, read, swept):
    booking = remote.book(cut)
    read()
    remote.row(booking).host_id = 2
    remote.fault("status", status=401, match={"method": "GET", "path": f"/v2/bookings/{booking['uid']}"})
    assert not swept().is_good


def test_a_list_that_failed_says_nothing_about_orphans(remote, cut, read, swept):
    booking = remote.book(cut)
    read()
    del remote.world.bookings[booking["uid"]]
    remote.fault("status", status=502, html=True, match={"method": "GET", "path": "/v2/bookings[?]"})
    result = swept()
    assert (result.orphaned, result.is_good) == (0, False)
    assert only().sync_status == "synced"


@pytest.mark.parametrize(
    "facts", [{"sync_status": "pending"}, {"calcom_booking_uid": ""}, {"told_status": "cancelled"}]
)
def test_what_need_not_be_there_is_no_orphan(remote, cut, read, swept, facts):
    booking = remote.book(cut)
    read()
    del remote.world.bookings[booking["uid"]]
    Appointment.objects.update(**facts)
    assert swept().orphaned == 0


def test_the_first_run_takes_over_all_that_is_to_come(remote, cut, read, later):
    remote.book(cut, monday(10, weeks=6))
    remote.book(cut, monday(10, weeks=3))
    later(days=8)
    assert read().created == 2


def test_bookings_of_an_event_type_that_was_unknown_are_swept_when_it_comes(
    remote, swept, monkeypatch, django_capture_on_commit_callbacks
):
    sent: list[int] = []
    monkeypatch.setattr(tasks.sweep_company, "apply_async", lambda args, **_more: sent.extend(args))
    number = remote.offer()
    remote.book(number)
    assert swept().foreign == 1
    EventType.objects.create(company=remote.company, calcom_id=number, title="Cut")
    with django_capture_on_commit_callbacks(execute=True):
        event_types_entered.send(sender=EventType, company_id=remote.company.pk, calcom_ids=[number])
    assert sent == [remote.company.pk]
    assert tasks.sweep_company(remote.company.pk)
    assert only().status == "confirmed"


def test_old_runs_are_forgotten_and_the_last_good_one_is_not(remote, cut, read, swept, later):
    read()
    later(days=9)
    SyncRun.objects.create(company=remote.company, kind=Kind.EVENT_TYPES, started_at=timezone.now() - timedelta(days=9))
    swept()
    assert SyncRun.objects.filter(kind=Kind.BOOKINGS).count() == 1
    read()
    later(days=9)
    swept()
    assert SyncRun.objects.filter(kind=Kind.BOOKINGS).count() == 1
    assert SyncRun.objects.filter(kind=Kind.EVENT_TYPES).exists()


def test_numbers_are_kept_with_the_run(remote, cut, read):
    remote.book(cut)
    read()
    run = SyncRun.objects.get()
    assert (run.kind, run.state, run.counts["created"], run.counts["seen"]) == ("bookings", "done", 1, 1)


def test_a_change_of_ours_that_is_on_its_way_is_not_overwritten(remote, cut, read, swept, later):
    booking = remote.book(cut)
    read()
    later(hours=1)
    row = only()
    at = timezone.now()
    row.news["status"] = [1, 0, f"{at:%Y-%m-%dT%H:%M:%S.%f}", 3, 2]
    row.told_status = row.status = "cancelled"
    row.sync_status = "pending"
    row.save()
    Push.objects.create(company=remote.company, appointment=row, operation="cancel", version=2, created_at=at)
    later(hours=1)
    swept()
    assert (only().status, Push.objects.get().state) == ("cancelled", "pending")
    remote.cancel(booking, "they were faster")
    swept()
    assert Push.objects.get().state == "done"
