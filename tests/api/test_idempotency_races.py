"""The same Idempotency-Key from many at once: real threads, real connections."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django_redis import get_redis_connection

from companies.api import idempotency, shared
from companies.keys import Scope, issue
from companies.locks import Purpose, turn_of_session
from companies.models import Branch, Company, IdempotencyRecord
from tests.api.conftest import client_with
from tests.factories import CompanyFactory

pytestmark = [pytest.mark.urls("tests.api.urls"), pytest.mark.django_db(transaction=True)]

AT_ONCE = 8


@pytest.fixture
def key() -> str:
    """A key of a company that is really there, for all connections."""
    shared.forget_outage()
    return issue(CompanyFactory.create(), name="Website", scopes=[Scope.BOOK], by=None)[1]


def wish(key: str, start: Barrier | None = None, name: str = "Mitte") -> Any:
    if start is not None:
        start.wait()
    try:
        headers = {"Idempotency-Key": "key-1"}
        return client_with(key).post(
            "/api/v1/wishes/", {"name": name}, content_type="application/json", headers=headers
        )
    finally:
        connection.close()


@pytest.mark.parametrize("is_redis_away", [False, True])
def test_twins_get_one_answer_and_make_one_change(key: str, is_redis_away: bool) -> None:
    shared._server.away_until = float("inf") if is_redis_away else 0.0
    start = Barrier(AT_ONCE)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda _: wish(key, start), range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in answers) == 1
    assert Branch.objects.count() == 1
    assert IdempotencyRecord.objects.count() == 1


_DYING = """
import django; django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "tests.api.urls"
from tests.api.conftest import client_with
client = client_with("{key}")
client.post("/api/v1/wishes/", {{"name": "{name}"}}, "application/json", headers={{"Idempotency-Key": "key-1"}})
"""


def die(key: str, name: str) -> None:
    """A process that handles the request, and dies in the middle of it."""
    there = connection.settings_dict
    address = f"postgres://{there['USER']}:{quote(there['PASSWORD'])}@{quote(there['HOST'], safe='')}:{there['PORT']}"
    here = {
        "DATABASE_URL": f"{address}/{there['NAME']}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_ALLOWED_HOSTS": "testserver",
    }
    code = _DYING.format(key=key, name=name)
    ended = subprocess.run([sys.executable, "-c", code], env={**os.environ, **here}, capture_output=True, check=False)
    assert ended.returncode == 9, ended.stderr.decode()


def test_a_process_that_dies_after_the_commit_has_answered_all_the_same(key: str) -> None:
    die(key, "dies after")
    get_redis_connection("default").flushdb()
    row = Branch.objects.get()
    answer = wish(key, name="dies after")
    assert (answer.status_code, answer.json()["id"], answer["Idempotent-Replayed"]) == (201, row.pk, "true")
    assert Branch.objects.count() == 1


def test_a_process_that_dies_before_the_commit_leaves_the_key_free(key: str) -> None:
    die(key, "dies before")
    assert not Branch.objects.exists()
    assert "Idempotent-Replayed" not in wish(key, name="Mitte")
    assert Branch.objects.get().name == "Mitte"


def test_one_of_two_bodies_under_a_key_wins(key: str) -> None:
    start = Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda name: wish(key, start, name), ["Mitte", "Süd"]))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert Branch.objects.count() == 1


def test_whoever_waits_too_long_is_told_to_come_again(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE_S", 0.1)
    own = issue(Company.objects.get(), name="Slow", scopes=[Scope.BOOK], by=None)[0]
    other = client_with(key)
    half = idempotency._half(f"{own.company_id} key:{own.pk - 1} key-1")
    with turn_of_session(Purpose.API_ANSWER, half.int % 2**31), ThreadPoolExecutor(1) as threads:
        answer = threads.submit(wish, key).result()
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/in-progress")
    assert answer["Retry-After"] == "1"
    assert other.get("/api/v1/branches/").json()["results"] == []
