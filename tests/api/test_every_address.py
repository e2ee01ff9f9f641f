"""What holds at every address of the API: no key, a stranger's key, one that may too little, a role that may not."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from companies.api.base import TenantView
from companies.api.problems import page
from companies.models import Company, Membership, Scope
from tests.api.conftest import Calling, client_with
from tests.api.routes import PREFIX, Route, _patterns, routes
from tests.api.rows import ROWS
from tests.conftest import LogIn
from tests.factories import CompanyFactory, MembershipFactory, OperatorFactory

ROUTES = routes()
SMALLER = {Scope.BOOK: Scope.READ, Scope.MANAGE: Scope.BOOK}


def call(client: Client, route: Route, company: Company, **more: Any) -> Any:
    return client.generic(route.method, route.address_of(company), "{}", content_type="application/json", **more)


def each(*chosen: Route) -> Any:
    return pytest.mark.parametrize("route", chosen, ids=str)


def told(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"]


def test_every_view_asks_who_is_there() -> None:
    def is_ours(pattern: URLPattern) -> bool:
        callback: Any = pattern.callback
        kind = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
        return callback is page or (kind is not None and issubclass(kind, TenantView))

    others = [address for pattern, address in _patterns(get_resolver("config.urls"), "") if not is_ours(pattern)]
    assert not others, f"not a TenantView below {PREFIX}"
    assert len(ROUTES) > 7


@each(*ROUTES)
def test_nobody_is_answered_without_a_key(client: Client, company: Company, route: Route) -> None:
    answer = call(client, route, company)
    assert told(answer) == (401, "/problems/not-authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@each(*ROUTES)
def test_nobody_is_answered_with_a_wrong_key(company: Company, route: Route) -> None:
    assert told(call(client_with("abcdefgh." + "x" * 32), route, company)) == (401, "/problems/not-authenticated")


@each(*[route for route in ROUTES if route.scope in SMALLER])
def test_a_smaller_scope_is_not_enough(calling: Calling, company: Company, route: Route) -> None:
    answer = call(calling(SMALLER[route.scope]), route, company)
    assert told(answer) == (403, "/problems/scope")
    assert answer.json()["needed_scope"] == route.scope


@each(*[route for route in ROUTES if route.scope is not Scope.READ])
def test_a_role_that_only_reads_changes_nothing(log_in: LogIn, company: Company, route: Route) -> None:
    user = MembershipFactory.create(company=company, role=Membership.Role.STAFF).user
    assert told(call(log_in(user), route, company)) == (403, "/problems/scope")


@each(*[route for route in ROUTES if route.scope is not Scope.READ])
def test_a_session_needs_the_csrf_token(log_in: LogIn, company: Company, route: Route) -> None:
    client = log_in(MembershipFactory.create(company=company).user)
    client.handler.enforce_csrf_checks = True
    assert told(call(client, route, company)) == (403, "/problems/csrf")


@each(*[route for route in ROUTES if route.names_a_row])
def test_another_companys_key_finds_nothing(calling: Calling, company: Company, route: Route) -> None:
    stranger = calling(of=CompanyFactory.create())
    assert told(call(stranger, route, company)) == (404, "/problems/not-found")


@each(*[route for route in ROUTES if route.names_a_row])
def test_the_owner_of_another_company_finds_nothing(log_in: LogIn, company: Company, route: Route) -> None:
    assert told(call(log_in(MembershipFactory.create().user), route, company))[0] == 404


@each(*[route for route in ROUTES if route.is_list])
def test_lists_hold_rows_of_the_own_company_only(calling: Calling, company: Company, route: Route) -> None:
    ROWS[route.resource](company)
    own, stranger = (call(calling(of=of), route, company).json() for of in (company, CompanyFactory.create()))
    assert (len(own["results"]), len(stranger["results"])) == (1, 0)


@each(*ROUTES)
def test_another_company_cannot_be_named(caller: Client, company: Company, route: Route) -> None:
    other = CompanyFactory.create()
    answer = caller.generic(route.method, f"{route.address_of(company)}?company={other.slug}", "{}", "application/json")
    assert told(answer) == (404, "/problems/not-found")


@each(*[route for route in ROUTES if route.scope is Scope.READ])
def test_an_operator_names_the_company(log_in: LogIn, company: Company, route: Route) -> None:
    operator = log_in(OperatorFactory.create())
    assert told(call(operator, route, company)) == (400, "/problems/company-needed")


NO_OBJECTS = ["[]", "[1, 2]", '"text"', "7", "null", "{", "\ud800", '{"a": "\\ud800"}', "[" * 100_000]


@each(*[route for route in ROUTES if route.method != "GET"])
def test_bodies_that_are_no_objects(caller: Client, company: Company, route: Route) -> None:
    address = route.address_of(company)
    for body in NO_OBJECTS:
        answer = caller.generic(route.method, address, body.encode("utf-8", "surrogatepass"), "application/json")
        assert told(answer) == (400, "/problems/malformed"), body[:20]
