"""Pages, orderings and filters of lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from companies.models import Company
from tests.factories import BranchFactory, CompanyFactory, StaffFactory
from tests.portal.factories import DeliveryFactory, EventTypeFactory, EventTypeMappingFactory

BRANCHES, DELIVERIES = "/api/v1/branches/", "/api/v1/deliveries/"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def names(told: dict[str, Any]) -> str:
    return "".join(row["name"] for row in told["results"])


@pytest.fixture
def seven(company: Company) -> None:
    for name in "DBFACEG":
        BranchFactory.create(company=company, name=name)


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["field"]


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize(("ordering", "all_of_them"), [("name", "ABCDEFG"), ("-name", "GFEDCBA")])
def test_pages_lead_through_everything_and_back(caller: Client, ordering: str, all_of_them: str) -> None:
    told = caller.get(f"{BRANCHES}?page_size=3&ordering={ordering}").json()
    pages = [names(told)]
    while told["next"]:
        told = caller.get(told["next"]).json()
        pages.append(names(told))
    assert pages == [all_of_them[:3], all_of_them[3:6], all_of_them[6:]]
    back = []
    while told["previous"]:
        told = caller.get(told["previous"]).json()
        back.append(names(told))
    assert back == [all_of_them[3:6], all_of_them[:3]]
    assert names(caller.get(told["next"]).json()) == all_of_them[3:6]


def test_rows_that_are_equal_come_once_each(caller: Client, company: Company) -> None:
    made = {str(DeliveryFactory.create(company=company, received_at=NOON).delivery_id) for _ in range(7)}
    seen, address = [], f"{DELIVERIES}?page_size=2"
    while address:
        told = caller.get(address).json()
        seen += [row["id"] for row in told["results"]]
        address = told["next"]
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.usefixtures("seven")
def test_a_row_that_is_added_meanwhile_moves_no_page(caller: Client, company: Company) -> None:
    told = caller.get(f"{BRANCHES}?page_size=3").json()
    BranchFactory.create(company=company, name="AA")
    assert names(caller.get(told["next"]).json()) == "DEF"


@pytest.mark.usefixtures("seven")
@pytest.mark.parametrize("change", ["ordering=-name", "is_active=true", "city=Berlin", "company=salon-nord"])
def test_a_cursor_of_another_query_is_refused(caller: Client, change: str) -> None:
    told = caller.get(f"{BRANCHES}?page_size=3").json()
    answer = caller.get(f"{told['next']}&{change}")
    assert error(answer) == (400, "cursor")
    assert answer.json()["type"] == "/problems/cursor"


@pytest.mark.usefixtures("seven")
def test_a_cursor_of_another_list_or_company_is_refused(caller: Client, calling: Any) -> None:
    told = caller.get(f"{BRANCHES}?page_size=3").json()
    assert error(caller.get(told["next"].replace("branches", "staff"))) == (400, "cursor")
    assert error(calling(of=CompanyFactory.create()).get(told["next"])) == (400, "cursor")


@pytest.mark.parametrize("cursor", ["x", "x" * 10_000, "WzEsMl0:1abc:def", "%F0%9F%90%8C", "a:b:c"])
def test_what_is_no_cursor(caller: Client, cursor: str) -> None:
    assert error(caller.get(f"{BRANCHES}?cursor={cursor}")) == (400, "cursor")


@pytest.mark.parametrize("size", ["0", "-1", "101", "1000000", "x", "1.5", "1e2", "²", "", "9" * 5000])
def test_what_is_no_page_size(caller: Client, size: str) -> None:
    assert error(caller.get(f"{BRANCHES}?page_size={size}")) == (400, "page_size")


@pytest.mark.parametrize("query", ["nmae=A", "name__startswith=A", "company_id=1", "offset=5", "id=1"])
def test_a_filter_that_does_not_exist_is_refused(caller: Client, query: str) -> None:
    assert error(caller.get(f"{BRANCHES}?{query}")) == (400, query.split("=", maxsplit=1)[0])


@pytest.mark.parametrize(
    "query",
    ["is_active=yes", "is_active=1", "ordering=pk2", "ordering=company", "is_active=true&is_active=false", "city="],
)
def test_a_value_that_makes_no_sense_is_refused(caller: Client, query: str) -> None:
    assert error(caller.get(f"{BRANCHES}?{query}")) == (400, query.split("=", maxsplit=1)[0])


@pytest.mark.parametrize("branch", ["0", "-1", "x", "1.5", "99999999999999999999999"])
def test_an_id_that_is_none_is_refused(caller: Client, branch: str) -> None:
    assert error(caller.get(f"/api/v1/staff/?branch={branch}")) == (400, "branch")


def test_another_companys_id_is_as_unknown_as_any(caller: Client) -> None:
    branch = BranchFactory.create()
    answer = caller.get(f"/api/v1/staff/?branch={branch.pk}")
    assert error(answer) == (400, "branch")
    assert answer.json()["errors"][0]["message"] == "There is no such row in your company."


def test_filters_narrow(caller: Client, company: Company) -> None:
    mapping = EventTypeMappingFactory.create(company=company)
    other = EventTypeFactory.create(company=company, title="Colour", is_active=False)
    for query, row in {
        f"service={mapping.service_id}": mapping.event_type,
        f"staff={mapping.staff_id}": mapping.event_type,
        "is_mapped=true": mapping.event_type,
        "is_mapped=false": other,
        "title=OLO": other,
        "is_active=false": other,
        f"calcom_id={other.calcom_id}": other,
    }.items():
        told = caller.get(f"/api/v1/event-types/?{query}").json()["results"]
        assert [one["id"] for one in told] == [row.pk], query


def test_an_event_type_says_what_it_means_here(caller: Client, company: Company) -> None:
    mapping = EventTypeMappingFactory.create(company=company)
    EventTypeFactory.create(company=company)
    told = {one["id"]: one["mapping"] for one in caller.get("/api/v1/event-types/").json()["results"]}
    meaning = {"service": mapping.service_id, "branch": mapping.branch_id, "staff": mapping.staff_id}
    assert sorted(told.items()) == [(mapping.event_type_id, meaning), (mapping.event_type_id + 1, None)]


@pytest.mark.parametrize("zone", ["Z", "%2B00:00", "+00:00"])
def test_deliveries_of_a_while(caller: Client, company: Company, zone: str) -> None:
    before, within, after = (
        DeliveryFactory.create(company=company, received_at=NOON + timedelta(hours=hours)) for hours in (-2, 0, 2)
    )
    query = f"received_from=2026-12-01T11:00:00{zone}&received_to=2026-12-01T14:00:00{zone}"
    told = caller.get(f"{DELIVERIES}?{query}").json()["results"]
    assert [one["id"] for one in told] == [str(within.delivery_id)]
    assert told[0]["received_at"] == "2026-12-01T12:00:00Z"
    assert {before.state, after.state} == {"done"}


@pytest.mark.parametrize(
    "moment",
    ["2026-12-01T11:00:00", "2026-12-01", "now", "20261201", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:00Z"],
)
def test_times_without_a_zone_and_other_times_are_refused(caller: Client, moment: str) -> None:
    assert error(caller.get(f"{DELIVERIES}?received_from={moment}")) == (400, "received_from")


def test_a_delivery_tells_why_but_not_what_it_held(caller: Client, company: Company) -> None:
    row = DeliveryFactory.create(
        company=company, state="failed", reason="Could not be applied (%(problem)s).", reason_data={"problem": "x"}
    )
    told = caller.get(f"{DELIVERIES}{row.delivery_id}/").json()
    assert (told["state"], told["reason"]) == ("failed", "Could not be applied (x).")
    assert "body" not in told


@pytest.mark.parametrize("resource", ["branches", "staff", "event-types", "deliveries"])
def test_a_list_asks_as_much_for_many_rows_as_for_few(
    caller: Client, company: Company, django_assert_num_queries: Any, resource: str
) -> None:
    caller.get(BRANCHES)
    for _ in range(20):
        EventTypeMappingFactory.create(company=company)
        StaffFactory.create(company=company, home_branch=BranchFactory.create(company=company))
        DeliveryFactory.create(company=company)
    with django_assert_num_queries(2):
        assert len(caller.get(f"/api/v1/{resource}/").json()["results"]) >= 20


@pytest.mark.parametrize("query", ["booking_uid=%20", "received_from=%20", "cursor=%20"])
def test_a_blank_is_no_value(caller: Client, query: str) -> None:
    assert error(caller.get(f"{DELIVERIES}?{query}")) == (400, query.split("=", maxsplit=1)[0])
