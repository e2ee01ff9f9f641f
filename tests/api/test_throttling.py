"""So many requests a minute for each key, counted for all processes together."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.test import Client
from django_redis import get_redis_connection

from companies.api import shared
from companies.api.callers import Caller
from companies.api.throttling import take
from companies.keys import Scope, issue
from companies.models import ApiKey, Company
from tests.api.conftest import Calling

BRANCHES = "/api/v1/branches/"


def test_too_many_are_told_when_to_come_again(calling: Calling) -> None:
    busy = calling(requests_per_minute=3)
    assert [busy.get(BRANCHES).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = busy.get(BRANCHES)
    assert (answer["Content-Type"], answer.json()["type"]) == (
        "application/problem+json",
        "/problems/too-many-requests",
    )
    assert 1 <= int(answer["Retry-After"]) <= 20


def test_each_key_has_its_own_limit(calling: Calling) -> None:
    busy, other = calling(requests_per_minute=1), calling(requests_per_minute=1)
    assert [one.get(BRANCHES).status_code for one in (busy, busy, other)] == [200, 429, 200]


def test_without_a_limit_of_its_own_a_key_has_the_servers(calling: Calling, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    busy = calling()
    assert [busy.get(BRANCHES).status_code for _ in range(3)] == [200, 200, 429]


def test_a_request_that_is_not_allowed_counts_as_well(calling: Calling) -> None:
    busy = calling(Scope.READ, requests_per_minute=2)
    assert [busy.post(BRANCHES).status_code for _ in range(3)] == [405, 405, 429]


def test_a_request_for_another_company_counts_as_well(calling: Calling) -> None:
    busy = calling(requests_per_minute=2)
    assert [busy.get(f"{BRANCHES}?company=other").status_code for _ in range(3)] == [404, 404, 429]


def test_the_bucket_refills_evenly(company: Company) -> None:
    row, _key = issue(company, name="Agent", scopes=[Scope.READ], by=None, requests_per_minute=60)
    caller = Caller(company=company, key=row)
    assert {take(caller) for _ in range(60)} == {0}
    assert 0 < take(caller) <= 1000


def test_without_redis_nobody_is_refused(calling: Calling) -> None:
    busy = calling(requests_per_minute=1)
    shared._server.away_until = float("inf")
    assert [busy.get(BRANCHES).status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("rubbish", ["rubbish", "1e300", "-1", "99999999999999999"])
def test_rubbish_in_redis_shuts_nobody_out(caller: Client, rubbish: str) -> None:
    get_redis_connection("default").set(shared.name("requests", f"key:{ApiKey.objects.get().pk}"), rubbish)
    assert caller.get(BRANCHES).status_code == 200


_OTHER_PROCESS = """
import django; django.setup()
from companies.api.callers import Caller
from companies.api.throttling import take
from companies.models import ApiKey, Company
key = ApiKey(pk={pk}, requests_per_minute=2)
print(take(Caller(company=Company(pk=1), key=key)))
"""


def test_all_processes_count_together(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    row, _key = issue(company, name="Agent", scopes=[Scope.READ], by=None, requests_per_minute=2)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    code = _OTHER_PROCESS.format(pk=row.pk)
    for _ in range(2):
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert told.stdout.strip() == "0"
    assert take(Caller(company=company, key=row)) > 0
