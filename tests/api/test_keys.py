"""Who is let in by a key, and what is noted of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from companies.keys import Scope, issue, note_use, revoke
from companies.models import ApiKey, Company
from tests.api.conftest import Calling, client_with
from tests.conftest import LogIn
from tests.factories import CompanyFactory, MembershipFactory, OperatorFactory, UserFactory
from tests.portal.factories import DeliveryFactory

BRANCHES = "/api/v1/branches/"


@pytest.fixture
def issued(company: Company) -> tuple[ApiKey, str]:
    return issue(company, name="Phone agent", scopes=[Scope.READ], by=None)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Api-Key", "API-KEY"])
def test_a_key_may_be_sent_in_two_ways(client: Client, issued: tuple[ApiKey, str], scheme: str) -> None:
    assert client.get(BRANCHES, headers={"Authorization": f"{scheme} {issued[1]}"}).status_code == 200


@pytest.mark.parametrize(
    "key", ["", "x", "." * 41, "x" * 10_000, "abcdefgh." + "x" * 31 + "ü", "abcdefgh.\x00" + "x" * 31, "ab cd"]
)
def test_what_is_no_key(client: Client, key: str) -> None:
    answer = client.get(BRANCHES, headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-authenticated")


def test_a_right_prefix_alone_opens_nothing(client: Client, issued: tuple[ApiKey, str]) -> None:
    assert client_with(f"{issued[0].prefix}.{'x' * 32}").get(BRANCHES).status_code == 401


def test_a_wrong_key_is_refused_even_to_somebody_logged_in(log_in: LogIn, company: Company) -> None:
    client = log_in(MembershipFactory.create(company=company).user)
    assert client.get(BRANCHES).status_code == 200
    assert client.get(BRANCHES, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_an_expired_key_is_refused(calling: Calling) -> None:
    assert calling(expiry_date=timezone.now() + timedelta(minutes=1)).get(BRANCHES).status_code == 200
    assert calling(expiry_date=timezone.now() - timedelta(seconds=1)).get(BRANCHES).status_code == 401


def test_the_keys_of_a_closed_company_are_refused(caller: Client, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(is_active=False)
    assert caller.get(BRANCHES).status_code == 401


def test_a_key_is_revoked_once_and_for_all(issued: tuple[ApiKey, str]) -> None:
    row, key = issued
    assert (revoke(row, by=None), revoke(row, by=None)) == (True, False)
    assert client_with(key).get(BRANCHES).json()["detail"] == "This API key has been revoked."


def test_the_last_use_is_noted(issued: tuple[ApiKey, str]) -> None:
    row, key = issued
    client_with(key).get(BRANCHES)
    row.refresh_from_db()
    assert row.last_used_at is not None


@pytest.mark.parametrize(("seconds", "is_written"), [(0, False), (59, False), (61, True)])
def test_the_last_use_is_written_once_a_minute(issued: tuple[ApiKey, str], seconds: int, is_written: bool) -> None:
    row, then = issued[0], timezone.now()
    note_use(row, now=then)
    for known in (row, ApiKey.objects.get(pk=row.pk)):
        note_use(known, now=then + timedelta(seconds=seconds))
    assert (last_used(row) > then) is is_written


def last_used(row: ApiKey) -> datetime:
    row.refresh_from_db()
    assert row.last_used_at is not None
    return row.last_used_at


def test_a_request_with_a_key_asks_the_database_twice(caller: Client, django_assert_num_queries: Any) -> None:
    caller.get(BRANCHES)
    with django_assert_num_queries(2):  # the key with its company, and the rows
        caller.get(BRANCHES)


def test_people_see_their_only_company(log_in: LogIn, company: Company) -> None:
    client = log_in(MembershipFactory.create(company=company, role="staff").user)
    assert client.get(BRANCHES).status_code == 200


def test_people_of_several_companies_name_one(log_in: LogIn, company: Company) -> None:
    user = MembershipFactory.create(company=company).user
    MembershipFactory.create(user=user)
    client = log_in(user)
    answer = client.get(BRANCHES)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "company")
    assert client.get(f"{BRANCHES}?company={company.slug}").status_code == 200
    assert client.get(f"{BRANCHES}?company={CompanyFactory.create().slug}").status_code == 404


def test_an_operator_names_any_company(log_in: LogIn, company: Company) -> None:
    client = log_in(OperatorFactory.create())
    assert client.get(f"{BRANCHES}?company={company.slug}").status_code == 200


def test_somebody_without_a_company_is_refused(log_in: LogIn) -> None:
    assert log_in(UserFactory.create()).get(BRANCHES).status_code == 403


@pytest.mark.parametrize("resource", ["event-types", "deliveries"])
def test_people_see_no_more_than_in_the_portal(log_in: LogIn, company: Company, resource: str) -> None:
    staff, auditor = (MembershipFactory.create(company=company, role=role).user for role in ("staff", "auditor"))
    assert log_in(staff).get(f"/api/v1/{resource}/").status_code == 403
    assert log_in(auditor).get(f"/api/v1/{resource}/").status_code == 200


def test_a_bookings_uid_is_told_to_whoever_may_cancel_it(calling: Calling, log_in: LogIn, company: Company) -> None:
    DeliveryFactory.create(company=company, booking_uid="b1")
    auditor = MembershipFactory.create(company=company, role="auditor").user
    callers = (calling(Scope.READ), calling(Scope.BOOK), log_in(auditor))
    told = [one.get("/api/v1/deliveries/").json()["results"][0]["booking_uid"] for one in callers]
    assert told == ["", "b1", "b1"]
