"""Blanking what is kept no longer: what, of whom, and that it may be killed anywhere."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from appointments.models import Appointment, AppointmentChange, Attendee, Customer, Departure, Hold
from appointments.privacy import retention
from calcom.models import LegacyChange, LegacyRow, LegacyRun
from companies.locks import Purpose, turn_of_session
from companies.models import PrivacySettings
from companies.privacy.erasing import erasing
from config import tasks
from config.privacy.retention import RUNNING_ELSEWHERE, prune, prune_nobodys
from tests.factories import CompanyFactory
from tests.portal.factories import (
    AppointmentFactory,
    AttendeeFactory,
    ChangeFactory,
    CustomerFactory,
    DeliveryFactory,
    HoldFactory,
)
from tests.privacy.everything import LONG_AGO, past, tables_naming_her, whole_database
from webhooks.models import WebhookEvent
from webhooks.privacy import bodies_due


def keep(company, **days):
    """What the company has decided."""
    return PrivacySettings.objects.create(company=company, **days)


def test_by_default_only_bodies_are_blanked(everything):
    WebhookEvent.objects.update(received_at=timezone.now() - LONG_AGO)
    assert prune(everything.company).counts == {
        "bodies": 3,
        "payloads": 0,
        "appointments": 0,
        "customers": 0,
        "history": 0,
    }
    assert "appointments_appointment" in tables_naming_her()


def test_past_appointments_say_nothing_of_whose_they_were(everything):
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)
    Appointment.objects.update(hosts=[], ical_uid="")  # the company's people and an id, as they really are
    keep(everything.company, appointments_days=365)
    counts = prune(everything.company).counts
    assert (counts["appointments"], counts["customers"]) == (2, 2)
    assert {name for name in tables_naming_her() if name.startswith("appointments_a")} == {"appointments_absence"}
    assert {row.status for row in Appointment.objects.all()} == {"confirmed"}
    assert prune(everything.company).counts["appointments"] == 0


def test_who_left_a_past_booking_is_forgotten_with_it(company):
    past(company, calcom_booking_uid="over")
    AppointmentFactory.create(company=company, calcom_booking_uid="coming")
    for uid in ("over", "coming"):
        Departure.objects.create(company=company, booking_uid=uid, email="ada@example.com", left_at=timezone.now())
    keep(company, appointments_days=365)
    prune(company)
    assert Departure.objects.get().booking_uid == "coming"


def test_whoever_comes_again_keeps_their_card(company):
    customer = past(company).customer
    assert customer is not None
    coming = AppointmentFactory.create(company=company, customer=customer, starts_at=timezone.now() - timedelta(days=9))
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)
    keep(company, appointments_days=365)
    assert prune(company).counts["customers"] == 0
    customer.refresh_from_db()
    assert customer.email
    Appointment.objects.filter(pk=coming.pk).update(starts_at=coming.starts_at - LONG_AGO)
    Appointment.objects.filter(pk=coming.pk).update(ends_at=coming.ends_at - LONG_AGO)
    assert prune(company).counts["customers"] == 1


def test_whoever_books_while_a_run_waits_for_its_turn_keeps_their_card(company):
    row = past(company)
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)
    limit = timezone.now() - timedelta(days=30)
    retention.close(company, retention.people_of(company, [row.pk], before=limit))
    (ids,) = retention.customer_ids(company, before=limit, batch=9)
    assert retention.still_leaving(company, ids, before=limit).customer_ids == {row.customer_id}
    AppointmentFactory.create(company=company, customer=row.customer)
    assert not retention.still_leaving(company, ids, before=limit).customer_ids


def test_a_card_made_long_after_the_appointment_goes_when_it_is_old_itself(company):
    past(company)
    keep(company, appointments_days=365)
    assert (prune(company).counts["appointments"], prune(company).counts["customers"]) == (1, 0)
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)  # a year after an import
    assert prune(company, is_dry_run=True).counts["customers"] == 1
    assert prune(company).counts["customers"] == 1
    assert Customer.objects.values_list("name", "email").get() == ("[erased]", "")


def test_somebody_who_never_booked_is_no_customer_of_the_past(company):
    CustomerFactory.create(company=company, email="ada@example.com")
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)
    keep(company, appointments_days=30)
    assert prune(company).counts["customers"] == 0


def test_many_customers_go_in_several_batches(company):
    for _number in range(5):
        past(company)
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)
    keep(company, appointments_days=30)
    assert prune(company, batch=2).counts["customers"] == 5
    assert set(Customer.objects.values_list("name", flat=True)) == {"[erased]"}


def test_a_delivery_that_found_its_company_late_is_blanked_as_well(company):
    keep(company, bodies_days=1, bodies_until=timezone.now() - timedelta(days=1))
    DeliveryFactory.create(company=company)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=3))
    assert prune(company, is_dry_run=True).counts["bodies"] == 1
    assert prune(company).counts["bodies"] == 1


def test_appointments_are_locked_before_what_goes_with_them(company, django_assert_max_num_queries):
    AttendeeFactory.create(appointment=past(company))
    keep(company, appointments_days=30)
    with django_assert_max_num_queries(500) as told:
        prune(company)
    said = [query["sql"] for query in told.captured_queries]
    locked = next(number for number, sql in enumerate(said) if "FOR UPDATE" in sql)
    assert locked < next(number for number, sql in enumerate(said) if sql.startswith("UPDATE"))


def test_what_the_backend_still_has_to_be_told_of_is_not_over(company):
    past(company, sync_status="needs_staff")
    keep(company, appointments_days=30)
    assert prune(company).counts["appointments"] == 0


def test_raw_payloads_go_and_what_was_made_of_them_stays(company):
    row = past(company, payload={"uid": "u"}, title="Cut")
    recent = AppointmentFactory.create(company=company, payload={"uid": "v"})
    keep(company, payloads_days=90)
    assert prune(company).counts["payloads"] == 1
    assert Appointment.objects.values_list("payload", "title").get(pk=row.pk) == ({}, "Cut")
    assert Appointment.objects.get(pk=recent.pk).payload == {"uid": "v"}


def test_what_was_counted_stays_done_where_the_time_is_up(company):
    past(company, payload={"uid": "u"})
    keep(company, payloads_days=90)
    result = prune(company, seconds=-1.0)
    assert (result.counts["payloads"], result.is_finished) == (1, False)
    assert Appointment.objects.get().payload == {}


def test_raw_payloads_go_from_the_old_rows_as_well(company):
    row, told = past(company, payload={"uid": "u"}), {"payload": {"email": "ada@example.com"}}
    run = LegacyRun.objects.create(company=company, kind=LegacyRun.Kind.UIDS)
    data = {"id": 7, "metadata": {"cal_com_data": told}, **told}
    LegacyRow.objects.create(company=company, run=run, kind="appointment", key="7", object_id=row.pk, data=data)
    label = "appointments.appointment"
    LegacyChange.objects.create(company=company, run=run, model=label, object_id=row.pk, before=told, after=told)
    keep(company, payloads_days=90)
    prune(company)
    assert LegacyRow.objects.get().data == {"id": 7}
    assert list(LegacyChange.objects.values_list("before", "after")) == [({}, {})]


def test_the_history_says_when_and_no_longer_who(company):
    old = ChangeFactory.create(appointment=past(company), reason="Ada is ill", actor_name="ada@example.com")
    new = ChangeFactory.create(appointment=old.appointment, reason="again")
    keep(company, history_days=30)
    _age(old)
    assert prune(company).counts["history"] == 1
    rows = AppointmentChange.objects.order_by("pk").values_list("pk", "reason", "actor_name")
    assert list(rows) == [(old.pk, "", ""), (new.pk, "again", "")]
    assert prune(company).counts["history"] == 0


def test_a_line_that_is_younger_than_those_behind_it_is_not_passed_over(company):
    young = ChangeFactory.create(appointment=past(company), reason="Ada is ill")
    _age(ChangeFactory.create(appointment=young.appointment, reason="again"))
    keep(company, history_days=30)
    prune(company)
    _age(young)
    assert prune(company).counts["history"] == 2
    assert set(AppointmentChange.objects.values_list("reason", flat=True)) == {""}


def _age(change):
    with erasing(change.company):
        AppointmentChange.objects.filter(pk=change.pk).update(recorded_at=timezone.now() - LONG_AGO)


def test_a_dry_run_tells_the_same_numbers_and_writes_nothing(everything):
    WebhookEvent.objects.update(received_at=timezone.now() - LONG_AGO)
    Customer.objects.update(created_at=timezone.now() - LONG_AGO)
    keep(everything.company, payloads_days=1, appointments_days=1, history_days=1)
    before = whole_database()
    told = prune(everything.company, is_dry_run=True).counts
    assert whole_database() == before
    assert told == prune(everything.company).counts


@pytest.mark.parametrize("killed_after", range(5))
def test_a_run_that_is_killed_is_finished_by_the_next(company, killed_after):
    for number in range(5):
        AttendeeFactory.create(appointment=past(company), name=f"Person {number}")
    keep(company, appointments_days=30)

    class Killed(Exception):
        pass

    def kill(done, _total):
        if done > killed_after:
            raise Killed

    with pytest.raises(Killed):
        prune(company, batch=1, on_progress=kill)
    done = Attendee.objects.filter(name="[erased]").count()
    assert prune(company, batch=2).counts["appointments"] == 5 - done
    assert not Attendee.objects.exclude(name="[erased]").exists()


@contextmanager
def elsewhere_at_it(company):
    """Another process has the turn: a lock of the session is its connection's own."""
    other, turn = connection.copy(), [Purpose.PRUNE.value, company.pk]
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", turn)
        yield
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", turn)
    other.close()


def test_two_runs_at_once_are_one(company):
    with elsewhere_at_it(company):
        assert prune(company).failures == [RUNNING_ELSEWHERE]
    assert prune(company).is_good


def test_a_stranger_keeps_everything(everything):
    elsewhere = CompanyFactory.create()
    keep(elsewhere, payloads_days=1, appointments_days=1, history_days=1)
    before = whole_database()
    assert not any(prune(elsewhere).counts.values())
    assert whole_database() == before


def test_a_task_goes_on_in_another_one(company, monkeypatch):
    past(company)
    keep(company, appointments_days=30)
    asked: list[int] = []
    monkeypatch.setattr(tasks, "AT_A_TIME_S", -1.0)
    monkeypatch.setattr(tasks.prune_company, "delay", asked.append)
    tasks.prune_all()
    tasks.prune_company(company.pk)
    assert asked == [company.pk, company.pk]
    assert Customer.objects.count() == 1


def test_what_belongs_to_nobody_is_pruned_as_well(db):
    DeliveryFactory.create(company=None)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    Session.objects.create(session_key="over", expire_date=timezone.now() - timedelta(days=1))
    HoldFactory.create(expires_at=timezone.now() - timedelta(days=2))
    told = {"bodies": 1, "sessions": 1, "log_in_attempts": 0}
    assert prune_nobodys(is_dry_run=True) == told
    assert prune_nobodys() == told
    assert not any(prune_nobodys().values())
    assert not Hold.objects.exists()


def test_what_was_nobodys_is_not_gone_through_again_every_night(db, django_assert_max_num_queries):
    DeliveryFactory.create_batch(9, company=None)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))
    assert prune_nobodys(batch=2)["bodies"] == 9
    with django_assert_max_num_queries(10):
        prune_nobodys(batch=2)


def test_what_is_still_to_be_blanked_of_nobodys_stands_in_an_index(db):
    due = bodies_due(None, before=timezone.now()).order_by("received_at", "pk")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        assert "webhook_event_nobodys_body" in due.explain()


def test_its_turn_is_given_back(company):
    prune(company)
    with turn_of_session(Purpose.PRUNE, company.pk) as is_mine:
        assert is_mine
