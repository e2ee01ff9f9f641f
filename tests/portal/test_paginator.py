"""Counting that stays cheap."""

import pytest
from django.db import connection
from django.test import Client

from appointments.admin import lists
from appointments.admin.lists import EstimatingPaginator
from appointments.models import Customer
from companies.models import Company
from tests.portal.factories import CustomerFactory


@pytest.fixture(autouse=True)
def _few_rows_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED_ROWS", 3)


def test_few_rows_are_counted_exactly(company: Company) -> None:
    CustomerFactory.create_batch(2, company=company)
    paginator = EstimatingPaginator(Customer.objects.filter(company=company), 50)
    assert (paginator.count, paginator.is_capped) == (2, False)


def test_many_rows_are_counted_up_to_a_limit(owner: Client, company: Company) -> None:
    CustomerFactory.create_batch(5, company=company)
    paginator = EstimatingPaginator(Customer.objects.filter(company=company), 50)
    assert (paginator.count, paginator.is_capped) == (3, True)
    assert "more than 3: narrow it down" in owner.get("/admin/appointments/customer/").text


def test_without_a_condition_the_database_estimates(operator: Client) -> None:
    CustomerFactory.create_batch(5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE appointments_customer")
    paginator = EstimatingPaginator(Customer.objects.order_by("pk"), 50)
    assert (paginator.count, paginator.is_estimate) == (5, True)
    assert "about 5 customers" in operator.get("/admin/appointments/customer/").text


def test_pages_keep_the_order(company: Company) -> None:
    CustomerFactory.create_batch(3, company=company)
    paginator = EstimatingPaginator(Customer.objects.filter(company=company).order_by("-pk"), 2)
    pages = [row.pk for number in (1, 2) for row in paginator.page(number).object_list]
    assert pages == sorted(pages, reverse=True)
