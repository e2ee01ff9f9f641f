"""Blanked deliveries: the same bytes are still known, and nothing is applied again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from appointments.models import Appointment
from calcom.models import EventType
from config.privacy.people import Asked, erase
from config.privacy.retention import prune
from tests.deliveries.bodies import cancelled, created, encode, sign
from tests.deliveries.cast import CUT, Booking
from tests.factories import CompanyFactory
from tests.privacy.everything import whole_database
from webhooks import inbox
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

CUT1 = Booking("cut1", 1)
LENA = CUT1.people[0]


@pytest.fixture
def salon(db):
    company = CompanyFactory.create(webhook_secret="whsec-salon")
    EventType.objects.create(company=company, calcom_id=CUT, title="Cut")
    return company


@pytest.fixture
def post(client, salon):
    def posted(body):
        raw = encode(body)
        path = f"/api/webhooks/calcom/{salon.webhook_token}"
        headers = {"X-Cal-Signature-256": sign(raw, "whsec-salon")}
        return client.generic("POST", path, raw, content_type="application/json", headers=headers)

    return posted


@pytest.fixture
def delivered(post):
    """Lena's booking, processed; all of it is long over."""
    post(created(CUT1, "09:00"))
    drain_all()
    long_ago = timezone.now() - timedelta(days=400)
    Appointment.objects.update(starts_at=long_ago, ends_at=long_ago + timedelta(hours=1))
    return WebhookEvent.objects.get()


def test_a_body_is_blanked_after_thirty_days(salon, delivered):
    assert prune(salon).counts["bodies"] == 0
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    assert prune(salon, is_dry_run=True).counts["bodies"] == 1
    assert prune(salon).counts["bodies"] == 1
    delivered.refresh_from_db()
    assert (bytes(delivered.body), delivered.state, delivered.booking_uid) == (b"", "done", "cut1")
    assert prune(salon).counts["bodies"] == 0


@pytest.mark.parametrize("by", ["time", "request"])
def test_the_same_bytes_are_still_known_and_not_applied_again(salon, delivered, post, by):
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    if by == "time":
        prune(salon)
    else:
        erase(salon, Asked(email=LENA.email), also_cancel=False, is_dry_run=False)
    before = Appointment.objects.values().get()
    assert post(created(CUT1, "09:00")).status_code == 200
    drain_all()
    assert WebhookEvent.objects.count() == 1
    assert bytes(WebhookEvent.objects.get().body) == b""
    assert Appointment.objects.values().get() == before


def test_without_a_body_nothing_can_be_processed_again(salon, delivered):
    WebhookEvent.objects.update(body=b"")
    assert inbox.replay(WebhookEvent.objects.all()) == 0
    inbox.release(salon.pk, ["booking:cut1"])
    assert drain_all() == 0
    delivered.refresh_from_db()
    assert (delivered.state, delivered.trigger) == ("done", "BOOKING_CREATED")


def test_what_still_waits_keeps_its_body_and_so_does_what_came_after_it(salon, delivered, post):
    post(created(Booking("cut2", 2), "10:00"))
    WebhookEvent.objects.filter(pk=delivered.pk).update(received_at=timezone.now() - timedelta(days=40))
    waiting = WebhookEvent.objects.exclude(pk=delivered.pk)
    waiting.update(received_at=timezone.now() - timedelta(days=35), state="waiting")
    assert prune(salon).counts["bodies"] == 1
    waiting.update(state="done")
    assert prune(salon).counts["bodies"] == 1


def test_one_that_was_still_to_be_processed_is_given_up(salon, delivered, post):
    post(created(Booking("cut2", 2), "10:00"))
    erase(salon, Asked(email=LENA.email), also_cancel=False, is_dry_run=False)
    drain_all()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"done", "ignored"}
    assert not Appointment.objects.filter(calcom_booking_uid="cut2").exists()


def test_what_comes_later_of_the_same_booking_is_applied_and_not_kept(salon, delivered, post):
    erase(salon, Asked(email=LENA.email), also_cancel=False, is_dry_run=False)
    post(cancelled(CUT1, "10:00"))
    drain_all()
    assert Appointment.objects.get().status == "cancelled"
    assert [(one.state, bytes(one.body)) for one in WebhookEvent.objects.order_by("pk")] == [
        ("done", b""),
        ("done", b""),
    ]
    assert LENA.email not in "".join(whole_database().values())


def test_a_delivery_of_another_company_is_left_alone(salon, delivered):
    elsewhere = WebhookEvent.objects.create(
        company=CompanyFactory.create(), delivery_id=uuid4(), body=encode(created(CUT1, "09:00"))
    )
    erase(salon, Asked(email=LENA.email), also_cancel=False, is_dry_run=False)
    elsewhere.refresh_from_db()
    assert LENA.email.encode() in bytes(elsewhere.body)
