"""The description of the API: complete, without a CDN, and with examples that work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.api.conftest import client_with
from tests.api.own_database import demo_with_cal_com
from tests.api.routes import routes
from tests.conftest import LogIn
from tests.factories import BranchFactory, MembershipFactory

SCHEMA, DOCS = "/api/schema/", "/api/docs/"
METHODS = ("get", "post", "put", "patch", "delete")


def schema_of(client: Client) -> dict[str, Any]:
    told: dict[str, Any] = client.get(SCHEMA, headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    return told


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for address, methods in schema["paths"].items():
        yield from ((method, address, methods[method]) for method in METHODS if method in methods)


def test_it_is_valid_and_leaves_nothing_unsaid(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_it_knows_every_address(client: Client) -> None:
    told = {(method.upper(), re.sub(r"{\w+}", "{}", address)) for method, address, _ in operations(schema_of(client))}
    assert told == {(route.method, route.address) for route in routes()} | {("GET", "/api/health/calcom")}


def test_every_operation_says_what_it_is_and_which_scope_it_needs(client: Client) -> None:
    for method, address, operation in operations(schema_of(client)):
        assert operation.get("summary"), (method, address)
        assert "Scope: `" in operation["description"], (method, address)


def test_every_operation_has_an_example(client: Client) -> None:
    for method, address, operation in operations(schema_of(client)):
        bodies = [*operation.get("requestBody", {}).get("content", {}).values()]
        answers = [kind for status in operation["responses"].values() for kind in status.get("content", {}).values()]
        own = [kind for kind in answers if "$ref" in kind["schema"] and "Problem" not in kind["schema"]["$ref"]]
        shown = [kind for kind in (*bodies, *own) if kind.get("examples")]
        assert shown or not (bodies or own), (method, address)


def test_the_page_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get(DOCS)
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert not [address for address in addresses if not address.startswith(("/", DOCS))]
    for address in addresses:
        assert client.get(address).status_code == 200, address


def test_the_page_obeys_its_policy(client: Client) -> None:
    page = client.get(DOCS)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert not re.findall(r"<script[^>]*>(?!</script>)", page.text)
    assert "fonts.googleapis" not in page.text


def test_whoever_is_logged_in_finds_their_own_rows_in_the_examples(log_in: LogIn, client: Client) -> None:
    membership = MembershipFactory.create()
    branch = BranchFactory.create(company=membership.company)

    def example(reader: Client) -> Any:
        return schema_of(reader)["paths"]["/api/v1/branches/{id}/"]["get"]["parameters"][0]["example"]

    assert example(log_in(membership.user)) == branch.pk
    assert example(client) == 1


@pytest.fixture(scope="module")
def salon(django_db_setup: None, django_db_blocker: Any) -> Iterator[Client]:
    """Whoever calls the demo with a key that may everything."""
    with django_db_blocker.unblock(), demo_with_cal_com("examples") as key:
        yield client_with(key)


def test_every_address_in_the_examples_leads_somewhere(salon: Client) -> None:
    for method, address, operation in operations(schema_of(salon)):
        named = [one for one in operation["parameters"] if one["in"] == "path"]
        assert all("example" in one for one in named), (method, address)
        where = address
        for one in named:
            where = where.replace(f"{{{one['name']}}}", str(one["example"]))
        if method == "get" and named and "/holds/" not in address:  # the demo holds no time
            assert salon.get(where).status_code == 200, where
