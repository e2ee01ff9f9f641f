"""What webhooks did not bring is found; what they brought is left alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.models import Appointment, AppointmentChange, FormerUid
from calcom.models import EventType, SyncRun
from calcom.sandbox.sample import OTHER_KEY
from tests.calcom.remote import monday
from tests.calcom.sync.bookings.conftest import known_type
from tests.factories import CompanyFactory
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all


def only() -> Appointment:
    return Appointment.objects.get()


def actions() -> list[str]:
    return list(AppointmentChange.objects.order_by("pk").values_list("action", flat=True))


def test_a_booking_whose_webhook_was_lost_is_found(remote, cut, read):
    booking = remote.book(cut)
    result = read()
    assert (result.created, result.updated, result.is_good) == (1, 0, True)
    assert (only().calcom_booking_uid, only().status, only().starts_at) == (booking["uid"], "confirmed", monday())
    assert [one.email for one in only().attendees.all()] == ["ida@example.com"]


def test_the_next_run_finds_nothing_new(remote, cut, read):
    remote.book(cut)
    read()
    result = read()
    assert (result.created, result.updated, result.unchanged) == (0, 0, 1)
    assert actions() == ["created"]


def test_a_lost_cancellation_is_found(remote, cut, read):
    booking = remote.book(cut)
    read()
    remote.cancel(booking, "ill")
    assert read().updated == 1
    assert (only().status, only().cancellation_reason) == ("cancelled", "ill")


def test_a_lost_move_is_found_and_is_never_a_cancellation(remote, cut, read):
    booking = remote.book(cut)
    read()
    moved = remote.move(booking, monday(14))
    read()
    assert (only().calcom_booking_uid, only().starts_at, only().status) == (moved["uid"], monday(14), "confirmed")
    assert FormerUid.objects.get().uid == booking["uid"]
    assert actions() == ["created", "moved"]


def test_several_lost_moves_are_one_appointment(remote, cut, read):
    booking = remote.book(cut)
    read()
    for hour in (11, 12, 13):
        booking = remote.move(booking, monday(hour))
    read()
    assert (only().calcom_booking_uid, only().starts_at) == (booking["uid"], monday(13))
    assert only().reschedule_count == 3
    assert read().updated == 0


def test_a_chain_of_moves_that_nobody_saw_is_one_appointment(remote, cut, read):
    booking = remote.book(cut)
    for hour in (11, 12):
        booking = remote.move(booking, monday(hour))
    read()
    assert (only().calcom_booking_uid, only().status) == (booking["uid"], "confirmed")


def test_a_booking_that_another_host_has_now_is_followed(remote, cut, read):
    booking = remote.book(cut)
    read()
    moved = remote.move(booking, monday(15))
    remote.row(moved).host_id = 2
    read()
    assert (only().calcom_booking_uid, only().starts_at) == (moved["uid"], monday(15))


def test_after_an_outage_of_ours_all_is_right_within_one_run(remote, cut, read, later):
    first, second, third = (remote.book(cut, monday(hour)) for hour in (9, 10, 11))
    read()
    remote.cancel(first)
    remote.move(second, monday(14))
    later(hours=9)
    remote.book(cut, monday(12))
    remote.act(third, "cancel", {"cancellationReason": "by the host"})
    assert read().is_good
    statuses = dict(Appointment.objects.values_list("starts_at", "status"))
    expected = {9: "cancelled", 14: "confirmed", 11: "cancelled", 12: "confirmed"}
    assert statuses == {monday(hour): status for hour, status in expected.items()}


def test_what_failed_is_read_by_the_next_run(remote, cut, read, later):
    read()
    remote.fault("status", status=502, html=True, match={"method": "GET", "path": "/v2/bookings"}, times=3)
    remote.book(cut)
    later(hours=2)
    result = read()
    assert not result.is_good
    assert SyncRun.objects.filter(state=SyncRun.State.INCOMPLETE).count() == 1
    later(hours=2)
    assert read().created == 1


def test_a_confirmation_and_a_rejection_are_found(remote, read):
    number = known_type(remote, remote.offer("Colour", confirmationPolicy={"type": "always"}))
    accepted, declined = remote.book(number, monday(9)), remote.book(number, monday(11))
    read()
    remote.act(accepted, "confirm")
    remote.act(declined, "decline", {"reason": "full"})
    read()
    assert list(Appointment.objects.order_by("starts_at").values_list("status", flat=True)) == ["confirmed", "rejected"]


def test_another_place_and_another_host_are_found(remote, cut, read):
    booking = remote.book(cut)
    read()
    remote.ask(
        "PATCH", f"/bookings/{booking['uid']}/location", {"location": {"type": "link", "link": "https://x.test"}}
    )
    row = remote.row(booking)
    row.host_id, row.updated_at = 2, timezone.now()
    row.attendees[0].host_id = 1
    assert read().updated == 1
    assert (only().location_value, only().calcom_host_id) == ("https://x.test", 2)


def test_rows_without_a_date_of_change_are_found_as_well(remote, cut, read):
    booking = remote.book(cut)
    remote.row(booking).updated_at = None
    assert read().created == 1
    assert read().unchanged == 1


def test_bookings_of_strangers_event_types_are_passed_over(remote, cut, read):
    foreign = remote.offer("Elsewhere", hosts=[2])
    remote.world.event_types[foreign].owner_id = 2
    attendee = {"name": "Olga", "email": remote.world.users[1].email, "timeZone": "Europe/Berlin"}
    remote.world.schedules[2] = remote.world.schedules[1]
    remote.world.users[2].default_schedule_id = 1
    remote.book(foreign, attendee=attendee)
    result = read()
    assert (result.foreign, result.created) == (1, 0)
    assert not Appointment.objects.exists()


def test_another_companys_appointment_is_never_touched(remote, cut, read):
    booking = remote.book(cut)
    stranger = CompanyFactory.create(calcom_base_url=remote.company.calcom_base_url, calcom_api_key=OTHER_KEY)
    EventType.objects.create(company=stranger, calcom_id=cut, title="claims the same number")
    theirs = Appointment.objects.create(
        company=stranger,
        calcom_booking_uid=booking["uid"],
        starts_at=monday(9),
        ends_at=monday(9, 30),
        told_status="confirmed",
        status="confirmed",
        source="calcom",
        sync_origin="calcom",
        sync_status="synced",
    )
    remote.cancel(booking)
    read()
    theirs.refresh_from_db()
    assert (theirs.status, theirs.starts_at) == ("confirmed", monday(9))
    assert Appointment.objects.for_company(remote.company).get().status == "cancelled"


@pytest.mark.parametrize("last_first", [False, True])
def test_webhooks_that_come_late_change_nothing_any_more(remote, cut, read, client, last_first):
    remote.subscribe()
    booking = remote.book(cut)
    moved = remote.move(booking, monday(14))
    remote.cancel(moved, "ill")
    read()
    before = only()
    remote.post(client, last_first=last_first)
    drain_all()
    assert (only().status, only().calcom_booking_uid, only().starts_at) == ("cancelled", moved["uid"], monday(14))
    assert before.pk == only().pk


def test_what_webhooks_brought_leaves_no_trace_of_the_reading(remote, cut, read, client):
    remote.subscribe()
    remote.fault("webhook_duplicate")
    booking = remote.book(cut)
    remote.move(booking, monday(14))
    remote.post(client)
    drain_all()
    before = actions()
    told = only()
    assert read().is_good
    assert actions() == before
    assert (only().responses, only().hosts, only().version) == (told.responses, told.hosts, told.version)
    assert read().updated == 0


def test_deliveries_that_wait_for_a_lost_booking_are_released(remote, cut, read, client):
    remote.subscribe()
    booking = remote.book(cut)
    remote.lose_mail()
    row = remote.row(booking)
    row.starts_at, row.ends_at = timezone.now() - timedelta(hours=1), timezone.now() - timedelta(minutes=30)
    remote.act(booking, "mark-absent", {"attendees": [{"email": "ida@example.com", "absent": True}]})
    row.attendees[0].absent = False
    remote.post(client)
    drain_all()
    assert WebhookEvent.objects.get().state == "waiting"
    read()
    drain_all()
    assert WebhookEvent.objects.get().state == "done"
    assert only().attendees.get().no_show


def test_a_page_of_unchanged_bookings_costs_one_query_and_writes_nothing(remote, cut, read):
    for number in range(120):
        remote.book(cut, monday(9 + number % 16 // 2, 30 * (number % 2), weeks=2 + number // 16))
    assert read().created == 120
    changed_at = set(Appointment.objects.values_list("updated_at", flat=True))
    with CaptureQueriesContext(connection) as queries:
        result = read()
    assert (result.unchanged, result.updated) == (120, 0)
    assert set(Appointment.objects.values_list("updated_at", flat=True)) == changed_at
    pages = [one["sql"] for one in queries if "appointments_appointment" in one["sql"] and "news" in one["sql"]]
    assert len([sql for sql in pages if "series_doubt" not in sql]) == 2
    assert not [one["sql"] for one in queries if re.match("(?i)(execute )?(insert|update).*appointments_", one["sql"])]
