"""`/api/health/calcom`: what everybody may know, and what each is told of their companies."""

from __future__ import annotations

import pytest
from django.test import Client
from django_redis import get_redis_connection

from calcom import guard, scripts
from calcom.account import access_of
from calcom.guard import Lane, Outcome, Reported
from companies.keys import Scope, issue
from companies.models import Company, Membership
from config.calcom_status import standing
from tests.api.conftest import client_with
from tests.conftest import LogIn
from tests.factories import CompanyFactory, MembershipFactory, OperatorFactory

HEALTH = "/api/health/calcom"


@pytest.fixture(autouse=True)
def _nothing_is_known_yet(db: None) -> None:
    get_redis_connection("default").flushdb()
    standing.forget()


@pytest.fixture
def salon() -> Company:
    return CompanyFactory.create(slug="salon", calcom_api_key="cal_live_salon", requests_per_minute=10)


def break_circuit(company: Company) -> None:
    account = access_of(company).account
    for _ in range(5):
        guard.record(guard.admit(account, lane=Lane.INTERACTIVE), Outcome.FAILURE)
    standing.forget()


def test_everybody_learns_that_all_is_well_and_no_more(client: Client, salon: Company):
    answer = client.get(HEALTH)
    assert answer.status_code == 200
    assert answer.json() == {
        "service": "cal.com",
        "status": "healthy",
        "api_version": "v2",
        "circuit_breaker": "closed",
        "cache_enabled": True,
    }
    assert answer["Cache-Control"] == "no-store"


def test_without_any_company_it_is_well(client: Client):
    assert client.get(HEALTH).json()["status"] == "healthy"


def test_one_open_circuit_of_two_is_a_warning(client: Client, salon: Company):
    CompanyFactory.create(calcom_api_key="cal_live_other")
    break_circuit(salon)
    answer = client.get(HEALTH)
    assert (answer.status_code, answer.json()["status"], answer.json()["circuit_breaker"]) == (200, "warning", "open")


def test_where_calls_pass_for_nobody_it_is_critical(client: Client, salon: Company):
    break_circuit(salon)
    answer = client.get(HEALTH)
    assert (answer.status_code, answer.json()["status"]) == (503, "critical")


def test_switches_are_told(client: Client, salon: Company, settings):
    break_circuit(salon)
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = settings.CALCOM_V2_CACHE_ENABLED = False
    told = client.get(HEALTH).json()
    assert (told["status"], told["circuit_breaker"], told["cache_enabled"]) == ("healthy", "disabled", False)


def test_with_redis_away_nobody_knows(client: Client, salon: Company, settings):
    scripts._note_away(OSError())
    told = client.get(HEALTH)
    assert (told.status_code, told.json()["status"], told.json()["circuit_breaker"]) == (200, "warning", "unknown")


def test_a_key_learns_of_its_own_company(salon: Company):
    CompanyFactory.create(slug="other", calcom_api_key="cal_live_other")
    guard.admit(access_of(salon).account, lane=Lane.INTERACTIVE)
    _row, key = issue(salon, name="Monitoring", scopes=[Scope.READ], by=None)
    [one] = client_with(key).get(HEALTH).json()["companies"]
    assert one == {
        "company": "salon",
        "name": salon.name,
        "status": "healthy",
        "circuit_breaker": "closed",
        "requests_left": 9,
        "waits_s": 0,
    }


@pytest.mark.parametrize("left", [29, 57, 58, 99])
def test_no_request_that_is_left_is_lost_in_rounding(log_in: LogIn, salon: Company, left: int):
    salon.requests_per_minute = 100
    salon.save()
    permit = guard.admit(access_of(salon).account, lane=Lane.INTERACTIVE)
    guard.record(permit, Outcome.SUCCESS, Reported(limit=100, remaining=left, reset_s=60))
    standing.forget()
    [told] = log_in(OperatorFactory.create()).get(HEALTH).json()["companies"]
    assert told["requests_left"] == left


def test_of_a_request_that_is_not_whole_yet_nothing_is_told(log_in: LogIn, salon: Company):
    salon.requests_per_minute = 1
    salon.save()
    guard.admit(access_of(salon).account, lane=Lane.INTERACTIVE)
    [told] = log_in(OperatorFactory.create()).get(HEALTH).json()["companies"]
    assert told["requests_left"] == 0


def test_a_wrong_key_is_refused_rather_than_taken_for_nobody(salon: Company):
    assert client_with("wrong").get(HEALTH).status_code == 401


def test_people_see_the_companies_of_their_roles(log_in: LogIn, salon: Company):
    CompanyFactory.create(slug="other")
    user = MembershipFactory.create(company=salon).user
    assert [one["company"] for one in log_in(user).get(HEALTH).json()["companies"]] == ["salon"]
    assert len(log_in(OperatorFactory.create()).get(HEALTH).json()["companies"]) == 2
    staff = MembershipFactory.create(company=salon, role=Membership.Role.STAFF).user
    assert log_in(staff).get(HEALTH).json()["companies"] == []


def test_another_company_cannot_be_named(log_in: LogIn, salon: Company):
    CompanyFactory.create(slug="other")
    _row, key = issue(salon, name="Monitoring", scopes=[Scope.READ], by=None)
    stranger = log_in(MembershipFactory.create(company=salon).user)
    assert client_with(key).get(f"{HEALTH}?company=other").status_code == 404
    assert stranger.get(f"{HEALTH}?company=other").status_code == 404
    assert stranger.get(f"{HEALTH}?company=salon").status_code == 200


def test_a_company_that_waits_and_one_without_a_key(log_in: LogIn, salon: Company):
    CompanyFactory.create(slug="unconnected", calcom_api_key="")
    CompanyFactory.create(slug="wrong", calcom_api_key="no key at all")
    break_circuit(salon)
    told = {one["company"]: one for one in log_in(OperatorFactory.create()).get(HEALTH).json()["companies"]}
    assert told["unconnected"]["status"] == "not_connected"
    assert (told["wrong"]["status"], told["wrong"]["circuit_breaker"]) == ("critical", "")
    assert told["salon"]["circuit_breaker"] == "open"
    assert 50 < told["salon"]["waits_s"] <= 60


def test_it_is_asked_for_once_in_a_while_whoever_asks(client: Client, salon: Company, django_assert_num_queries):
    client.get(HEALTH)
    with django_assert_num_queries(0):
        assert client.get(HEALTH).json()["status"] == "healthy"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_only_reading_is_allowed(client: Client, method: str):
    assert getattr(client, method)(HEALTH).status_code == 405
