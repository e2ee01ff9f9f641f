"""A sandbox's world after the database: the companies whose Cal.com it is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from appointments.models import Appointment, Attendee, Service
from appointments.models.appointment import Source, Status, SyncStatus
from appointments.models.history import Side
from calcom.mirror import mirrored_world
from calcom.models import EventType, EventTypeMapping, HostMapping
from companies.models import Branch, Company, Staff

pytestmark = pytest.mark.django_db
SOON = datetime.now(UTC) + timedelta(days=3)


@pytest.fixture
def connected(company: Company) -> Company:
    """A company whose Cal.com is a sandbox: one stylist, one service."""
    company.calcom_api_key, company.calcom_base_url = "cal_sandbox_1", "http://127.0.0.1:8100/v2"
    company.calcom_team_id, company.webhook_secret = 34, "geheim"
    company.save()
    branch = Branch.objects.create(company=company, name="Mitte", street="Probeweg 1", hours={"mon": ["09:00-17:00"]})
    staff = Staff.objects.create(company=company, name="Stylistin Anna", home_branch=branch)
    HostMapping.objects.create(company=company, calcom_user_id=88, calcom_email="anna@example.com", staff=staff)
    service = Service.objects.create(company=company, name="Gloss", duration_min=30, price="45.00")
    service.staff.add(staff)
    event_type = EventType.objects.create(company=company, calcom_id=371, title="Gloss", slug="gloss", length_min=30)
    EventTypeMapping.objects.create(company=company, event_type=event_type, service=service)
    return company


def appointment(company: Company, **more: object) -> Appointment:
    fields = {
        "title": "Gloss",
        "starts_at": SOON,
        "ends_at": SOON + timedelta(minutes=30),
        "status": Status.CONFIRMED,
        "told_status": Status.CONFIRMED,
        "source": Source.CALCOM,
        "sync_origin": Side.CALCOM,
        "sync_status": SyncStatus.SYNCED,
        "calcom_booking_uid": "abcdefghij0123456789xy",
        "calcom_booking_id": 4711,
        "calcom_event_type_id": 371,
        "calcom_host_id": 88,
    }
    one = Appointment.objects.create(company=company, **(fields | more))
    Attendee.objects.create(company=company, appointment=one, name="Rita Reserviert", email="rita@example.com")
    return one


def test_event_types_hosts_and_keys_have_the_ids_that_we_know(connected):
    world = mirrored_world()
    assert world.event_types[371].host_ids == [88]
    assert world.event_types[371].fields["price"] == 4500
    assert world.api_keys["cal_sandbox_1"].user_id == 88
    assert world.teams[34].members == {88: "OWNER"}


def test_every_event_type_tells_the_company_signed_with_its_secret(connected):
    (subscription,) = mirrored_world().subscriptions.values()
    assert subscription.url.endswith(connected.webhook_token)
    assert (subscription.secret, subscription.event_type_id) == ("geheim", 371)


def test_bookings_to_come_are_there_after_a_restart(connected):
    appointment(connected)
    booking = mirrored_world().bookings["abcdefghij0123456789xy"]
    assert (booking.id, booking.host_id, booking.status) == (4711, 88, "accepted")
    assert [one.email for one in booking.attendees] == ["rita@example.com"]


@pytest.mark.parametrize("more", [{"status": Status.CANCELLED}, {"calcom_host_id": 99}, {"calcom_event_type_id": 1}])
def test_bookings_that_are_over_or_belong_elsewhere_are_not(connected, more):
    appointment(connected, **more)
    assert not mirrored_world().bookings


def test_new_numbers_are_beyond_those_of_an_earlier_start(connected):
    assert mirrored_world().next_id("booking") >= int(time.time()) - 60


def test_a_company_with_another_cal_com_is_left_alone(connected):
    connected.calcom_base_url = "https://cal.example.com/v2"
    connected.save()
    assert not mirrored_world().users


def test_a_company_without_a_key_is_left_alone(connected):
    connected.calcom_api_key = ""
    connected.save()
    assert not mirrored_world().users
