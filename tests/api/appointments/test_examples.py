"""Every example of the schema works against the demo data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from django_redis import get_redis_connection
from drf_spectacular.generators import SchemaGenerator

from appointments.models import Appointment
from calcom.mirror import mirrored_world
from calcom.sandbox.app import Sandbox
from calcom.sandbox.server import running_sandbox
from companies.keys import issue
from companies.models import Company, Scope
from config import demo
from config.demo.cast import SALON
from tests.api.conftest import client_with
from tests.factories import PASSWORD

PREFIX = "/api/v1"
CHANGES = ("post", "put", "patch", "delete")


@pytest.fixture
def salon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Company]:
    """The demo, as it is in a database of its own, with its Cal.com."""
    get_redis_connection("default").flushdb()
    with connection.cursor() as cursor:
        for sequence in connection.introspection.sequence_list():
            if sequence["table"].startswith(("companies_", "appointments_", "calcom_")):
                cursor.execute(f"ALTER SEQUENCE {sequence['table']}_{sequence['column']}_seq RESTART")
    monkeypatch.setenv("DEMO_PASSWORD", PASSWORD)
    monkeypatch.setenv("SLOTKEEPER_VAR", str(tmp_path))
    call_command("seed_demo", force=True, verbosity=0)
    demo.connect("http://127.0.0.1:1/v2")
    with running_sandbox(Sandbox(mirrored_world())) as running:
        demo.connect(running.url)
        yield Company.objects.get(slug=SALON.slug)


@pytest.fixture
def client(salon: Company) -> Client:
    return client_with(issue(salon, name="Phone agent", scopes=[Scope.MANAGE], by=None)[1])


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema: Any) -> Iterator[tuple[str, str, Any]]:
    for address, methods in schema["paths"].items():
        if address.startswith(PREFIX):
            yield from ((method, address, told) for method, told in methods.items())


def bodies(operation: Any) -> dict[str, Any]:
    """The examples of the request by name; one empty body where none is read."""
    kinds = operation.get("requestBody", {}).get("content", {})
    told = kinds.get("application/json", {}).get("examples", {})
    return {name: example["value"] for name, example in told.items()} or {"": {}}


def query(operation: Any) -> dict[str, Any]:
    """The examples of the parameters."""
    named = (one for one in operation.get("parameters", []) if one["in"] == "query" and one.get("examples"))
    return {one["name"]: next(iter(one["examples"].values()))["value"] for one in named}


class Visitor:
    """Somebody who reads the documentation and tries everything."""

    def __init__(self, client: Client, company: Company, schema: Any) -> None:
        self.client, self.company, self.schema = client, company, schema

    def call(self, method: str, address: str, body: Any, params: dict[str, Any]) -> Any:
        if method == "get":
            return self.client.get(address, params)
        return getattr(self.client, method)(address, body, content_type="application/json")

    def made(self, address: str) -> Any:
        """What the example of another operation makes."""
        body = next(iter(bodies(self.schema["paths"][f"{PREFIX}/{address}"]["post"]).values()))
        answer = self.call("post", f"{PREFIX}/{address}", body, {})
        assert answer.status_code == 201, answer.content
        return answer.json()

    def filled(self, address: str) -> str:
        """The address with the id of a row for which this makes sense."""
        if "{" not in address:
            return address
        resource, _, action = address.removeprefix(f"{PREFIX}/").partition("/{")
        name = action.partition("}")[2].strip("/")
        if resource == "holds":
            return self._with(address, self.made("holds/")["id"])
        if resource == "appointments":
            return self._with(address, self._appointment(name))
        first = self.client.get(f"{PREFIX}/{resource}/").json()["results"][0]
        return self._with(address, first["id"])

    def body(self, told: Any) -> Any:
        """The body, with the id of a hold that exists."""
        return told | {"hold": self.made("holds/")["id"]} if isinstance(told, dict) and "hold" in told else told

    def _appointment(self, action: str) -> Any:
        if action.endswith("-following"):
            return self.made("appointments/series/")["results"][1]["id"]
        rows: QuerySet[Appointment] = Appointment.objects.for_company(self.company).order_by("starts_at", "pk")
        past, coming = rows.filter(ends_at__lt=timezone.now()), rows.filter(starts_at__gt=timezone.now())
        if action == "complete":  # one that nobody has noted yet
            row = past.filter(status="completed").first()
            past.filter(pk=row.pk if row else 0).update(status="confirmed", told_status="confirmed")
            return row and row.uuid
        if action == "no-show":
            return past.filter(status="completed").values_list("uuid", flat=True).first()
        status = "pending" if action in {"confirm", "decline"} else "confirmed"
        single = coming.filter(status=status, is_seated=False, is_double_booked=False)
        return single.values_list("uuid", flat=True).first()

    @staticmethod
    def _with(address: str, row_id: Any) -> str:
        start, end = address.index("{"), address.index("}") + 1
        return f"{address[:start]}{row_id}{address[end:]}"


def test_every_operation_has_a_summary_and_examples(schema: Any) -> None:
    for method, address, told in operations(schema):
        assert told.get("summary"), (method, address)
        needed = [one["name"] for one in told.get("parameters", []) if one["in"] == "query" and one.get("required")]
        assert set(needed) <= set(query(told)), (method, address)
        reads = "application/json" in told.get("requestBody", {}).get("content", {})
        assert not reads or bodies(told) != {"": {}} or "{" in address, (method, address)


def test_every_example_works_against_the_demo_data(client: Client, salon: Company, schema: Any) -> None:
    visitor, failures, count = Visitor(client, salon, schema), [], 0
    for method, address, told in operations(schema):
        for name, body in bodies(told).items():
            with transaction.atomic():
                answer = visitor.call(method, visitor.filled(address), visitor.body(body), query(told))
                transaction.set_rollback(True)
            count += 1
            if answer.status_code >= 300:
                failures.append((method, address, name, answer.status_code, answer.content[:300]))
    assert not failures
    assert count > 30


def test_their_days_lie_in_the_week_after_next(schema: Any) -> None:
    told = bodies(schema["paths"][f"{PREFIX}/appointments/"]["post"])
    starts_at = next(iter(told.values()))["starts_at"][:10]
    days = (date.fromisoformat(starts_at) - timezone.localdate()).days
    assert 8 <= days <= 15
