"""Addresses that nobody types by accident are answered without an error page."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

LISTS = sorted(f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry)
NUL = [
    "appointments/appointment/?status__exact=%00",
    "appointments/appointment/?location=%00",
    "appointments/appointment/?q=%00",
    "appointments/appointment/%00/change/",
    "webhooks/webhookevent/?trigger=a%00b",
    "companies/company/?settings__icontains=%00",
    "autocomplete/?app_label=appointments&model_name=service&field_name=staff&term=%00",
    "password_reset/%00/x/",
]


@pytest.mark.parametrize("address", NUL)
def test_a_nul_in_an_address_is_refused(operator: Client, address: str) -> None:
    assert operator.get(f"/admin/{address}").status_code == 400


@pytest.mark.parametrize(
    "address", ["/api/webhooks/calcom/a%00b", "/admin/login/?next=%00", "/%00", "/static/a%00.css"]
)
def test_a_nul_from_a_passer_by_is_refused(client: Client, address: str) -> None:
    assert client.post(address).status_code == 400
    assert client.get(address).status_code == 400


DAYS = ["0001-01-01", "9999-12-31", "99999-01-01", "2026-02-30", "x"]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    "field", ["appointments/appointment/?starts_at", "webhooks/webhookevent/?received_at"], ids=["start", "received"]
)
def test_a_range_of_days_may_reach_to_the_end_of_time(owner: Client, field: str, day: str) -> None:
    for end in ("from", "to"):
        assert owner.get(f"/admin/{field}_{end}={day}").status_code == 200


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query", ["q=x&p=999999999999", "company__id__exact=99999999999999999999", "o=99.-7.x", "p=-1"]
)
def test_no_list_breaks_over_its_address(operator: Client, name: str, query: str) -> None:
    answer: Any = operator.get(f"/admin/{name}/?{query}")
    assert answer.status_code in {200, 302, 400}
