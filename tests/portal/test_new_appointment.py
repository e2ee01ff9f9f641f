"""The page "New appointment": it books through book(), and says what book() says."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from appointments.models import Appointment, Customer, Service
from appointments.models.appointment import Status, SyncStatus
from companies.models import Branch, Company, Staff
from tests.conftest import LogIn
from tests.factories import BranchFactory, MembershipFactory, StaffFactory
from tests.portal.conftest import As
from tests.portal.desk import LIST, page, said
from tests.portal.factories import CustomerFactory, ServiceFactory

NEW = f"{LIST}add/"
DAY = f"{timezone.now() + timedelta(days=30):%Y-%m-%d}"


@pytest.fixture
def cut(company: Company) -> Service:
    return ServiceFactory.create(company=company, name="Cut", duration_min=45)


@pytest.fixture
def branch(company: Company) -> Branch:
    return BranchFactory.create(company=company, time_zone="Europe/Lisbon")


@pytest.fixture
def stylist(company: Company, branch: Branch) -> Staff:
    return StaffFactory.create(company=company, home_branch=branch)


def filled(cut: Service, **more: Any) -> dict[str, Any]:
    values = {"service": cut.pk, "day": DAY, "clock": "10:30", "name": "Ada Kühn", "email": "Ada@Example.com"}
    return values | more


def test_an_appointment_is_booked(owner: Client, cut: Service, stylist: Staff, branch: Branch) -> None:
    answer = owner.post(NEW, filled(cut, staff=stylist.pk, notes="A fringe", phone="+49 30 123456"))
    row = Appointment.objects.get()
    assert answer.headers["Location"] == page(row)
    assert said(answer)[0] == "The appointment was booked."
    assert f"{row.starts_at.astimezone(branch.time_zone):%Y-%m-%d %H:%M}" == f"{DAY} 10:30"
    assert (row.branch, row.staff, row.status, row.ends_at - row.starts_at) == (
        branch,
        stylist,
        Status.CONFIRMED,
        timedelta(minutes=45),
    )
    assert Customer.objects.get().email == "ada@example.com"
    assert row.responses["notes"]["value"] == "A fringe"


def test_without_a_connection_it_is_kept_here_and_that_is_said(owner: Client, cut: Service, stylist: Staff) -> None:
    answer = owner.post(NEW, filled(cut, staff=stylist.pk))
    assert Appointment.objects.get().sync_status == SyncStatus.NOT_CONNECTED
    assert "It is kept here only: there is no connection to Cal.com." in said(answer)


def test_for_a_customer_who_is_known(owner: Client, company: Company, cut: Service, stylist: Staff) -> None:
    customer = CustomerFactory.create(company=company)
    owner.post(NEW, filled(cut, staff=stylist.pk, customer=customer.pk, name="", email="", length_min=60))
    row = Appointment.objects.get()
    assert (row.customer, row.ends_at - row.starts_at) == (customer, timedelta(hours=1))


def test_a_series_of_weeks(owner: Client, cut: Service, stylist: Staff) -> None:
    answer = owner.post(NEW, filled(cut, staff=stylist.pk, count=3, every_weeks=2))
    assert said(answer)[0] == "3 appointments were booked."
    starts = list(Appointment.objects.order_by("starts_at").values_list("starts_at", flat=True))
    assert timedelta(days=13) < starts[1] - starts[0] < timedelta(days=15)
    assert Appointment.objects.values("series_id").distinct().count() == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"day": "2020-01-07"}, "That time is past. Possible from"),
        ({"day": "2040-01-07"}, "Bookings reach 365 days ahead"),
        ({"day": "2027-03-28", "clock": "01:30"}, "clocks in Europe/Lisbon go forward"),
        ({"day": "2027-10-31", "clock": "01:30"}, "Clocks show 01:30 twice on Sun 31 Oct 2027"),
        ({"day": "2027-10-24", "clock": "01:30", "count": "2"}, "Clocks show 01:30 twice on Sun 31 Oct 2027"),
        ({"day": "2027-10-31", "clock": "01:30", "which": "third"}, "say which is meant"),
        ({"day": "9999-12-31", "count": "2"}, "Ensure this value is"),
        ({"length_min": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"length_min": "-5"}, "Ensure this value is greater than or equal to 1."),
        ({"name": "", "email": ""}, "Say who the appointment is for."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"guests": "ada"}, "is no e-mail address"),
        ({"day": "someday"}, "Enter a valid date."),
        ({"clock": "25:00"}, "Enter a valid time."),
        ({"service": "0"}, "Select a valid choice."),
        ({"count": "1000"}, "Ensure this value is less than or equal to 52."),
    ],
)
def test_what_cannot_be_booked_is_refused_with_a_sentence(
    owner: Client, cut: Service, stylist: Staff, values: dict[str, str], sentence: str
) -> None:
    assert sentence in owner.post(NEW, filled(cut, staff=stylist.pk) | values).text
    assert not Appointment.objects.exists()


def test_one_time_is_booked_once(owner: Client, cut: Service, stylist: Staff) -> None:
    owner.post(NEW, filled(cut, staff=stylist.pk))
    assert owner.post(NEW, filled(cut, staff=stylist.pk)).status_code == 200
    assert Appointment.objects.count() == 1


def test_a_known_customer_or_a_new_one_but_not_both(owner: Client, company: Company, cut: Service) -> None:
    customer = CustomerFactory.create(company=company)
    answer = owner.post(NEW, filled(cut, customer=customer.pk))
    assert "Either a customer you know, or a new one." in answer.text


@pytest.mark.parametrize(
    ("name", "factory"),
    [("service", ServiceFactory), ("staff", StaffFactory), ("branch", BranchFactory), ("customer", CustomerFactory)],
)
def test_nothing_of_another_company_can_be_chosen(owner: Client, cut: Service, name: str, factory: Any) -> None:
    foreign = factory.create(name="Somebody else's")
    assert "Somebody else&#x27;s" not in owner.get(NEW).text
    answer = owner.post(NEW, filled(cut) | {name: foreign.pk} | ({"name": ""} if name == "customer" else {}))
    assert "Select a valid choice." in answer.text
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("role", ["staff", "auditor"])
def test_staff_and_auditors_do_not_book(as_role: As, cut: Service, role: str) -> None:
    assert as_role(role).get(NEW).status_code == 403
    assert as_role(role).post(NEW, filled(cut)).status_code == 403


def test_strangers_book_for_themselves_only(stranger: Client, company: Company, cut: Service) -> None:
    assert stranger.post(f"{NEW}?company={company.pk}", filled(cut)).status_code == 404
    assert "Select a valid choice." in stranger.post(NEW, filled(cut)).text
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("wanted", ["0", "x", "%C2%B2", "99999999999999999999"])
def test_a_company_that_there_is_not(owner: Client, wanted: str) -> None:
    assert owner.get(f"{NEW}?company={wanted}").status_code == 404


def test_who_works_for_several_companies_chooses_one(log_in: LogIn, company: Company, cut: Service) -> None:
    user = MembershipFactory.create(company=company).user
    audited = MembershipFactory.create(user=user, role="auditor").company
    other = MembershipFactory.create(user=user, role="manager").company
    client = log_in(user)
    text = client.get(NEW).text
    assert f"?company={company.pk}" in text
    assert f"?company={other.pk}" in text
    assert f"?company={audited.pk}" not in text
    client.post(f"{NEW}?company={company.pk}", filled(cut))
    assert Appointment.objects.get().company == company


def test_the_list_leads_here_those_who_may(as_role: As) -> None:
    assert NEW in as_role("manager").get(LIST).text
    assert NEW not in as_role("auditor").get(LIST).text
