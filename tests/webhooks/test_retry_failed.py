"""`manage.py retry_failed`: what an outage left to staff is tried again, what needs a decision is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from appointments.booking import cancel, reschedule
from appointments.models import Appointment, AppointmentChange, Push
from tests.appointments.conftest import DESK, NINE, TOLD, booked, clock, cut, order, send_all, server, staff
from tests.command_line import Shell
from tests.factories import CompanyFactory
from tests.portal.factories import DeliveryFactory
from tests.tenancy.conftest import all_of
from webhooks import reasons
from webhooks.models import WebhookEvent

__all__ = ["booked", "clock", "cut", "order", "server", "staff"]

Trouble = Push.Trouble


def left_to_staff(row: Appointment, trouble: str = Trouble.UNAVAILABLE, state: str = Push.State.NEEDS_STAFF) -> None:
    Push.objects.filter(appointment=row, finished_at=None).update(state=state, trouble=trouble, next_at=None, error="x")
    Appointment.objects.filter(pk=row.pk).update(sync_status=state)


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.BUSY, Trouble.NOT_CONNECTED])
def test_what_the_outage_kept_back_reaches_the_other_side(shell: Shell, order, server, trouble):
    row = order()
    left_to_staff(row, trouble)
    ended = shell("retry_failed", "--company", row.company.slug)
    assert (ended.status, ended.out.split(": ")[1][:12]) == (0, "1 sent again")
    send_all(row)
    row.refresh_from_db()
    assert (row.sync_status, len(server.bookings)) == ("synced", 1)


def test_what_may_have_been_done_is_looked_for_first(shell: Shell, order):
    left_to_staff(order(), Trouble.UNCLEAR)
    assert "1 sent again" in shell("retry_failed", "--all").out
    assert Push.objects.get().state == Push.State.UNCLEAR


def test_the_history_says_who_it_was(shell: Shell, order):
    row = order()
    left_to_staff(row)
    shell("retry_failed", "--all")
    last = AppointmentChange.objects.filter(appointment=row).latest("pk")
    assert (last.actor_name, last.side) == ("retry_failed", "system")


def test_a_change_whose_next_try_is_hours_away_goes_at_once(shell: Shell, order, clock):
    row = order()
    Push.objects.update(trouble=Trouble.UNAVAILABLE, next_at=timezone.now() + timedelta(hours=8))
    assert "1 sent again" in shell("retry_failed", "--all").out
    assert Push.objects.filter(appointment=row, next_at__lte=timezone.now()).exists()


@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.TAKEN])
def test_what_was_refused_waits_for_a_decision_unless_asked_for(shell: Shell, order, trouble):
    row = order()
    left_to_staff(row, trouble)
    ended = shell("retry_failed", "--all")
    assert "0 sent again, 1 refused" in ended.out
    assert f"appointment {row.pk}: {Trouble(trouble).label}: x" in ended.out
    assert Push.objects.get().state == Push.State.NEEDS_STAFF
    assert "1 sent again, 0 refused" in shell("retry_failed", "--all", "--refused").out


def test_a_conflict_waits_for_a_decision(shell: Shell, booked):
    reschedule(booked, starts_at=NINE.replace(hour=11), actor=DESK)
    left_to_staff(booked, "", Push.State.CONFLICT)
    ended = shell("retry_failed", "--all", "--refused")
    assert (ended.status, "0 sent again, 0 refused, 1 conflicts" in ended.out) == (0, True)
    assert "the other side has changed it too" in ended.out


def test_nobody_is_booked_at_a_time_that_is_over(shell: Shell, order, clock):
    row = order()
    left_to_staff(row)
    clock.shift(NINE - TOLD)
    ended = shell("retry_failed", "--all")
    assert f"1 past, 0 deliveries\n  appointment {row.pk}: its time is over\n" in ended.out
    assert Push.objects.get().state == Push.State.NEEDS_STAFF


def test_a_cancellation_is_sent_whenever_it_was(shell: Shell, booked, clock):
    cancel(booked, reason="ill", actor=DESK)
    left_to_staff(booked)
    clock.shift(NINE - TOLD)
    assert "1 sent again" in shell("retry_failed", "--all").out


def test_only_deliveries_of_a_passing_kind_are_processed_again(shell: Shell, salon):
    failed = {"company": salon, "state": WebhookEvent.State.FAILED, "finished_at": timezone.now()}
    passing = DeliveryFactory.create(reason=reasons.NOT_APPLIED, **failed)
    impossible = DeliveryFactory.create(reason=reasons.INVALID, **failed)
    ended = shell("retry_failed", "--company", salon.slug, "--json")
    assert (ended.status, ended.facts["deliveries"]) == (0, 1)  # without a key: deliveries need none
    passing.refresh_from_db()
    impossible.refresh_from_db()
    assert (passing.state, impossible.state) == ("pending", "failed")


def test_a_dry_run_tells_the_same_and_writes_nothing(shell: Shell, order, salon):
    row = order()
    left_to_staff(row)
    DeliveryFactory.create(company=salon, state="failed", reason=reasons.NOT_APPLIED, finished_at=timezone.now())
    before = all_of(salon), list(WebhookEvent.objects.values())
    assert (
        "would be: 1 sent again, 0 refused, 0 conflicts, 0 past, 1 deliveries"
        in shell("retry_failed", "--all", "--dry-run").out
    )
    assert (all_of(salon), list(WebhookEvent.objects.values())) == before


def test_a_strangers_changes_stay_with_them(shell: Shell, order, salon):
    row = order()
    left_to_staff(row)
    before = all_of(salon)
    elsewhere = CompanyFactory.create(calcom_api_key="k")
    assert "0 sent again" in shell("retry_failed", "--company", elsewhere.slug).out
    assert all_of(salon) == before


def test_a_company_without_a_key_cannot_send_and_says_so(shell: Shell, order, salon):
    row = order()
    left_to_staff(row)
    salon.calcom_api_key = ""
    salon.save()
    ended = shell("retry_failed", "--company", salon.slug)
    assert (ended.status, "nothing can be sent: no key is entered" in ended.out) == (1, True)
    assert Push.objects.get().state == Push.State.NEEDS_STAFF


def test_small_batches_reach_all_and_a_second_run_finds_nothing(shell: Shell, order):
    for hour in (9, 10, 11):
        left_to_staff(order(starts_at=NINE.replace(hour=hour)))
    assert "3 sent again" in shell("retry_failed", "--all", "--batch", "1").out
    assert "0 sent again" in shell("retry_failed", "--all").out


def test_wrong_usage(shell: Shell, salon):
    assert shell("retry_failed").status == 2
    assert shell("retry_failed", "--all", "--batch", "many").status == 2
