"""What the guard survives: switches, a flushed Redis, none at all, another clock."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from calcom import guard, scripts
from calcom.guard import BudgetSpent, CircuitOpen, CircuitState, GuardAway, Lane, Outcome, Reported, admit, record
from tests.calcom.guard.cast import ACCOUNT, STRANGER, call, fail, trial


def test_a_switched_off_breaker_never_opens(settings):
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = False
    fail(20)
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


def test_with_both_switched_off_redis_is_not_asked(settings, redis):
    settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = settings.CALCOM_V2_RATE_LIMIT_ENABLED = False
    call()
    assert not redis.keys("*calcom.guard*")


def test_a_flush_in_the_middle_starts_afresh(redis, clock):
    fail(5)
    clock.move(60)
    permit = trial()
    redis.flushdb()
    redis.script_flush()
    clock.move(0)
    record(permit, Outcome.FAILURE, Reported(limit=120, remaining=50, reset_s=10))
    assert not call().is_trial
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


@pytest.fixture
def no_redis(settings) -> None:
    """An address at which nobody listens."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}


def test_with_redis_away_people_pass_with_one_warning(no_redis):
    with capture_logs() as logs:
        for _ in range(10):
            call()
    assert [line["event"] for line in logs] == ["calcom.redis.away"]


def test_with_redis_away_the_background_waits(no_redis):
    with pytest.raises(GuardAway):
        admit(ACCOUNT, lane=Lane.BACKGROUND)


def test_a_call_that_was_not_counted_reports_all_the_same(no_redis, settings, redis):
    permit = admit(ACCOUNT, lane=Lane.INTERACTIVE)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": settings.REDIS_URL}}
    scripts.forget_outage()
    record(permit, Outcome.RATE_LIMITED, Reported(reset_s=30))
    with pytest.raises(BudgetSpent):
        call()


def test_a_clock_that_went_back_keeps_nobody_waiting_longer_than_a_rest(clock):
    fail(5)
    clock.move(-24 * 3600)
    with pytest.raises(CircuitOpen):
        call()
    clock.move(61)
    trial()


def test_state_goes_by_itself_when_unused(redis):
    call()
    keys = redis.keys("slotkeeper:calcom.guard:*")
    assert keys
    assert all(0 < redis.ttl(key) <= 7 * 24 * 3600 for key in keys)


@pytest.mark.parametrize("state", ["as always", "switched off", "away"])
def test_what_is_to_be_done_meanwhile_is_done_once(state, settings, clock):
    permit, done = admit(ACCOUNT, lane=Lane.INTERACTIVE), []
    if state == "switched off":
        settings.CALCOM_V2_CIRCUIT_BREAKER_ENABLED = settings.CALCOM_V2_RATE_LIMIT_ENABLED = False
    if state == "away":
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    record(permit, Outcome.SUCCESS, meanwhile=lambda: done.append(call()))
    assert len(done) == 1


def test_a_restart_of_redis_is_not_noticed(redis):
    call()
    redis.client_kill_filter(_type="normal", skipme=True)
    with capture_logs() as logs:
        call()
    assert not logs
    assert guard.status(ACCOUNT).counters["calls"] == 2


@pytest.mark.parametrize("rubbish", [b"\x01", b"\xc1garbage", b"\x81\xa1a\x01", b""])
def test_rubbish_under_one_accounts_key_is_dropped_and_stops_nobody(redis, rubbish):
    call()
    [key] = redis.keys("slotkeeper:calcom.guard:*")
    redis.set(key, rubbish)
    assert admit(ACCOUNT, lane=Lane.BACKGROUND)
    assert admit(STRANGER, lane=Lane.BACKGROUND)
    assert redis.ttl(key) > 0


def test_a_script_that_fails_all_the_same_is_no_outage_for_the_others(redis):
    with pytest.raises(scripts.RedisAway):
        scripts.Script("return nil + 1")(["test.broken"])
    call(lane=Lane.BACKGROUND)
