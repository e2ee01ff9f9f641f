"""The list of appointments: filters, order, pages, and how often the database is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import Appointment, Attendee
from tests.api.appointments.conftest import NINE, Api, Salon, at, fields
from tests.factories import BranchFactory, StaffFactory
from tests.portal.factories import AppointmentFactory, AttendeeFactory, CustomerFactory, ServiceFactory


def row(salon: Salon, **more: Any) -> Appointment:
    starts_at = more.pop("starts_at", NINE)
    given = {"branch": salon.branch, "staff": salon.anna, "service": salon.cut, "starts_at": starts_at}
    return AppointmentFactory.create(company=salon.company, **(given | more))


def ids(api: Api, **params: Any) -> list[str]:
    answer = api.get("appointments/", **params)
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_the_latest_come_first_or_last(salon: Salon, api: Api) -> None:
    early, late = row(salon), row(salon, starts_at=at(9, days=1))
    assert ids(api) == [str(late.uuid), str(early.uuid)]
    assert ids(api, ordering="starts_at") == [str(early.uuid), str(late.uuid)]


def test_between_two_instants(salon: Salon, api: Api) -> None:
    first, second, _third = (row(salon, starts_at=at(hour)) for hour in (9, 10, 11))
    found = ids(api, since="2026-12-08T10:00:00+01:00", until="2026-12-08T11:00:00Z", ordering="starts_at")
    assert found == [str(first.uuid), str(second.uuid)]


def test_days_are_the_companys(salon: Salon, api: Api) -> None:
    night = row(salon, starts_at=at(23, days=-1))
    row(salon, starts_at=at(23))
    assert ids(api, since="2026-12-08", until="2026-12-08") == [str(night.uuid)]


def test_a_plus_that_became_a_blank_is_meant(salon: Salon, api: Api) -> None:
    wanted = row(salon)
    answer = api.client.get("/api/v1/appointments/?since=2026-12-08T10:00:00+01:00")
    assert [one["id"] for one in answer.json()["results"]] == [str(wanted.uuid)]


@pytest.mark.parametrize(
    ("values", "params"),
    [
        ({"status": "pending"}, {"status": "pending"}),
        ({"status": "pending"}, {"status": "pending,rejected"}),
        ({"sync_status": "conflict"}, {"sync": "conflict,needs_staff"}),
        ({"location_type": "video"}, {"location_type": "video"}),
    ],
)
def test_by_what_it_is(salon: Salon, api: Api, values: dict[str, Any], params: dict[str, str]) -> None:
    wanted = row(salon, **values)
    row(salon, location_type="phone")
    assert ids(api, **params) == [str(wanted.uuid)]


def test_without_a_place(salon: Salon, api: Api) -> None:
    wanted = row(salon)
    row(salon, location_type="phone")
    assert ids(api, location_type="none") == [str(wanted.uuid)]


def test_by_whom_where_and_for_whom(salon: Salon, api: Api) -> None:
    company = salon.company
    given = {
        "staff": StaffFactory.create(company=company),
        "branch": BranchFactory.create(company=company),
        "service": ServiceFactory.create(company=company),
        "customer": CustomerFactory.create(company=company),
    }
    wanted = row(salon, **given)
    row(salon)
    for name, one in given.items():
        assert ids(api, **{name: one.pk}) == [str(wanted.uuid)], name


@pytest.mark.parametrize("text", ["ühn", "ADA@exam", "030 / 55 66 77", "ada kühn"])
def test_by_what_is_known_of_the_customer(salon: Salon, api: Api, text: str) -> None:
    customer = CustomerFactory.create(
        company=salon.company, name="Ada Kühn", email="ada@example.com", phone="+4930556677"
    )
    wanted = row(salon, customer=customer)
    row(salon)
    assert ids(api, text=text) == [str(wanted.uuid)]


def test_several_filters_narrow_together(salon: Salon, api: Api) -> None:
    wanted = row(salon, status="pending")
    row(salon)
    row(salon, status="pending", staff=salon.ben)
    assert ids(api, status="pending", staff=salon.anna.pk, since="2026-12-01") == [str(wanted.uuid)]


@pytest.mark.parametrize(
    "params",
    [
        {"since": "2026-12-08T09:00:00"},
        {"since": "yesterday"},
        {"since": "2026-13-40"},
        {"until": "9999-12-31"},
        {"status": "open"},
        {"sync": "pending,lost"},
        {"location_type": "moon"},
        {"staff": "0"},
        {"staff": "Anna"},
        {"branch": "99999999999999999999"},
        {"service": "-1"},
        {"customer": "1.5"},
        {"series": "x"},
        {"text": "x" * 101},
        {"ordering": "customer__email"},
        {"page_size": "0"},
        {"page_size": "1000000"},
        {"page_size": "ten"},
        {"cursor": "x"},
        {"cursor": "x" * 10_000},
        {"payload": "x"},
        {"starts_at__gte": "2026-12-08"},
    ],
    ids=str,
)
def test_what_is_no_filter_is_refused_by_name(salon: Salon, api: Api, params: dict[str, str]) -> None:
    row(salon)
    answer = api.get("appointments/", **params)
    assert answer.status_code == 400
    assert fields(answer) == set(params)


def test_a_cursor_belongs_to_its_query(salon: Salon, api: Api) -> None:
    for hour in (9, 10):
        row(salon, starts_at=at(hour))
    first = api.get("appointments/", page_size=1, staff=salon.anna.pk).json()
    assert len(api.client.get(first["next"]).json()["results"]) == 1
    other = api.client.get(first["next"].replace(f"staff={salon.anna.pk}", f"staff={salon.ben.pk}"))
    assert (other.status_code, fields(other)) == (400, {"cursor"})


def test_pages_hold_every_row_once(salon: Salon, api: Api) -> None:
    rows = {str(row(salon, starts_at=NINE + timedelta(minutes=number // 2)).uuid) for number in range(7)}
    page, seen = api.get("appointments/", page_size=3).json(), []
    while True:
        seen += [one["id"] for one in page["results"]]
        if page["next"] is None:
            break
        page = api.client.get(page["next"]).json()
    assert (len(seen), set(seen)) == (7, rows)


def test_a_page_takes_as_many_queries_for_fifty_as_for_one(salon: Salon, api: Api) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert api.get("appointments/", status="confirmed", since="2026-01-01").status_code == 200
        return len(queries)

    AttendeeFactory.create(appointment=row(salon))
    api.get("appointments/")
    few = asked()
    for _ in range(49):
        person = CustomerFactory.create(company=salon.company)
        given = {
            name: kind.create(company=salon.company)
            for name, kind in (("staff", StaffFactory), ("service", ServiceFactory))
        }
        one = row(salon, customer=person, branch=BranchFactory.create(company=salon.company), **given)
        Attendee.objects.create(appointment=one, company=salon.company, customer=person)
    assert len(ids(api)) == 50
    assert (few, asked()) == (3, 3)
