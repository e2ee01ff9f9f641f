"""Customers and services in the portal."""

import pytest
from django.test import Client

from appointments.models import Customer, Service
from companies.models import Company
from tests.factories import StaffFactory
from tests.portal.conftest import As
from tests.portal.factories import AppointmentFactory, CustomerFactory, ServiceFactory

CUSTOMERS = "/admin/appointments/customer/"
SERVICES = "/admin/appointments/service/"
NO_FORMS = {"appointments-TOTAL_FORMS": 0, "appointments-INITIAL_FORMS": 0}  # the tab is for reading


def customer_data(**changes: object) -> dict[str, object]:
    return {"name": "Ada", "email": "ada@example.com", "phone": "", "language": "", "notes": ""} | NO_FORMS | changes


def service_data(**changes: object) -> dict[str, object]:
    lengths = {"duration_min": 30, "buffer_before_min": 0, "buffer_after_min": 5, "notice_min": 0}
    return {"name": "Cut", "description": "", "price": "38.50", "currency": "EUR", **lengths} | changes


@pytest.mark.parametrize(
    ("address", "sentence"),
    [(CUSTOMERS, "No customers yet."), (SERVICES, "No services yet.")],
)
def test_empty_lists_have_a_sentence(owner: Client, address: str, sentence: str) -> None:
    assert sentence in owner.get(address).text


def test_a_new_customer_belongs_to_the_company(owner: Client, company: Company) -> None:
    owner.post(f"{CUSTOMERS}add/", customer_data(email="Ada@Example.com"))
    assert Customer.objects.get().company == company
    assert Customer.objects.get().email == "ada@example.com"


def test_an_address_is_a_customers_once_in_a_company(owner: Client, company: Company) -> None:
    CustomerFactory.create(company=company, email="ada@example.com")
    answer = owner.post(f"{CUSTOMERS}add/", customer_data(email="ADA@example.com"))
    assert answer.status_code == 200
    assert Customer.objects.count() == 1


def test_a_customers_page_lists_the_appointments(owner: Client, company: Company) -> None:
    customer = CustomerFactory.create(company=company)
    row = AppointmentFactory.create(company=company, customer=customer, booked_service_name="Perm")
    text = owner.get(f"{CUSTOMERS}{customer.pk}/change/").text
    assert "Perm" in text
    assert f"/admin/appointments/appointment/{row.pk}/change/" in text


def test_a_customer_with_appointments_is_saved(owner: Client, company: Company) -> None:
    customer = CustomerFactory.create(company=company)
    AppointmentFactory.create(company=company, customer=customer)
    answer = owner.post(f"{CUSTOMERS}{customer.pk}/change/", customer_data(name="Bo"))
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert customer.name == "Bo"


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("manager", 302), ("staff", 403), ("auditor", 403)])
def test_roles_decide_who_edits_customers(as_role: As, company: Company, role: str, status: int) -> None:
    customer = CustomerFactory.create(company=company)
    client = as_role(role)
    assert client.get(f"{CUSTOMERS}{customer.pk}/change/").status_code == 200
    assert client.post(f"{CUSTOMERS}{customer.pk}/change/", customer_data()).status_code == status


def test_who_has_appointments_cannot_be_deleted(owner: Client, company: Company) -> None:
    booked = AppointmentFactory.create(company=company)
    for address in (f"{CUSTOMERS}{booked.customer_id}/delete/", f"{SERVICES}{booked.service_id}/delete/"):
        assert owner.post(address, {"post": "yes"}).status_code == 403


def test_who_has_none_can(owner: Client, company: Company) -> None:
    owner.post(f"{CUSTOMERS}{CustomerFactory.create(company=company).pk}/delete/", {"post": "yes"})
    owner.post(f"{SERVICES}{ServiceFactory.create(company=company).pk}/delete/", {"post": "yes"})
    assert not Customer.objects.exists()
    assert not Service.objects.exists()


def test_customers_are_found_by_their_phone(owner: Client, company: Company) -> None:
    found = CustomerFactory.create(company=company, phone="+4915112345678")
    CustomerFactory.create(company=company)
    answer = owner.get(CUSTOMERS, {"q": "0151 1234"})
    assert [row.pk for row in answer.context["cl"].result_list] == [found.pk]


def test_a_price_has_its_currency(owner: Client, company: Company) -> None:
    ServiceFactory.create(company=company, price="1234.5", currency="CHF")
    assert "1234.50 CHF" in owner.get(SERVICES).text
    owner.cookies["django_language"] = "de"
    assert "1234,50 CHF" in owner.get(SERVICES).text


def test_a_service_is_performed_by_own_staff(owner: Client, company: Company) -> None:
    staff = StaffFactory.create(company=company)
    owner.post(f"{SERVICES}add/", service_data(staff=[staff.pk]))
    assert list(Service.objects.get().staff.all()) == [staff]


def test_a_service_is_not_performed_by_strangers(owner: Client) -> None:
    owner.post(f"{SERVICES}add/", service_data(staff=[StaffFactory.create().pk]))
    assert not Service.objects.exists()
