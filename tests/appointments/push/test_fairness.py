"""One company's flood of changes holds up neither another company nor anything else that workers do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from django_redis import get_redis_connection

from appointments import tasks
from appointments.models import Appointment, Push
from appointments.push import due, hasten, push
from companies.models import Company
from config.celery import heartbeat
from tests.appointments.conftest import NINE
from tests.factories import CompanyFactory

MANY = 500


@pytest.fixture
def queue():
    """The broker's queues, empty."""
    redis = get_redis_connection("default")
    redis.delete("pushes", "celery")
    yield redis
    redis.delete("pushes", "celery")


def wanting(company: Company, count: int, **more: object) -> list[int]:
    """Appointments that the backend has not been told of; returns the ids of their pushes."""
    rows = Appointment.objects.bulk_create(
        Appointment(
            company=company,
            starts_at=NINE + timedelta(hours=number),
            ends_at=NINE + timedelta(hours=number + 1),
            status="confirmed",
            told_status="confirmed",
            source="portal",
        )
        for number in range(count)
    )
    values = {"company": company, "operation": "create", "version": 1, **more}
    return [one.pk for one in Push.objects.bulk_create(Push(appointment=row, **values) for row in rows)]


def test_five_hundred_waiting_changes_of_one_company_do_not_hold_up_anothers_one(salon):
    wanting(salon, MANY, next_at=timezone.now() - timedelta(hours=1))
    (one,) = wanting(CompanyFactory.create(), 1)
    assert one in due(limit=8)[:2]


def test_a_company_with_many_on_their_way_comes_after_one_with_none(salon):
    wanting(salon, 8, state="in_flight", next_at=None, claimed_at=timezone.now())
    wanting(salon, MANY)
    others = wanting(CompanyFactory.create(), 4)
    assert due(limit=8)[:4] == others


def test_a_company_has_room_for_so_many_at_once_and_another_one_still_has_its_own(salon, server, settings):
    settings.PUSHES_AT_ONCE_PER_COMPANY = 3
    wanting(salon, 3, state="in_flight", next_at=None, claimed_at=timezone.now())
    (waiting,) = wanting(salon, 1)
    push(waiting)
    assert Push.objects.get(pk=waiting).state == "pending"
    Push.objects.filter(state="in_flight").update(state="pending")
    push(waiting)
    assert Push.objects.get(pk=waiting).state != "pending"


def test_an_outage_leaves_a_company_room_for_two(salon, server):
    wanting(salon, 1, trouble="unavailable", next_at=timezone.now() + timedelta(minutes=2))
    wanting(salon, 2, state="in_flight", next_at=None, claimed_at=timezone.now())
    (waiting,) = wanting(salon, 1)
    push(waiting)
    assert Push.objects.get(pk=waiting).state == "pending"


def test_pushes_wait_in_a_queue_of_their_own(queue, salon):
    wanting(salon, 3)
    assert tasks.push_due() == 3
    heartbeat.delay()
    assert (queue.llen("pushes"), queue.llen("celery")) == (3, 1)


def test_what_beat_hands_over_does_not_pile_up_while_workers_are_busy(queue, salon):
    wanting(salon, 1)
    tasks.push_due()
    assert json.loads(queue.lpop("pushes"))["headers"]["expires"] is not None


@pytest.mark.django_db(transaction=True)
def test_whoever_hastens_waits_for_nobody_who_records(company):
    now = timezone.now()
    later = now + timedelta(hours=1)
    one, two = wanting(company, 2, trouble="unavailable", next_at=later)
    other = connections.create_connection("default")
    other.settings_dict = connection.settings_dict
    try:
        with other.cursor() as recording:
            recording.execute("BEGIN")
            recording.execute("SELECT 1 FROM appointments_push WHERE id = %s FOR UPDATE", [one])
            assert hasten(company) == 1
            recording.execute("ROLLBACK")
    finally:
        other.close()
    waits = Push.objects.filter(next_at__gt=now + timedelta(minutes=1))
    assert [waits.filter(pk=pk).exists() for pk in (one, two)] == [True, False]
