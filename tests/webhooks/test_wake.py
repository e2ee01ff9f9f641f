"""Waking a worker, and living without the broker."""

from __future__ import annotations

import json

import pytest
from django_redis import get_redis_connection

from appointments.models import Appointment
from config.celery import heartbeat
from tests.deliveries.bodies import created
from tests.deliveries.cast import Booking
from webhooks import tasks
from webhooks.backoff import ask
from webhooks.tasks import LINGER_S, WAKE_KEY, drain_all, wake

CUT1 = Booking("cut1", 1)


@pytest.fixture
def queue(settings):
    """The broker's queue, empty."""
    redis = get_redis_connection("default")
    redis.delete("deliveries", WAKE_KEY)
    yield redis
    redis.delete("deliveries", WAKE_KEY)


def test_many_deliveries_wake_one_worker(queue, deliver):
    for number in range(5):
        deliver(created(Booking(f"cut{number}", number), "09:00"))
    assert queue.llen("deliveries") == 1


def test_after_a_drain_the_next_delivery_wakes_again(queue, deliver):
    deliver(created(CUT1, "09:00"))
    drain_all(linger_s=LINGER_S)
    deliver(created(Booking("cut2", 2), "09:00"))
    assert queue.llen("deliveries") == 2


@pytest.fixture
def no_broker(settings, monkeypatch):
    """A broker's address at which nobody listens."""
    nowhere = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": nowhere}}
    monkeypatch.setattr(tasks.drain.app.conf, "broker_url", nowhere)


def test_with_the_broker_away_a_delivery_is_kept_and_processed_later(no_broker, deliver):
    assert deliver(created(CUT1, "09:00")).status_code == 200
    drain_all()
    assert Appointment.objects.get().calcom_booking_uid == "cut1"


def test_a_broker_that_is_away_is_not_asked_for_every_delivery(no_broker):
    asked: list[int] = []
    wake()
    assert ask(lambda: asked.append(1), otherwise=None) is None
    assert not asked


def test_draining_and_everything_else_wait_in_queues_of_their_own(queue):
    wake()
    heartbeat.delay()
    assert (queue.llen("deliveries"), queue.lpop("celery") is not None) == (1, True)


def test_a_drain_that_nobody_took_in_time_is_not_run_later(queue):
    wake()
    message = json.loads(queue.lpop("deliveries"))
    assert message["headers"]["expires"] is not None
