"""The hour that comes twice in autumn: the form asks which is meant, and says so where it is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from appointments.models import Appointment, Service
from companies.models import Company, Staff
from tests.factories import BranchFactory, StaffFactory
from tests.portal.desk import LIST, address, appointment, form, page
from tests.portal.factories import ServiceFactory

FIRST, SECOND = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
HALF_PAST_TWO = {"day": "2026-10-25", "clock": "02:30"}


@pytest.fixture(autouse=True)
def _in_october() -> Any:
    with time_machine.travel(datetime(2026, 10, 1, 8, tzinfo=UTC)):
        yield


@pytest.fixture
def cut(company: Company) -> Service:
    return ServiceFactory.create(company=company)


@pytest.fixture
def stylist(company: Company) -> Staff:
    return StaffFactory.create(company=company, home_branch=BranchFactory.create(company=company))


def wanted(cut: Service, stylist: Staff, **more: Any) -> dict[str, Any]:
    return {"service": cut.pk, "staff": stylist.pk, "name": "Ada Kühn", "email": "ada@example.com"} | more


def test_the_form_asks_which_of_the_two(owner: Client, cut: Service, stylist: Staff) -> None:
    answer = owner.post(f"{LIST}add/", wanted(cut, stylist, **HALF_PAST_TWO))
    assert "the first, in summer time (UTC+02:00)" in answer.text
    assert "the second, in winter time (UTC+01:00)" in answer.text
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(("which", "starts_at"), [("first", FIRST), ("second", SECOND)])
def test_the_chosen_one_is_booked(owner: Client, cut: Service, stylist: Staff, which: str, starts_at: datetime) -> None:
    owner.post(f"{LIST}add/", wanted(cut, stylist, which=which, **HALF_PAST_TWO))
    assert Appointment.objects.get().starts_at == starts_at


def test_a_series_that_passes_that_night_takes_the_chosen_one(owner: Client, cut: Service, stylist: Staff) -> None:
    values = {"day": "2026-10-18", "clock": "02:30", "count": 3, "which": "second"}
    owner.post(f"{LIST}add/", wanted(cut, stylist, **values))
    starts = list(Appointment.objects.order_by("starts_at").values_list("starts_at", flat=True))
    assert starts == [SECOND - timedelta(days=7, hours=1), SECOND, SECOND + timedelta(days=7)]


def test_on_other_days_nobody_is_asked(owner: Client, cut: Service, stylist: Staff) -> None:
    assert "summer time" not in owner.get(f"{LIST}add/").text
    owner.post(f"{LIST}add/", wanted(cut, stylist, day="2026-10-26", clock="02:30", which="second"))
    assert Appointment.objects.get().starts_at == SECOND + timedelta(days=1)


def test_moving_asks_as_well(owner: Client, company: Company) -> None:
    row = appointment(company)
    answer = owner.post(address(row, "move"), form(row, **HALF_PAST_TWO))
    assert "the second, in winter time (UTC+01:00)" in answer.text
    owner.post(address(row, "move"), form(row, which="first", **HALF_PAST_TWO))
    row.refresh_from_db()
    assert row.starts_at == FIRST


def test_a_move_from_there_begins_with_the_present_choice(owner: Client, company: Company) -> None:
    row = appointment(company, starts_at=SECOND)
    fields = owner.get(address(row, "move")).context["form"]
    assert (fields["clock"].initial.hour, fields["which"].initial) == (2, "second")
    owner.post(address(row, "move"), form(row, which="first", **HALF_PAST_TWO))
    row.refresh_from_db()
    assert row.starts_at == FIRST


def test_the_pages_say_which_it_is(owner: Client, company: Company) -> None:
    row = appointment(company, starts_at=SECOND)
    assert "Sun 25 Oct 2026, 02:30 CET" in owner.get(page(row)).text
