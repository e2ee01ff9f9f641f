"""What the client keeps, of which account, and how it waits for others: with a server that answers anything."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from calcom.client import CalcomClient
from calcom.errors import CalcomError, CalcomVersionMismatch
from companies.models import Company
from tests.calcom.odd_server import Behaviour, OddServer, http, odd_server
from tests.factories import CompanyFactory

KEY = "cal_test_key_of_nobody_0001"


def ok(data: Any) -> Behaviour:
    return http("200 OK", json.dumps({"status": "success", "data": data}).encode())


def event_type(title: str = "Cut") -> dict[str, Any]:
    return {"id": 7, "title": title, "slug": "cut", "lengthInMinutes": 30, "ownerId": 3}


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as server:
        yield server


@pytest.fixture
def salon(db, server) -> Company:
    return CompanyFactory.create(calcom_api_key=KEY, calcom_base_url=server.url)


def test_another_servers_answers_are_not_served(salon, server):
    server.answers_with(ok([event_type()]))
    CalcomClient(salon).event_types()
    with odd_server() as other:
        other.answers_with(ok([]))
        salon.calcom_base_url = other.url
        assert not CalcomClient(salon).event_types()


def test_another_accounts_answers_are_not_served(salon, server):
    server.answers_with(ok({"id": 1}), ok({"id": 2}))
    assert CalcomClient(salon).me().id == CalcomClient(salon).me().id == 1
    salon.calcom_api_key = f"{KEY}_of_another"
    assert CalcomClient(salon).me().id == 2


def test_another_versions_answers_are_not_served(salon, server):
    server.answers_with(ok([event_type()]), ok([event_type("Colour")]))
    CalcomClient(salon).event_types()
    salon.calcom_api_versions = {"event_types": "2024-06-11"}
    assert CalcomClient(salon).event_types()[0].title == "Colour"


def test_an_answer_of_a_wrong_shape_is_not_kept(salon, server):
    server.answers_with(ok({"eventTypeGroups": []}), ok([event_type()]))
    with pytest.raises(CalcomVersionMismatch):
        CalcomClient(salon).event_types()
    assert CalcomClient(salon).event_types()[0].title == "Cut"


def test_who_comes_after_a_fresh_list_sees_it_too(salon, server):
    server.answers_with(ok([event_type()]), ok([event_type("Colour")]))
    client = CalcomClient(salon)
    client.event_types()
    client.event_types(fresh=True)
    assert client.event_types()[0].title == "Colour"


def test_rows_that_cannot_be_read_are_known_from_the_kept_list_too(salon, server):
    server.answers_with(ok([event_type(), {"id": 8, "lengthInMinutes": -1}]))
    lists = [CalcomClient(salon).event_types() for _ in range(3)]
    assert [(len(one), one.unreadable) for one in lists] == [(1, (8,))] * 3
    assert len(server.asked) == 1


def test_a_cache_that_could_not_be_cleared_is_reported(salon, settings, capsys):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    with pytest.raises(CommandError) as failed:
        call_command("cache_clear", "--company", str(salon.pk), "--json")
    assert failed.value.returncode == 1
    assert '"cleared": false' in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_when_calcom_hangs_those_who_wait_try_one_after_the_other(server, settings):
    settings.CALCOM_CONNECT_TIMEOUT_S, settings.CALCOM_READ_TIMEOUT_S = 0.1, 0.6
    company = CompanyFactory.create(calcom_api_key=KEY, calcom_base_url=server.url)

    def asked(_number: int) -> str:
        try:
            CalcomClient(company).event_types()
        except CalcomError as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "answered"

    server.answers_with(lambda _connection: time.sleep(0.5))
    with ThreadPoolExecutor(20) as threads:
        assert set(threads.map(asked, range(20))) == {"CalcomUnavailable"}
    assert len(server.asked) <= 5, "then the circuit is open"
