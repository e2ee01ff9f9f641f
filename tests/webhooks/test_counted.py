"""Deliveries are counted: at the door by the answer, in the worker by what they came to."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.config.scrape import Growth
from tests.deliveries.bodies import created
from tests.deliveries.cast import Booking
from tests.deliveries.news import no_show, ping
from webhooks import inbox
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

CUT1 = Booking("cut1", 1)
RECEIVED = "slotkeeper_webhooks_received_total{{result={}}}"
PROCESSED = "slotkeeper_webhooks_processed_total{{result={},trigger={}}}"
SECONDS = "slotkeeper_webhooks_processing_seconds_count{result=done}"


def test_requests_at_the_door(client, deliver, salon):
    grown = Growth(client)
    for _ in range(2):
        deliver(created(CUT1, "09:00"))
    deliver(created(CUT1, "09:00"), secret="wrong")
    deliver(created(CUT1, "09:00"), path="/api/webhooks/calcom/nobody")
    deliver(created(CUT1, "09:00"), path="/api/webhooks/calcom")
    results = ("accepted", "duplicate", "signature", "unknown_address", "no_secret")
    assert [grown[RECEIVED.format(result)] for result in results] == [1, 1, 1, 1, 1]


def test_a_body_that_is_too_large(client, deliver, settings):
    settings.WEBHOOK_MAX_BODY_BYTES = 10
    grown = Growth(client)
    deliver(created(CUT1, "09:00"))
    assert grown[RECEIVED.format("too_large")] == 1


def test_what_deliveries_came_to(client, deliver, django_capture_on_commit_callbacks):
    grown = Growth(client)
    for body in (created(CUT1, "09:00"), ping("09:00"), no_show(Booking("other", 2), "10:00", lena=True)):
        deliver(body)
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert grown[PROCESSED.format("done", "BOOKING_CREATED")] == 1
    assert grown[PROCESSED.format("done", "PING")] == 1
    assert grown[PROCESSED.format("waiting", "BOOKING_NO_SHOW_UPDATED")] == 1
    assert grown[SECONDS] == 2


def test_a_delivery_that_is_replayed_counts_from_then(client, deliver, django_capture_on_commit_callbacks):
    deliver(created(CUT1, "09:00"))
    drain_all()
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=9))
    inbox.replay(WebhookEvent.objects.all())
    grown = Growth(client)
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert grown[SECONDS] == 1
    assert 0 <= grown["slotkeeper_webhooks_processing_seconds_sum{result=done}"] < 600


def test_what_took_several_tries_counts_from_its_arrival(client, deliver, django_capture_on_commit_callbacks):
    deliver(created(CUT1, "09:00"))
    came = timezone.now() - timedelta(minutes=10)
    WebhookEvent.objects.update(received_at=came, attempts=2, next_at=came + timedelta(seconds=30 + 60))
    grown = Growth(client)
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert 600 <= grown["slotkeeper_webhooks_processing_seconds_sum{result=done}"] < 900


def test_what_is_processed_again_counts_from_then_though_a_try_fails(
    client, deliver, django_capture_on_commit_callbacks
):
    deliver(created(CUT1, "09:00"))
    again = timezone.now() - timedelta(minutes=1)
    came = again - timedelta(days=3)
    WebhookEvent.objects.update(received_at=came, attempts=1, next_at=again + timedelta(seconds=30))
    grown = Growth(client)
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert 60 <= grown["slotkeeper_webhooks_processing_seconds_sum{result=done}"] < 360


def test_triggers_that_nobody_knows_are_counted_as_one(client, deliver, django_capture_on_commit_callbacks):
    grown = Growth(client)
    for number in range(3):
        deliver({"triggerEvent": f"MADE_UP_{number}", "createdAt": "2026-11-20T12:00:00Z", "payload": {}})
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert grown[PROCESSED.format("ignored", "other")] == 3


def test_nothing_is_counted_of_a_batch_that_was_not_committed(
    client, deliver, monkeypatch, django_capture_on_commit_callbacks
):
    grown = Growth(client)
    deliver(created(CUT1, "09:00"))
    monkeypatch.setattr(inbox, "_FINISH", "SELECT 1 / 0")
    with django_capture_on_commit_callbacks(execute=True):
        drain_all()
    assert grown[PROCESSED.format("done", "BOOKING_CREATED")] == 0
