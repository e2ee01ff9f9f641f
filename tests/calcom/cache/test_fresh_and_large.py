"""Who asks anew, whose answer is too long, and what lies in Redis that nobody can read."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django_redis import get_redis_connection

from calcom import kept
from calcom.cache import Cached, cached
from calcom.errors import CalcomUnavailable
from tests.calcom.cache.cast import COMPANY, STRANGER, Upstream, ask, down
from tests.calcom.redis_clock import RedisClock


@pytest.fixture(autouse=True)
def clock(redis, monkeypatch) -> RedisClock:
    clock = RedisClock()
    monkeypatch.setattr(kept, "script", clock.ruling(kept.script))
    return clock


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


def anew(upstream: Upstream) -> Cached:
    return cached(COMPANY, "event_types", {}, upstream, may_be_stale=lambda _: True, fresh=True)


def long(length: int, *, page: int = 0, company_id: int = COMPANY) -> Cached:
    """An answer of so many bytes that cannot be packed into far fewer."""
    text = Random(page).randbytes(length // 2).hex()
    return cached(company_id, "event_types", {"page": page}, lambda: text, may_be_stale=lambda _: True)


def bytes_in_redis() -> int:
    redis = get_redis_connection("default")
    return sum(redis.hstrlen(key, "body") for key in redis.keys("*calcom.cache*event_types*"))


def test_what_was_asked_anew_is_what_the_others_see(upstream):
    ask(upstream)
    assert anew(upstream).value["number"] == ask(upstream).value["number"] == 2


def test_who_asks_anew_gets_no_old_answer(upstream, clock):
    ask(upstream)
    upstream.error = down()
    clock.move(400)
    with pytest.raises(CalcomUnavailable):
        anew(upstream)


def test_a_slow_fetch_does_not_replace_what_was_asked_after_it(upstream, clock):
    def overtake() -> None:
        upstream.meanwhile = lambda: None
        clock.move(0.1)
        anew(upstream)

    upstream.meanwhile = overtake
    ask(upstream)
    assert ask(upstream).value["number"] == 2


def test_who_takes_no_old_answer_gets_none_when_another_has_just_failed(upstream, clock):
    ask(upstream)
    clock.move(400)
    upstream.error = down()
    assert ask(upstream).is_stale
    with pytest.raises(CalcomUnavailable):
        cached(COMPANY, "event_types", {}, upstream, may_be_stale=lambda _: True, allow_stale=False)


def test_an_answer_of_more_than_a_megabyte_is_not_kept_nor_is_the_one_before():
    long(20_000)
    assert bytes_in_redis() > 0
    cached(COMPANY, "event_types", {"page": 0}, lambda: "x" * 1_100_000, may_be_stale=lambda _: True, fresh=True)
    assert bytes_in_redis() == 0


def test_a_company_fills_no_more_than_its_share(clock):
    for page in range(60):
        long(900_000, page=page)
    assert 10_000_000 < bytes_in_redis() <= 20_000_000
    of_one = bytes_in_redis()
    long(900_000, page=1, company_id=STRANGER)
    of_both = bytes_in_redis()
    clock.move(3600)
    long(900_000, page=99)
    assert of_one < of_both < bytes_in_redis()


def test_the_same_answer_again_and_again_fills_nothing(clock):
    for _ in range(40):
        long(900_000)
        clock.move(300)
    assert bytes_in_redis() > 0


def test_long_answers_are_packed(upstream):
    def asked() -> Any:
        return cached(COMPANY, "profile", {}, lambda: ["für 12 €"] * 5000, may_be_stale=lambda _: False).value

    assert asked() == asked() == ["für 12 €"] * 5000
    [key] = get_redis_connection("default").keys("*calcom.cache*profile*")
    assert get_redis_connection("default").hstrlen(key, "body") < 10_000


@pytest.mark.parametrize("rubbish", [b"", b"{", b"xyz"])
def test_an_answer_that_nobody_can_read_is_fetched_anew(upstream, redis, rubbish):
    ask(upstream)
    [key] = redis.keys("*calcom.cache*event_types*")
    redis.hset(key, "body", rubbish)
    assert ask(upstream).value["number"] == ask(upstream).value["number"] == 2


def test_what_this_parser_refuses_of_what_is_kept_is_fetched_anew(upstream):
    ask(upstream)

    def second(answer: dict[str, int]) -> int:
        return {2: 2}[answer["number"]]

    assert cached(COMPANY, "event_types", {}, upstream, may_be_stale=lambda _: True, parse=second).value == 2


def test_after_a_failure_too_everything_goes_by_itself(upstream, redis):
    upstream.error = down()
    with pytest.raises(CalcomUnavailable):
        ask(upstream)
    assert all(redis.ttl(key) > 0 for key in redis.keys("*calcom.cache*"))


def test_rubbish_under_one_companys_keys_stops_nobody(upstream, redis):
    ask(upstream)
    for key in redis.keys("*calcom.cache*"):
        redis.set(key, b"rubbish")
    ask(upstream, company_id=STRANGER)
    assert ask(upstream) == ask(upstream)
    assert upstream.asked == 3
