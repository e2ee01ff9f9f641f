"""What is stored has many readers: it is in the language of the installation, whoever caused it."""

from __future__ import annotations

import pytest
from django.utils import translation

from appointments.backends import BackendUnavailable
from appointments.booking import reschedule, send_again
from appointments.errors import NotBookable
from appointments.models import Appointment, AppointmentChange
from tests.appointments.conftest import DESK, NINE, TOLD, send_all


def test_a_reason_in_the_history_is_not_in_the_language_of_who_clicked(order, server, clock):
    server.before.append(BackendUnavailable("no route"))
    row = order()
    send_all(row)
    with translation.override("de"):
        send_again(Appointment.objects.get(), actor=DESK)
    assert AppointmentChange.objects.latest("id").reason == "Sent again."


@pytest.mark.parametrize("reader", ["de", "en"])
def test_nor_is_what_went_wrong(order, server, reader):
    server.minutes_off = 30
    row = order()
    with translation.override(reader):
        send_all(row)
    assert "is being cancelled there" in Appointment.objects.get().sync_error


def test_it_is_in_the_language_of_the_installation(order, server, settings):
    settings.LANGUAGE_CODE = "de"
    server.minutes_off = 30
    send_all(order())
    assert "is being cancelled" not in Appointment.objects.get().sync_error


def test_a_refusal_is_in_the_language_of_who_asked(booked):
    with translation.override("de"), pytest.raises(NotBookable, match="Diese Zeit ist vergangen"):
        reschedule(booked, starts_at=TOLD, actor=DESK)
    with pytest.raises(NotBookable, match="at that time already"):
        reschedule(booked, starts_at=NINE, actor=DESK)
