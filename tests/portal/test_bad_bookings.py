"""What cannot be booked or moved to, posted through the portal's forms: refused with what the rules would allow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from appointments.models import Appointment, Push, Service
from appointments.models.appointment import SyncStatus
from companies.models import Branch, Company, Staff
from tests.factories import BranchFactory, StaffFactory
from tests.portal.desk import LIST, address, appointment, form
from tests.portal.factories import ServiceFactory

NEW = f"{LIST}add/"
NEXT_MONTH = timezone.now() + timedelta(days=30)


@pytest.fixture
def branch(company: Company) -> Branch:
    return BranchFactory.create(company=company, time_zone="UTC")


@pytest.fixture
def stylist(company: Company, branch: Branch) -> Staff:
    return StaffFactory.create(company=company, home_branch=branch, name="Mara Stein")


@pytest.fixture
def cut(company: Company) -> Service:
    return ServiceFactory.create(company=company, name="Cut", duration_min=45, notice_min=120)


def filled(cut: Service, stylist: Staff, **more: Any) -> dict[str, Any]:
    who = {"name": "Ada Kühn", "email": "ada@example.com"}
    when = {"day": f"{NEXT_MONTH:%Y-%m-%d}", "clock": "10:30"}
    return who | when | {"service": cut.pk, "staff": stylist.pk} | more


def at(minutes: int) -> dict[str, str]:
    """Day and clock of so many minutes from now."""
    moment = timezone.now() + timedelta(minutes=minutes)
    return {"day": f"{moment:%Y-%m-%d}", "clock": f"{moment:%H:%M}"}


def test_within_the_notice_it_says_from_when(owner: Client, cut: Service, stylist: Staff) -> None:
    text = owner.post(NEW, filled(cut, stylist, **at(60))).text
    assert "has to be booked 120 minutes ahead: possible from" in text
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    ("which", "column"), [("cut", "is_active"), ("stylist", "is_active"), ("stylist", "is_bookable")]
)
def test_who_or_what_is_switched_off_cannot_be_chosen(
    owner: Client, cut: Service, stylist: Staff, which: str, column: str
) -> None:
    row: Any = {"cut": cut, "stylist": stylist}[which]
    setattr(row, column, False)
    row.save()
    assert "Select a valid choice." in owner.post(NEW, filled(cut, stylist)).text
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(("staff", "whom"), [("stylist", "Mara Stein"), ("", "anybody")])
def test_what_is_not_mapped_is_refused_where_there_is_a_connection(
    owner: Client, company: Company, cut: Service, stylist: Staff, staff: str, whom: str
) -> None:
    company.calcom_api_key = "cal_test_some_key"
    company.save()
    text = owner.post(NEW, filled(cut, stylist, staff=stylist.pk if staff else "")).text
    assert f"“Cut” by {whom} is not mapped to an event type. Map one, or choose somebody else." in text
    assert not Appointment.objects.exists()


def test_without_a_key_it_is_kept_and_waits_without_an_error(owner: Client, cut: Service, stylist: Staff) -> None:
    owner.post(NEW, filled(cut, stylist))
    row, push = Appointment.objects.get(), Push.objects.get()
    assert row.sync_status == SyncStatus.NOT_CONNECTED
    assert (push.state, push.attempts, push.next_at) == ("pending", 0, None)
    assert "there is no connection to Cal.com" in owner.get(f"{LIST}{row.pk}/change/").text


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ({"day": "2020-01-07", "clock": "10:30"}, "That time is past. Possible from"),
        ({"day": "2040-01-07", "clock": "10:30"}, "Bookings reach 365 days ahead"),
        ({"day": "2027-03-28", "clock": "02:30"}, "clocks in Europe/Berlin go forward: there is no 2027-03-28 02:30"),
        ({"day": "2027-10-32", "clock": "10:30"}, "Enter a valid date."),
    ],
)
def test_a_move_to_no_time_is_refused_with_a_sentence(
    owner: Client, company: Company, when: dict[str, str], sentence: str
) -> None:
    row = appointment(company)
    assert sentence in owner.post(address(row, "move"), form(row, **when)).text
    assert Appointment.objects.get().version == row.version


def test_a_move_into_the_notice_says_from_when(owner: Client, company: Company, cut: Service, branch: Branch) -> None:
    row = appointment(company, service=cut, branch=branch)
    text = owner.post(address(row, "move"), form(row, **at(60))).text
    assert "has to be booked 120 minutes ahead: possible from" in text
