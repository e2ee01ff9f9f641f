"""Services and customers over the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.appointments.conftest import Api, Salon, fields
from tests.portal.factories import CustomerFactory, ServiceFactory


def names(api: Api, address: str, **params: Any) -> list[str]:
    return [row["name"] for row in api.get(address, **params).json()["results"]]


def test_services_with_those_who_perform_them(salon: Salon, api: Api) -> None:
    salon.cut.staff.set([salon.ben, salon.anna])
    (told,) = api.get("services/").json()["results"]
    assert (told["name"], told["duration_min"], told["price"]) == ("Cut", 30, "45.00")
    assert told["staff"] == [salon.anna.pk, salon.ben.pk]
    assert api.get(f"services/{salon.cut.pk}/").json() == told


def test_services_of_a_staff_member(salon: Salon, api: Api) -> None:
    ServiceFactory.create(company=salon.company, name="Massage").staff.add(salon.ben)
    assert names(api, "services/", staff=salon.ben.pk) == ["Massage"]
    assert names(api, "services/", text="ASS", is_active="true") == ["Massage"]


def test_customers_by_name_as_people_sort(salon: Salon, api: Api) -> None:
    for name in ("Zoë", "Özlem", "Paul"):
        CustomerFactory.create(company=salon.company, name=name)
    CustomerFactory.create(name="Otto of another company")
    assert names(api, "customers/") == ["Özlem", "Paul", "Zoë"]


def test_a_customer_is_found_by_number_and_address(salon: Salon, api: Api) -> None:
    CustomerFactory.create(company=salon.company, name="Ada", email="ada@example.com", phone="+4930556677")
    CustomerFactory.create(company=salon.company, name="Bo")
    assert names(api, "customers/", phone="030 55 66 77") == ["Ada"]
    assert names(api, "customers/", email="ADA@example.com") == ["Ada"]
    assert names(api, "customers/", text="ada@ex") == ["Ada"]
    assert names(api, "customers/", phone="no number") == []


def test_pages_of_customers_follow_each_other(salon: Salon, api: Api) -> None:
    for name in ("Ada", "Ada", "Bo"):
        CustomerFactory.create(company=salon.company, name=name)
    first = api.get("customers/", page_size=2).json()
    assert [row["name"] for row in api.client.get(first["next"]).json()["results"]] == ["Bo"]


@pytest.mark.parametrize(("address", "wrong"), [("services/", {"is_active": "maybe"}), ("customers/", {"notes": "x"})])
def test_what_is_no_filter_is_refused(salon: Salon, api: Api, address: str, wrong: dict[str, str]) -> None:
    answer = api.get(address, **wrong)
    assert (answer.status_code, fields(answer)) == (400, set(wrong))
