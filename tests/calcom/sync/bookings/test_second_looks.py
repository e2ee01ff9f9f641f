"""What a webhook leaves open is read again; a read that is too young changes nothing."""

from __future__ import annotations

import pytest

from appointments.models import Appointment
from calcom import tasks
from calcom.errors import CalcomUnavailable
from tests.calcom.remote import monday
from tests.calcom.sync.bookings.conftest import known_type
from webhooks.tasks import drain_all

WEEKLY = {"interval": 1, "occurrences": 3, "frequency": "weekly"}


@pytest.fixture
def looks(monkeypatch):
    """What was sent to be read again, and when."""
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(
        tasks.read_again, "apply_async", lambda args, countdown, **_more: sent.append((args[1], countdown))
    )
    return sent


def statuses() -> list[str]:
    return list(Appointment.objects.order_by("starts_at").values_list("status", flat=True))


def test_the_end_of_a_series_is_read_again(remote, client, looks, later, django_capture_on_commit_callbacks):
    weekly = known_type(remote, remote.offer("Beard", recurrence=WEEKLY))
    remote.subscribe()
    first = remote.book(weekly)
    remote.act({"uid": remote.row(first).recurring_uid}, "cancel", {"cancellationReason": "no more"})
    remote.post(client)
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert statuses().count("cancelled") == 1
    [(uid, countdown)] = looks
    assert countdown >= 15
    later(seconds=countdown)
    assert tasks.read_again(remote.company.pk, uid)
    assert statuses() == ["cancelled"] * 3
    assert not Appointment.objects.filter(requires_manual_review=True).exists()
    assert set(Appointment.objects.values_list("recurring_event_id", flat=True)) == {remote.row(first).recurring_uid}


def test_a_move_that_waits_for_confirmation_is_linked_by_reading(
    remote, client, looks, read, later, django_capture_on_commit_callbacks
):
    number = known_type(remote, remote.offer("Colour", confirmationPolicy={"type": "always"}))
    booking = remote.book(number)
    remote.act(booking, "confirm")
    read()
    Appointment.objects.update(ical_uid="")
    remote.subscribe()
    moved = remote.move(booking, monday(14))
    remote.post(client)
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert [uid for uid, _ in looks] == [moved["uid"]]
    later(seconds=20)
    assert tasks.read_again(remote.company.pk, moved["uid"])
    row = Appointment.objects.get()
    assert (row.calcom_booking_uid, row.starts_at, row.status) == (moved["uid"], monday(14), "pending")


def test_nothing_is_read_again_where_all_was_said(remote, cut, client, looks, django_capture_on_commit_callbacks):
    remote.subscribe()
    remote.cancel(remote.move(remote.book(cut), monday(14)), "ill")
    remote.post(client)
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert looks == []


def test_a_cancellation_is_not_undone_by_a_read_from_before_it_was_written(remote, cut, client, read):
    remote.subscribe()
    booking = remote.book(cut)
    remote.post(client)
    drain_all()
    row = remote.row(booking)
    before = (row.status, row.updated_at)
    remote.cancel(booking, "ill")
    row.status, row.updated_at = before
    remote.post(client)
    drain_all()
    read()
    assert statuses() == ["cancelled"]


def test_a_rejection_is_not_undone_by_a_young_read_and_is_by_a_settled_one(remote, client, read, later):
    number = known_type(remote, remote.offer("Colour", confirmationPolicy={"type": "always"}))
    remote.subscribe()
    booking = remote.book(number)
    row = remote.row(booking)
    remote.act(booking, "decline", {"reason": "full"})
    remote.post(client)
    drain_all()
    row.status, row.updated_at = "accepted", None  # a newer change that the row does not date
    read()
    assert statuses() == ["rejected"]
    later(minutes=1)
    read()
    assert statuses() == ["confirmed"]


def test_a_lost_absence_is_found(remote, cut, read, later):
    booking = remote.book(cut)
    read()
    later(days=30)
    remote.act(booking, "mark-absent", {"attendees": [{"email": "ida@example.com", "absent": True}]})
    later(minutes=1)
    assert tasks.read_again(remote.company.pk, booking["uid"])
    assert statuses() == ["no_show"]
    remote.act(booking, "mark-absent", {"attendees": [{"email": "ida@example.com", "absent": False}]})
    later(minutes=1)
    assert tasks.read_again(remote.company.pk, booking["uid"])
    assert statuses() == ["confirmed"]


def test_a_booking_that_is_gone_and_a_company_that_is_gone_are_passed_over(remote, cut):
    assert tasks.read_again(remote.company.pk, "nobody")
    type(remote.company).objects.update(is_active=False)
    assert tasks.read_again(remote.company.pk, "nobody") is None


def test_a_look_that_fails_is_tried_again_later(remote, cut):
    booking = remote.book(cut)
    remote.fault("status", status=502, html=True, match={"method": "GET", "path": "/v2/bookings/"}, times=3)
    with pytest.raises(CalcomUnavailable):  # called by hand, so nobody is there to try again
        tasks.read_again(remote.company.pk, booking["uid"])
