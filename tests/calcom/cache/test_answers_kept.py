"""What is kept, for how long, and for whom."""

from __future__ import annotations

from typing import Any

import pytest

from calcom import cache, kept
from calcom.cache import forget, forget_slots, statistics
from calcom.errors import CalcomNotFound, CalcomUnavailable
from tests.calcom.cache.cast import COMPANY, STRANGER, Upstream, ask, down, slots
from tests.calcom.redis_clock import RedisClock


@pytest.fixture(autouse=True)
def clock(redis, monkeypatch) -> RedisClock:
    clock = RedisClock()
    monkeypatch.setattr(kept, "script", clock.ruling(kept.script))
    return clock


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


def test_the_second_question_is_answered_from_here(upstream):
    assert ask(upstream) == ask(upstream)
    assert upstream.asked == 1


@pytest.mark.parametrize(("resource", "seconds"), [("event_types", 300), ("profile", 600)])
def test_answers_are_kept_as_long_as_their_resource_allows(upstream, clock, resource, seconds):
    ask(upstream, resource)
    clock.move(seconds - 1)
    assert ask(upstream, resource).value["number"] == 1
    clock.move(1)
    assert ask(upstream, resource).value["number"] == 2


def test_slots_are_kept_for_a_minute(upstream, clock):
    slots(upstream)
    clock.move(59)
    assert slots(upstream).age_s == 59
    clock.move(1)
    assert slots(upstream).value["number"] == 2


def test_other_arguments_resources_and_companies_are_other_questions(upstream):
    slots(upstream)
    slots(upstream, day="2030-01-08")
    slots(upstream, 6)
    slots(upstream, company_id=STRANGER)
    ask(upstream)
    assert upstream.asked == 5


def test_nothing_is_an_answer_too(upstream):
    for _ in range(2):
        assert cache.cached(COMPANY, "profile", {}, lambda: None, may_be_stale=lambda _: False).value is None
    assert statistics(COMPANY)["hits"] == 1


def test_the_same_answer_is_parsed_once_in_a_process(upstream, clock):
    parsed: list[int] = []

    def parse(answer: dict[str, int]) -> tuple[int, ...]:
        parsed.append(answer["number"])
        return (answer["number"],)

    def asked() -> Any:
        return cache.cached(COMPANY, "profile", {}, upstream, may_be_stale=lambda _: False, parse=parse).value

    assert [asked() for _ in range(4)] == [(1,)] * 4
    clock.move(600)
    assert [asked() for _ in range(4)] == [(2,)] * 4
    assert parsed == [1, 1, 2, 2], "each by who fetched it, and when it came from Redis"


def test_what_cannot_be_parsed_is_not_kept(upstream):
    for _ in range(2):
        with pytest.raises(KeyError):
            cache.cached(COMPANY, "profile", {}, upstream, may_be_stale=lambda _: False, parse=lambda a: a["absent"])
    assert upstream.asked == 2


def test_when_calcom_is_away_an_old_answer_is_served_and_marked(upstream, clock):
    slots(upstream)
    clock.move(120)
    upstream.error = down()
    answer = slots(upstream)
    assert (answer.value["number"], answer.is_stale, answer.age_s) == (1, True, 120)


def test_an_answer_of_more_than_an_hour_ago_is_not_served(upstream, clock):
    slots(upstream)
    clock.move(3600)
    upstream.error = down()
    with pytest.raises(CalcomUnavailable):
        slots(upstream)


def test_an_error_that_is_an_answer_hides_behind_no_old_one(upstream, clock):
    slots(upstream)
    clock.move(120)
    upstream.error = CalcomNotFound("gone")
    with pytest.raises(CalcomNotFound):
        slots(upstream)


def test_errors_are_not_kept(upstream):
    upstream.error = down()
    with pytest.raises(CalcomUnavailable):
        slots(upstream)
    upstream.error = None
    assert slots(upstream).value["number"] == 2


def test_after_a_failed_fetch_old_answers_come_without_another_try_for_two_seconds(upstream, clock):
    slots(upstream)
    clock.move(120)
    upstream.error = down()
    for _ in range(5):
        assert slots(upstream).is_stale
    assert upstream.asked == 2
    clock.move(2)
    upstream.error = None
    assert not slots(upstream).is_stale


def test_what_was_forgotten_is_not_served_as_an_old_answer_either(upstream):
    slots(upstream)
    forget_slots(COMPANY)
    upstream.error = down()
    with pytest.raises(CalcomUnavailable):
        slots(upstream)


def test_to_forget_concerns_one_company_and_one_resource(upstream, clock):
    ask(upstream)
    ask(upstream, company_id=STRANGER)
    slots(upstream)
    forget(COMPANY, "event_types")
    clock.move(5)
    ask(upstream)
    ask(upstream, company_id=STRANGER)
    slots(upstream)
    assert upstream.asked == 4


def test_all_of_a_company_can_be_forgotten(upstream):
    ask(upstream)
    slots(upstream)
    forget(COMPANY)
    ask(upstream)
    slots(upstream)
    assert upstream.asked == 4


def test_what_a_fetch_brings_is_not_kept_when_a_write_came_in_between(upstream):
    upstream.meanwhile = lambda: forget_slots(COMPANY)
    slots(upstream)
    upstream.meanwhile = lambda: None
    assert slots(upstream).value["number"] == 2


def test_slots_asked_for_right_after_a_write_are_kept_for_moments_only(upstream, clock):
    """Cal.com answers from a cache of its own for a second or two."""
    forget_slots(COMPANY)
    clock.move(1)
    slots(upstream)
    clock.move(1)
    assert slots(upstream).value["number"] == 1
    clock.move(1)
    assert slots(upstream).value["number"] == 2
    clock.move(50)
    assert slots(upstream).value["number"] == 2


def test_each_question_is_counted_once(upstream, clock):
    slots(upstream)
    slots(upstream)
    clock.move(61)
    upstream.error = down()
    slots(upstream)
    assert statistics(COMPANY) == {"hits": 1, "misses": 2, "stale": 1, "waits": 0}
    assert statistics(STRANGER) == {"hits": 0, "misses": 0, "stale": 0, "waits": 0}


def test_switched_off_everybody_fetches(upstream, settings, redis):
    settings.CALCOM_V2_CACHE_ENABLED = False
    for _ in range(3):
        ask(upstream)
    assert upstream.asked == 3
    assert not redis.keys("*calcom.cache*")


def test_with_redis_away_everybody_fetches_and_forgetting_raises_nothing(upstream, settings):
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    for _ in range(3):
        ask(upstream)
    assert not forget(COMPANY)
    assert upstream.asked == 3


def test_a_flush_during_a_fetch_keeps_nothing_and_raises_nothing(upstream, redis, clock):
    def flush() -> None:
        redis.flushdb()
        redis.script_flush()
        clock.move(0)

    upstream.meanwhile = flush
    ask(upstream)
    upstream.meanwhile = lambda: None
    assert ask(upstream).value["number"] == 2


def test_a_clock_that_went_back_keeps_nothing_for_longer(upstream, clock):
    ask(upstream)
    clock.move(-7200)
    assert ask(upstream).value["number"] == 2


def test_keys_carry_company_and_resource_and_go_by_themselves(upstream, redis):
    slots(upstream)
    forget_slots(COMPANY)
    keys = [key.decode() for key in redis.keys("*calcom.cache*")]
    assert any(key.startswith("slotkeeper:calcom.cache:1:{1}:slots:") for key in keys)
    assert all(redis.ttl(key) > 0 for key in keys)
