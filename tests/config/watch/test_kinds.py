"""What is noticed, company by company, and what is nobody's trouble."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone

from appointments.models import Push
from appointments.models.appointment import Status, SyncStatus
from calcom import guard
from calcom.account import access_of
from calcom.guard import Lane, Outcome
from companies.models import Company, Incident
from tests.config.watch.conftest import NOON, OPERATOR, OWNER, Round, kinds
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory, DeliveryFactory
from webhooks import inbox
from webhooks.authentication import count_refusal
from webhooks.models import WebhookEvent


def call(company: Company, outcome: Outcome, times: int = 1) -> None:
    """So many calls of Cal.com's API that end so."""
    for _ in range(times):
        account = access_of(company).account
        guard.record(guard.admit(account, lane=Lane.INTERACTIVE), outcome)


@pytest.fixture
def keyed(company: Company) -> Company:
    company.calcom_api_key, company.requests_per_minute = "cal_live_abcdef", 1000
    company.save()
    return company


def facts() -> dict[str, object]:
    """Of the one incident."""
    found: dict[str, object] = Incident.objects.get().facts
    return found


def test_where_all_is_well_nobody_hears_anything(a_round: Round, keyed: Company) -> None:
    AppointmentFactory.create(company=keyed)
    DeliveryFactory.create(company=keyed)
    call(keyed, Outcome.SUCCESS, 30)
    assert [a_round().opened for _ in range(3)] == [0, 0, 0]
    assert not Incident.objects.exists()
    assert not mail.outbox


def test_a_delivery_that_waits_for_over_two_minutes(a_round: Round, company: Company) -> None:
    due = timezone.now() - timedelta(seconds=110)
    DeliveryFactory.create(company=company, state=WebhookEvent.State.PENDING, next_at=due, received_at=due)
    assert a_round(5).opened == 0
    assert a_round(10).opened == 1
    assert facts() == {"seconds": 125}
    assert [one.to for one in mail.outbox] == [[OWNER]]


def test_a_delivery_that_is_to_be_tried_again_later_is_not_late(a_round: Round, company: Company) -> None:
    later = timezone.now() + timedelta(hours=1)
    DeliveryFactory.create(company=company, state=WebhookEvent.State.WAITING, next_at=later)
    assert a_round(300).opened == 0


def test_an_old_delivery_that_is_processed_again_is_late_from_then_on(a_round: Round, company: Company) -> None:
    DeliveryFactory.create(company=company, received_at=timezone.now() - timedelta(days=9))
    inbox.replay(WebhookEvent.objects.all())
    WebhookEvent.objects.update(next_at=timezone.now())  # the database has its own clock
    assert a_round(115).opened == 0
    assert a_round(10).opened == 1
    assert facts() == {"seconds": 125}


def test_a_late_delivery_of_no_company_is_the_operators(a_round: Round) -> None:
    DeliveryFactory.create(company=None, state=WebhookEvent.State.PENDING, next_at=timezone.now())
    a_round(150)
    assert [one.to for one in mail.outbox] == [[OPERATOR]]


def test_what_waits_for_staff_is_counted_as_its_list_counts_it(a_round: Round, company: Company) -> None:
    for status in (SyncStatus.NEEDS_STAFF, SyncStatus.CONFLICT, SyncStatus.ORPHANED, SyncStatus.SYNCED):
        AppointmentFactory.create(company=company, sync_status=status)
    AppointmentFactory.create(company=company, sync_status=SyncStatus.ORPHANED, status=Status.CANCELLED)
    a_round()
    assert facts() == {"count": 3}
    assert "3 appointments wait for a decision." in mail.outbox[0].body


def test_one_delivery_turned_away_is_enough(a_round: Round, company: Company) -> None:
    a_round()
    count_refusal(company.pk, reason="signature")
    a_round()
    assert kinds() == [("signature", False)]
    assert facts() == {"count": 1}


def test_the_count_begins_anew_at_midnight(a_round, clock: time_machine.Traveller, company: Company) -> None:
    count_refusal(company.pk, reason="signature")
    a_round(12 * 3600 - 60)
    assert not Incident.objects.exists()
    clock.shift(120)
    count_refusal(company.pk, reason="signature")
    a_round()
    assert facts() == {"count": 1}


def test_what_is_turned_away_in_the_last_seconds_of_a_day(
    a_round: Round, clock: time_machine.Traveller, company: Company
) -> None:
    clock.move_to(NOON.replace(hour=23, minute=59, second=35))
    count_refusal(company.pk, reason="signature")  # nobody watched yet
    a_round(15)
    clock.shift(8)
    count_refusal(company.pk, reason="signature")
    assert f"{timezone.now():%X}" == "23:59:58"
    a_round(7)
    assert (f"{timezone.now():%X}", kinds(), facts()) == ("00:00:05", [("signature", False)], {"count": 1})
    a_round(60)
    a_round(900)
    assert kinds() == [("signature", True)]


def test_midnight_divides_no_ten_minutes(a_round: Round, clock: time_machine.Traveller) -> None:
    clock.move_to(NOON.replace(hour=23, minute=55))
    a_round()
    for _ in range(6):
        count_refusal(None, reason="signature")
    assert a_round().opened == 0
    clock.shift(300)
    for _ in range(4):
        count_refusal(None, reason="signature")
    a_round()
    assert facts() == {"count": 10}


@pytest.mark.parametrize("minutes", [11, 90])
def test_what_was_turned_away_while_nobody_watched_is_told_once(a_round: Round, company: Company, minutes: int) -> None:
    a_round()
    count_refusal(company.pk, reason="signature")
    a_round(minutes * 60)
    assert kinds() == [("signature", False)]
    a_round(minutes * 60)
    assert kinds() == [("signature", True)]


def test_at_the_address_without_a_company_only_many_count(a_round: Round) -> None:
    a_round()
    for _ in range(9):
        count_refusal(None, reason="signature")
    assert a_round().opened == 0
    count_refusal(None, reason="signature")
    a_round()
    assert [one.to for one in mail.outbox] == [[OPERATOR]]


def test_a_circuit_that_opens(a_round: Round, keyed: Company) -> None:
    call(keyed, Outcome.FAILURE, 5)
    a_round()
    assert kinds() == [("breaker_open", False)]


def test_where_the_breaker_is_switched_off_nothing_is_paused(a_round: Round, keyed: Company, settings) -> None:
    call(keyed, Outcome.FAILURE, 5)
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = False
    a_round()
    assert not Incident.objects.exists()


def test_a_refused_key_until_it_is_taken_again(a_round: Round, keyed: Company) -> None:
    call(keyed, Outcome.KEY_REFUSED)
    a_round()
    assert kinds() == [("key_refused", False)]
    call(keyed, Outcome.SUCCESS)
    a_round(400)
    assert kinds() == [("key_refused", True)]


def test_another_key_ends_it_as_well(a_round: Round, keyed: Company) -> None:
    call(keyed, Outcome.KEY_REFUSED)
    a_round()
    keyed.calcom_api_key = "cal_live_another"
    keyed.save()
    a_round(400)
    assert kinds() == [("key_refused", True)]


def test_a_key_that_cannot_be_decrypted_spoils_nothing_of_the_others(a_round: Round, keyed: Company) -> None:
    broken = CompanyFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE companies_company SET calcom_api_key = 'gibberish' WHERE id = %s", [broken.pk])
    call(keyed, Outcome.FAILURE, 5)
    a_round()
    assert sorted(Incident.objects.values_list("company", "kind")) == [
        (keyed.pk, "breaker_open"),
        (broken.pk, "key_refused"),
    ]


def test_over_five_per_cent_of_the_calls_failed(a_round: Round, keyed: Company) -> None:
    a_round()
    call(keyed, Outcome.SUCCESS, 37)
    call(keyed, Outcome.FAILURE, 2)
    call(keyed, Outcome.SUCCESS, 1)
    assert a_round().opened == 0
    call(keyed, Outcome.FAILURE)
    a_round()
    assert facts() == {"calls": {"all": 41, "failed": 3}}


def test_few_calls_make_no_rate(a_round: Round, keyed: Company) -> None:
    a_round()
    call(keyed, Outcome.FAILURE, 4)
    assert a_round().opened == 0


def test_over_five_per_cent_of_the_deliveries_failed(a_round: Round, company: Company) -> None:
    for number in range(40):
        state = WebhookEvent.State.FAILED if number < 3 else WebhookEvent.State.DONE
        DeliveryFactory.create(company=company, state=state, received_at=timezone.now())
    a_round()
    assert facts() == {"deliveries": {"all": 40, "failed": 3}}
    a_round(16 * 60)
    a_round(6 * 60)
    assert kinds() == [("error_rate", True)]


def test_a_silent_worker_is_told_to_operators_and_to_no_company(a_round: Round) -> None:
    a_round()
    assert a_round(100, is_alive=False).opened == 0
    a_round(60, is_alive=False)
    assert kinds() == [("worker_silent", False)]
    assert [one.to for one in mail.outbox] == [[OPERATOR]]
    assert "The last task of beat's ran 2 minutes ago." in mail.outbox[0].body


def test_what_was_seen_before_a_pause_of_the_watcher_is_not_certain_after_it(a_round: Round) -> None:
    a_round()
    a_round(100, is_alive=False)
    assert a_round(3600, is_alive=False).opened == 0
    assert a_round(60, is_alive=False).opened == 1


def test_a_queue_of_changes_that_nobody_serves(a_round: Round, company: Company) -> None:
    row = AppointmentFactory.create(company=company, sync_status=SyncStatus.PENDING)
    Push.objects.create(company=company, appointment=row, operation="create", version=1, next_at=timezone.now())
    a_round(310)
    a_round(70)
    assert kinds() == [("pusher_silent", False)]


def test_a_company_that_is_switched_off_is_left_alone(a_round: Round, company: Company) -> None:
    AppointmentFactory.create(company=company, sync_status=SyncStatus.CONFLICT)
    a_round()
    company.is_active = False
    company.save()
    a_round()
    assert kinds() == [("needs_staff", True)]


def test_each_company_hears_of_its_own_only(a_round: Round, company: Company) -> None:
    elsewhere = AppointmentFactory.create(sync_status=SyncStatus.CONFLICT)
    a_round()
    assert list(Incident.objects.values_list("company", flat=True)) == [elsewhere.company_id]
    assert not mail.outbox  # it has no owner; the other company's is not asked
