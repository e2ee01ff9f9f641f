"""A run is rolled back, as far as nobody has touched what it did."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from appointments.models import Appointment, Attendee, Customer, Push, Service, StaffTime
from calcom.legacy.runs import begin, record_changed, record_created
from calcom.legacy.undo import roll_back
from calcom.models import LegacyChange, LegacyRow, LegacyRun
from calcom.sync.runs import alone
from companies.locks import Purpose
from companies.models import Staff
from tests.calcom.legacy.dump.test_interrupted import until_somebody_waits
from tests.calcom.legacy.rows import brought, history, old_appointment
from tests.calcom.remote import monday
from tests.factories import CompanyFactory, StaffFactory

Kind, State = LegacyRun.Kind, LegacyRun.State


def kept(run):
    return list(LegacyChange.objects.filter(run=run, outcome="kept").values_list("model", flat=True))


def test_what_the_run_made_is_deleted_with_all_that_goes_with_it(run):
    brought(run)
    result = roll_back(run.company, run.pk)
    assert (result.counts, result.left) == ({"undone": 1, "kept": 0}, [])
    assert not Appointment.objects.exists()
    run.refresh_from_db()
    assert run.state == State.ROLLED_BACK


def test_what_the_run_changed_gets_its_former_values(run):
    row = old_appointment(run.company, 5, booked_price="12.50", booking_time_zone="Europe/Paris", payload={"b": [1]})
    names = ("title", "starts_at", "booked_price", "payload", "booking_time_zone", "staff")
    before = {name: getattr(row, name) for name in names}
    Appointment.objects.filter(pk=row.pk).update(
        title="X", starts_at=monday(8), booked_price=None, payload="text", booking_time_zone="UTC"
    )
    record_changed(run, [(Appointment.objects.get(), before)])
    roll_back(run.company, run.pk)
    found = Appointment.objects.get()
    assert {name: str(getattr(found, name)) for name in before} == {name: str(value) for name, value in before.items()}


@pytest.mark.parametrize("facts", [{"status": "cancelled"}, {"starts_at": monday(8)}, {"version": 2}])
def test_an_appointment_that_was_changed_since_stays_whole(run, facts):
    row = brought(run)
    Appointment.objects.filter(pk=row.pk).update(**facts)
    result = roll_back(run.company, run.pk)
    assert result.counts == {"undone": 0, "kept": 1}
    assert result.left == [f"appointment {row.pk} was changed since"]
    assert Attendee.objects.count() == 1


def test_an_appointment_with_a_new_line_of_history_stays(run):
    history(brought(run), side="portal")
    assert roll_back(run.company, run.pk).counts["kept"] == 1


def test_an_appointment_with_a_push_stays(run):
    row = brought(run)
    Push.objects.create(company=run.company, appointment=row, operation="cancel", version=1)
    assert roll_back(run.company, run.pk).left == [f"appointment {row.pk} is referred to by push rows"]


def test_gaps_that_were_filled_from_payloads_are_no_change_of_anybodys(run):
    row = brought(run)
    Appointment.objects.filter(pk=row.pk).update(meeting_url="https://meet.example.com/x", responses={"a": {}})
    Attendee.objects.create(company=run.company, appointment=row, name="Tom")
    assert roll_back(run.company, run.pk).counts["kept"] == 0


def test_a_customer_who_has_booked_since_stays(run):
    customers = [Customer.objects.create(company=run.company, name=name) for name in ("Ida", "Tom")]
    record_created(run, customers)
    old_appointment(run.company, None, customer=customers[0])
    assert roll_back(run.company, run.pk).counts == {"undone": 1, "kept": 1}
    assert Customer.objects.get().name == "Ida"


def test_everything_of_a_dump_goes_newest_first(run):
    staff = StaffFactory.create(company=run.company)
    record_created(run, [staff])
    service = Service.objects.create(company=run.company, name="Cut", duration_min=30)
    service.staff.add(staff)
    record_created(run, [service])
    customer = Customer.objects.create(company=run.company, name="Ida")
    record_created(run, [customer])
    row = brought(run, staff=staff, service=service, customer=customer)
    StaffTime.objects.create(company=run.company, staff=staff, appointment=row, during=(row.starts_at, row.ends_at))
    assert roll_back(run.company, run.pk, batch=1).counts == {"undone": 4, "kept": 0}
    assert not any(model.objects.exists() for model in (Appointment, Customer, Service, Staff, StaffTime))


def test_a_price_written_in_another_way_is_the_same_price(run):
    service = Service.objects.create(company=run.company, name="Cut", duration_min=30, price=Decimal(25))
    record_created(run, [service])
    assert roll_back(run.company, run.pk).counts == {"undone": 1, "kept": 0}


def test_staff_who_were_given_another_service_stay(run):
    staff = StaffFactory.create(company=run.company)
    record_created(run, [staff])
    Service.objects.create(company=run.company, name="Colour", duration_min=30).staff.add(staff)
    assert kept(run) == []
    roll_back(run.company, run.pk)
    assert kept(run) == ["companies.staff"]


def test_a_service_whose_staff_were_changed_stays(run):
    service = Service.objects.create(company=run.company, name="Cut", duration_min=30)
    record_created(run, [service])
    service.staff.add(StaffFactory.create(company=run.company))
    assert roll_back(run.company, run.pk).counts["kept"] == 1


def test_old_rows_go_with_what_they_became(run):
    first, second = brought(run), brought(run)
    for key, row in (("1", first), ("2", second)):
        LegacyRow.objects.create(company=run.company, run=run, kind="appointment", key=key, object_id=row.pk)
    LegacyRow.objects.create(company=run.company, run=run, kind="customer", key="1", object_id=first.pk)
    Appointment.objects.filter(pk=second.pk).update(version=2)
    roll_back(run.company, run.pk)
    assert list(LegacyRow.objects.values_list("kind", "key")) == [("appointment", "2")]


def test_what_was_kept_can_be_tried_again(run):
    row = brought(run)
    Appointment.objects.filter(pk=row.pk).update(version=2)
    roll_back(run.company, run.pk)
    Appointment.objects.filter(pk=row.pk).update(version=1)
    assert roll_back(run.company, run.pk).counts == {"undone": 1, "kept": 0}
    assert roll_back(run.company, run.pk).counts == {"undone": 0, "kept": 0}


def test_a_row_that_is_gone_is_no_trouble(run):
    brought(run).delete()
    assert roll_back(run.company, run.pk).counts == {"undone": 1, "kept": 0}


def test_a_former_value_that_somebody_else_has_now_is_not_forced(run):
    customer = Customer.objects.create(company=run.company, name="Ida", email="new@example.com")
    record_changed(run, [(customer, {"email": "ida@example.com"})])
    Customer.objects.create(company=run.company, name="Other", email="ida@example.com")
    result = roll_back(run.company, run.pk)
    assert result.left == [f"customer {customer.pk} has former values that something else has taken since"]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_row_that_the_run_changed_twice_is_what_it_was_before_the_first(run, batch):
    row = old_appointment(run.company, 5, title="first")
    for title in ("second", "third"):
        before = {"title": row.title}
        row.title = title
        row.save()
        record_changed(run, [(row, before)])
    assert roll_back(run.company, run.pk, batch=batch).counts == {"undone": 2, "kept": 0}
    assert Appointment.objects.get().title == "first"


@pytest.mark.parametrize("tick", range(3))
def test_a_roll_back_killed_anywhere_is_gone_on_with(run, tick):
    for _number in range(3):
        brought(run)
    ticks = iter(range(tick))

    def die(_done, _total):
        if next(ticks, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        roll_back(run.company, run.pk, batch=1, on_progress=die)
    assert Appointment.objects.count() == 2 - tick
    roll_back(run.company, run.pk)
    assert not Appointment.objects.exists()


def test_a_rolled_back_run_is_not_gone_on_with(run):
    brought(run)
    roll_back(run.company, run.pk)
    assert begin(run.company, Kind.DUMP, source="old.csv").pk != run.pk


def test_a_stranger_cannot_roll_back(run):
    brought(run)
    result = roll_back(CompanyFactory.create(), run.pk)
    assert result.failures == [f"this company has no run {run.pk}; --status lists them"]
    assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_rolled_back_while_a_run_is_on(run):
    brought(run)
    results = []

    def second():
        results.append(roll_back(run.company, run.pk))
        connection.close()

    with alone(run.company, Purpose.LEGACY):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "another process" in results[0].failures[0]
    assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_roll_back_that_meets_somebody_at_the_same_rows_gives_way_and_goes_on(run):
    first, second = brought(run), brought(run)
    results = []

    def undo():
        results.append(roll_back(run.company, run.pk))
        connection.close()

    thread = threading.Thread(target=undo)
    with transaction.atomic():
        Appointment.objects.select_for_update().get(pk=second.pk)
        thread.start()
        until_somebody_waits()
        Appointment.objects.select_for_update().get(pk=first.pk)
    thread.join()
    assert (results[0].counts, Appointment.objects.count()) == ({"undone": 2, "kept": 0}, 0)
