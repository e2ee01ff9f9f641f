"""Bookings, refusals and what telling the backend came to are counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from appointments.backends import BackendBusy, BackendOutcomeUnknown, BackendRefused, BackendUnavailable
from appointments.booking import cancel, reschedule
from appointments.errors import NotBookable, SlotTaken, StaleVersion
from appointments.metrics import counting_refusals
from tests.appointments.conftest import DESK, NINE, send_all, tell
from tests.config.scrape import Growth

BOOKINGS = "slotkeeper_bookings_total{{change={},side={}}}"
REFUSED = "slotkeeper_bookings_refused_total{{change={},reason={}}}"
PUSHES = "slotkeeper_push_attempts_total{{operation={},result={}}}"


def test_changes_by_the_side_they_come_from(client, order, server, django_capture_on_commit_callbacks):
    grown = Growth(client)
    with django_capture_on_commit_callbacks(execute=True):
        row = order()
        send_all(row)
        row.refresh_from_db()
        cancel(row, reason="Ill", actor=DESK)
    assert grown[BOOKINGS.format("created", "portal")] == 1
    assert grown[BOOKINGS.format("cancelled", "portal")] == 1


def test_a_change_at_cal_com_counts_as_its(client, booked, server, django_capture_on_commit_callbacks):
    grown = Growth(client)
    with django_capture_on_commit_callbacks(execute=True):
        server.cancel(booked.calcom_booking_uid)
        tell(server, booked.calcom_booking_uid)
    assert grown[BOOKINGS.format("cancelled", "calcom")] == 1


def test_refusals_by_their_reason(client, booked, order):
    grown = Growth(client)
    with pytest.raises(SlotTaken):
        order()
    with pytest.raises(StaleVersion):
        reschedule(booked, starts_at=NINE + timedelta(hours=3), actor=DESK, version=99)
    assert grown[REFUSED.format("book", "SlotTaken")] == 1
    assert grown[REFUSED.format("reschedule", "StaleVersion")] == 1


def test_a_refusal_inside_another_use_case_counts_once(client, booked):
    @counting_refusals
    def tidy_up() -> None:
        cancel(booked, reason="", actor=DESK)

    grown = Growth(client)
    with pytest.raises(NotBookable):
        tidy_up()
    assert grown[REFUSED.format("cancel", "NotBookable")] == 1
    assert grown[REFUSED.format("tidy_up", "NotBookable")] == 0


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (BackendBusy("later"), "busy"),
        (BackendUnavailable("away"), "unavailable"),
        (BackendRefused(reason="no"), "refused"),
        (BackendOutcomeUnknown("?"), "unclear"),
        (RuntimeError("a bug"), "failed"),
    ],
    ids=str,
)
def test_what_telling_the_backend_came_to(client, order, server, error, result):
    row = order()
    grown = Growth(client)
    server.before.append(error)
    send_all(row)
    assert grown[PUSHES.format("create", result)] == 1


def test_what_only_staff_can_settle(client, order, server, django_capture_on_commit_callbacks):
    row = order()
    grown = Growth(client)
    server.before.append(BackendRefused(reason="no"))
    with django_capture_on_commit_callbacks(execute=True):
        send_all(row)
    assert grown["slotkeeper_pushes_left_to_staff_total{trouble=refused}"] == 1
