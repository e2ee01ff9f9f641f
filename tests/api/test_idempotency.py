"""One change for one Idempotency-Key, and the same answer for whoever asks again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django_redis import get_redis_connection

from companies.api import shared
from companies.kept_answers import KEPT, forget_old
from companies.models import Branch, Company, IdempotencyRecord
from tests.api.conftest import Calling

pytestmark = pytest.mark.urls("tests.api.urls")


def wish(client: Client, key: str | None = "key-1", **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"name": "Mitte"} | body
    return client.post("/api/v1/wishes/", body, content_type="application/json", headers=headers)


def forget_redis() -> None:
    get_redis_connection("default").flushdb()


def test_the_same_request_is_answered_the_same_and_done_once(caller: Client, company: Company) -> None:
    first, second = wish(caller), wish(caller)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second["Location"] == first["Location"]
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert Branch.objects.for_company(company).count() == 1


def test_the_answer_outlives_redis(caller: Client) -> None:
    first = wish(caller)
    forget_redis()
    second = wish(caller)
    assert second.content == first.content
    assert Branch.objects.count() == 1


def test_it_works_without_redis(caller: Client) -> None:
    shared._server.away_until = float("inf")
    assert wish(caller).content == wish(caller).content
    assert Branch.objects.count() == 1


def test_the_order_of_a_bodys_fields_says_nothing(caller: Client) -> None:
    wish(caller, name="Mitte", count=1)
    body = '{ "count" : 1, "name": "Mitte" }'
    headers = {"Idempotency-Key": "key-1"}
    again = caller.post("/api/v1/wishes/", body, content_type="application/json", headers=headers)
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("change", [{"name": "Süd"}, {"count": 2}])
@pytest.mark.parametrize("is_redis_empty", [False, True])
def test_another_body_under_the_key_is_refused(caller: Client, change: dict[str, Any], is_redis_empty: bool) -> None:
    wish(caller)
    if is_redis_empty:
        forget_redis()
    answer = wish(caller, **change)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert Branch.objects.count() == 1


def test_another_if_match_is_another_request(caller: Client) -> None:
    wish(caller)
    headers = {"Idempotency-Key": "key-1", "If-Match": '"2"'}
    again = caller.post("/api/v1/wishes/", {"name": "Mitte"}, content_type="application/json", headers=headers)
    assert again.status_code == 422


def test_keys_of_two_callers_are_two_keys(caller: Client, calling: Calling, company: Company) -> None:
    wish(caller)
    assert wish(calling(), name="Süd").status_code == 201
    assert Branch.objects.count() == 2


def test_without_a_key_everything_is_done_again(caller: Client) -> None:
    assert wish(caller, None).status_code == 201
    assert wish(caller, None, name="Süd").status_code == 201
    assert not IdempotencyRecord.objects.exists()


def test_a_refusal_is_kept_as_well_and_writes_nothing(caller: Client) -> None:
    first = wish(caller, mood="bad")
    forget_redis()
    second = wish(caller, mood="bad")
    assert (first.status_code, first.json()["type"]) == (409, "/problems/mood")
    assert first.content == second.content
    assert second["Content-Type"] == first["Content-Type"] == "application/problem+json"
    assert not Branch.objects.exists()


def test_a_mistake_in_the_body_is_not_kept(caller: Client) -> None:
    assert wish(caller, name="").status_code == 400
    assert wish(caller).status_code == 201


def test_what_breaks_leaves_neither_change_nor_answer(caller: Client) -> None:
    caller.raise_request_exception = False
    assert wish(caller, name="broken").status_code == 500
    assert not Branch.objects.exists()
    assert not IdempotencyRecord.objects.exists()


def test_after_a_day_a_key_is_new(caller: Client) -> None:
    wish(caller)
    rows = IdempotencyRecord.objects.all()
    rows.update(created_at=rows.get().created_at - KEPT - timedelta(minutes=1))
    forget_redis()
    assert "Idempotent-Replayed" not in wish(caller, name="Süd")


def test_old_answers_are_forgotten(caller: Client) -> None:
    wish(caller)
    assert forget_old() == 0
    rows = IdempotencyRecord.objects.all()
    rows.update(created_at=rows.get().created_at - KEPT - timedelta(minutes=1))
    assert forget_old() == 1


@pytest.mark.parametrize("key", ["", "k" * 256, "k" * 10_000, "grün", "a\tb"])
def test_a_key_that_is_none(caller: Client, key: str) -> None:
    answer = wish(caller, key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not Branch.objects.exists()
