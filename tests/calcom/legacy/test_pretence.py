"""A dry run of a roll-back tells what the real one would do."""

from __future__ import annotations

import pytest
from django.db import connection

from appointments.models import Appointment, Attendee, Customer, Service, StaffTime
from calcom.legacy.runs import record_changed, record_created
from calcom.legacy.undo import roll_back
from calcom.models import LegacyChange, LegacyRun
from tests.calcom.legacy.rows import brought, old_appointment
from tests.calcom.remote import monday
from tests.factories import StaffFactory

State = LegacyRun.State


def test_a_dry_run_tells_the_same_and_undoes_nothing(run):
    customer = Customer.objects.create(company=run.company, name="Ida")
    record_created(run, [customer])
    brought(run, customer=customer)
    assert roll_back(run.company, run.pk, is_dry_run=True).counts == {"undone": 2, "kept": 0}
    assert (
        Appointment.objects.count(),
        Customer.objects.count(),
        LegacyChange.objects.exclude(outcome="").exists(),
    ) == (1, 1, False)
    run.refresh_from_db()
    assert run.state == State.RUNNING


@pytest.mark.django_db(transaction=True)
def test_between_the_batches_of_a_dry_run_news_can_be_applied(run):
    for _number in range(3):
        brought(run)
    are_locked = []

    def look(_done, _total):
        are_locked.append(connection.in_atomic_block)

    roll_back(run.company, run.pk, is_dry_run=True, batch=1, on_progress=look)
    assert (are_locked, Appointment.objects.count()) == ([False] * 3, 3)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_dry_run_in_batches_tells_what_the_real_one_does(run, batch):
    staff = StaffFactory.create(company=run.company)
    record_created(run, [staff])
    services = [Service.objects.create(company=run.company, name=name, duration_min=30) for name in ("Cut", "Colour")]
    services[0].staff.add(staff)
    record_created(run, services)
    customers = [Customer.objects.create(company=run.company, name=name) for name in ("Ida", "Tom")]
    record_created(run, customers)
    rows = [brought(run, staff=staff, service=services[0], customer=customer) for customer in customers]
    for hour, row in enumerate(rows, 8):
        during = (monday(hour), monday(hour + 1))
        StaffTime.objects.create(company=run.company, staff=staff, appointment=row, during=during)
        Attendee.objects.filter(appointment=row).update(customer=row.customer)
    Appointment.objects.filter(pk=rows[1].pk).update(version=2)
    told = roll_back(run.company, run.pk, is_dry_run=True, batch=batch)
    assert told.counts == {"undone": 3, "kept": 4}
    real = roll_back(run.company, run.pk, batch=batch)
    assert (told.counts, told.left) == (real.counts, real.left)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_dry_run_undoes_the_newer_of_two_changes_first(run, batch):
    row = old_appointment(run.company, 5, title="first")
    for title in ("second", "third"):
        before = {"title": row.title}
        row.title = title
        row.save()
        record_changed(run, [(row, before)])
    assert roll_back(run.company, run.pk, is_dry_run=True, batch=batch).counts == {"undone": 2, "kept": 0}
    assert Appointment.objects.get().title == "third"
    Appointment.objects.update(title="else")
    assert roll_back(run.company, run.pk, is_dry_run=True, batch=batch).counts == {"undone": 0, "kept": 2}
