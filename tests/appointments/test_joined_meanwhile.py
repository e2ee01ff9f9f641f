"""Two appointments become one in the very moment in which somebody waits for the one that goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from appointments.backends import BookingSnapshot
from appointments.inbound import apply_booking
from appointments.models import Appointment, FormerUid, Push
from appointments.push import record
from appointments.push.call import order_of
from appointments.push.claim import claim
from tests.appointments.conftest import NINE, booking
from tests.appointments.meanwhile import while_it_is_open

pytestmark = pytest.mark.django_db(transaction=True)
TEN = NINE + timedelta(hours=1)


def test_news_of_a_former_uid_finds_the_one_that_stays(salon, places):
    def told(news: BookingSnapshot) -> Appointment:
        with transaction.atomic():
            apply_booking(salon, news, places=places)
        return Appointment.objects.latest("pk")

    stays, goes = told(booking("a1")), told(booking("b1", starts_at=TEN))
    FormerUid.objects.create(company=salon, appointment=goes, uid="b0")

    def join() -> None:
        list(Appointment.objects.order_by("pk").select_for_update())
        FormerUid.objects.update(appointment=stays)
        goes.delete()

    while_it_is_open(join, lambda: told(booking("b0", starts_at=TEN, status="cancelled")))
    assert Appointment.objects.get() == stays


def test_an_answer_finds_the_one_that_stays_and_is_known_as_one_too_many(order, salon, places):
    goes = order()
    late = claim(Push.objects.get().pk)
    assert late is not None
    answer = late.backend.create(order_of(late))
    with transaction.atomic():
        apply_booking(salon, booking("b1"), places=places)
    stays = Appointment.objects.latest("pk")

    def join() -> None:
        list(Appointment.objects.order_by("pk").select_for_update())
        Push.objects.update(appointment=stays, state="done", finished_at=timezone.now(), next_at=None)
        Appointment.objects.get(pk=goes.pk).delete()

    while_it_is_open(join, lambda: record.answer(late, answer))
    assert Push.objects.get(is_compensation=True).appointment == stays
