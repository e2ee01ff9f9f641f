"""One fetches, the others wait: several real processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django_redis import get_redis_connection

from calcom import kept
from calcom.cache import Cached, cached, forget_slots, statistics
from calcom.errors import CalcomUnavailable
from tests.calcom.cache.cast import COMPANY
from tests.calcom.redis_clock import RedisClock, in_processes

ARGS = {"eventTypeId": 5}
_PATIENCE_S = 30


def times_asked() -> int:
    return int(get_redis_connection("default").get("test.asked") or 0)


def until(condition: Callable[[], Any]) -> None:
    """Wait for something that happens in another process."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def somebody_waits(count: int = 1) -> bool:
    return statistics(COMPANY)["waits"] >= count


def ask(first: Callable[[], Any] = lambda: None, *, is_urgent: bool = True) -> Cached:
    """A question whose answer is its number, counted over all processes. `first` happens while the first is asked."""

    def fetch() -> int:
        number = int(get_redis_connection("default").incr("test.asked"))
        if number == 1:
            first()
        return number

    return cached(
        COMPANY, "slots", ARGS, fetch, may_be_stale=lambda e: isinstance(e, CalcomUnavailable), is_urgent=is_urgent
    )


def test_two_hundred_questions_of_four_processes_are_one_fetch():
    def ask_fifty_times(_number: int) -> set[Any]:
        with ThreadPoolExecutor(50) as threads:
            futures = [threads.submit(ask, lambda: until(lambda: somebody_waits(10))) for _ in range(50)]
            return {future.result().value for future in futures}

    assert in_processes(ask_fifty_times) == [{1}] * 4
    assert times_asked() == 1
    counted = statistics(COMPANY)
    assert (counted["misses"], counted["hits"] + counted["waits"]) == (1, 199)


def test_when_the_fetch_fails_who_waited_tries_itself():
    def fail() -> None:
        until(lambda: somebody_waits(3))
        raise CalcomUnavailable("no connection")

    def ask_or_fail(_number: int) -> Any:
        try:
            return ask(fail).value
        except CalcomUnavailable:
            return "failed"

    assert sorted(map(str, in_processes(ask_or_fail))) == ["2", "2", "2", "failed"]


def test_what_was_asked_before_a_write_reaches_nobody_who_asks_after_it():
    def first_or_second(number: int) -> Any:
        if number == 0:
            return ask(lambda: until(lambda: times_asked() == 2)).value
        until(lambda: times_asked() == 1)
        forget_slots(COMPANY, None)
        return ask().value

    assert in_processes(first_or_second, processes=2) in ([1, 2], [2, 1])
    assert ask().value == 2


@pytest.fixture
def clock(monkeypatch) -> RedisClock:
    clock = RedisClock()
    monkeypatch.setattr(kept, "script", clock.ruling(kept.script))
    return clock


def test_a_killed_fetcher_is_replaced_after_the_longest_time_a_call_may_take(clock, settings):
    child = multiprocessing.get_context("fork").Process(target=ask, args=(_die,))
    child.start()
    child.join(_PATIENCE_S)
    assert child.exitcode == -signal.SIGKILL
    clock.move(settings.CALCOM_CONNECT_TIMEOUT_S + settings.CALCOM_READ_TIMEOUT_S + 1)
    assert ask().value == 2


def test_people_do_not_wait_long_for_a_fetch_that_nobody_waits_for(clock):
    def background_or_person(number: int) -> Any:
        if number == 0:
            return ask(lambda: until(lambda: times_asked() == 2), is_urgent=False).value
        until(lambda: times_asked() == 1)
        clock.move(1.1)
        return ask().value

    assert sorted(in_processes(background_or_person, processes=2)) == [1, 2]
    assert ask().value == 2


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
