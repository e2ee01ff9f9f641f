"""How much is known, by column: counted where a column applies, kept for some minutes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from appointments.completeness import NAMES, completeness, lacking, recount, recount_wanted, together
from appointments.models import Appointment
from appointments.models.appointment import Status
from companies.models import Company
from tests.factories import CompanyFactory
from tests.portal.factories import AppointmentFactory, AttendeeFactory


@pytest.fixture
def company(db: None) -> Iterator[Company]:
    cache.clear()
    yield CompanyFactory.create()
    cache.clear()


def percents(company: Company) -> dict[str, float]:
    return recount(company).percents()


def test_a_full_appointment_lacks_nothing(company: Company) -> None:
    row = AppointmentFactory.create(
        company=company,
        location_type="video",
        meeting_url="https://meet.example.com/1",
        responses={"notes": {"label": "notes", "value": "short"}},
        booking_metadata={"source": "shop"},
        hosts=[{"id": 1}],
    )
    AttendeeFactory.create(appointment=row)
    assert set(percents(company).values()) == {100.0}


def test_a_bare_one_lacks_what_its_booking_could_tell(company: Company) -> None:
    AppointmentFactory.create(company=company)
    missing = {name for name, percent in percents(company).items() if percent == 0}
    assert missing == {"attendees", "responses", "location", "metadata", "hosts"}


def test_what_cal_com_never_heard_of_has_no_answers_to_lack(company: Company) -> None:
    AppointmentFactory.create(company=company, calcom_booking_uid="")
    column = next(column for column in recount(company).columns if column.name == "responses")
    assert (column.total, column.missing) == (0, 0)


def test_a_reason_is_wanted_only_of_what_is_off(company: Company) -> None:
    AppointmentFactory.create(company=company)
    AppointmentFactory.create(company=company, status=Status.CANCELLED, cancellation_reason="ill")
    AppointmentFactory.create(company=company, status=Status.REJECTED, cancellation_reason="ill")
    assert percents(company)["reasons"] == 50.0


def test_almost_all_is_not_all(company: Company) -> None:
    AppointmentFactory.create_batch(3, company=company, location_type="phone")
    AppointmentFactory.create(company=company)
    assert percents(company)["location"] == 75.0


@pytest.mark.parametrize("name", NAMES)
def test_the_list_of_gaps_is_as_long_as_the_number_says(company: Company, name: str) -> None:
    for more in ({}, {"is_recurring": True}, {"status": Status.CANCELLED}, {"location_type": "video"}):
        AppointmentFactory.create(company=company, **more)
    column = next(column for column in recount(company).columns if column.name == name)
    assert Appointment.objects.for_company(company).filter(lacking(name)).count() == column.missing > 0


def test_old_numbers_are_read_while_a_worker_counts_anew(company: Company) -> None:
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        first = completeness(company)
        AppointmentFactory.create(company=company)
        assert recount_wanted() == 0
        clock.shift(timedelta(minutes=6))
        assert completeness(company) == first
        assert recount_wanted() == 1
        assert completeness(company).as_of == first.as_of + timedelta(minutes=6)


def test_nobody_counts_what_nobody_reads(company: Company) -> None:
    with time_machine.travel("2026-11-20 12:00Z", tick=False) as clock:
        other = CompanyFactory.create()
        first, others = completeness(company), completeness(other)
        clock.shift(timedelta(minutes=6))
        completeness(company)
        assert recount_wanted() == 1
        assert completeness(other) == others
        assert completeness(company) != first


def test_a_strangers_appointments_do_not_count(company: Company) -> None:
    AppointmentFactory.create()
    assert all(column.total == 0 for column in recount(company).columns)


def test_several_companies_are_one_sum(company: Company) -> None:
    AppointmentFactory.create(company=company, location_type="phone")
    other = AppointmentFactory.create()
    both = together([recount(company), recount(other.company)])
    assert both.percents()["location"] == 50.0
    assert together([]).percents()["location"] == 100.0
