"""The circuit breaker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from calcom import guard
from calcom.guard import BudgetSpent, CircuitOpen, CircuitState, Lane, Outcome, admit, record
from tests.calcom.guard.cast import ACCOUNT, STRANGER, call, fail, trial


def test_five_failures_in_a_row_open_the_circuit_for_a_minute():
    fail(5)
    with pytest.raises(CircuitOpen) as refused:
        call()
    assert refused.value.retry_at is not None
    assert timedelta(seconds=58) < refused.value.retry_at - timezone.now() <= timedelta(seconds=60)


def test_a_success_in_between_starts_the_count_again():
    fail(4)
    call()
    fail(4)
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


def test_a_429_is_neither_a_failure_nor_a_success(clock):
    fail(4)
    call(Outcome.RATE_LIMITED)
    clock.move(60)
    assert guard.status(ACCOUNT).failures == 4


def test_one_companys_circuit_does_not_stop_another():
    fail(5, account=STRANGER)
    call()
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


def test_after_the_rest_two_trials_may_pass_and_no_third(clock):
    fail(5)
    clock.move(60)
    trial()
    trial()
    with pytest.raises(CircuitOpen):
        trial()
    assert guard.status(ACCOUNT).state is CircuitState.HALF_OPEN


def test_two_good_trials_close_the_circuit(clock):
    fail(5)
    clock.move(60)
    first, second = trial(), trial()
    record(first, Outcome.SUCCESS)
    assert guard.status(ACCOUNT).state is CircuitState.HALF_OPEN
    record(second, Outcome.SUCCESS)
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


def test_a_failed_trial_opens_the_circuit_for_another_minute(clock):
    fail(5)
    clock.move(60)
    first, second = trial(), trial()
    record(first, Outcome.SUCCESS)
    record(second, Outcome.FAILURE)
    clock.move(59)
    with pytest.raises(CircuitOpen):
        call()


def test_the_place_of_a_trial_that_never_returns_is_free_after_a_minute(clock):
    fail(5)
    clock.move(60)
    dead = trial()
    clock.move(1)
    alive = trial()
    clock.move(60)
    record(trial(), Outcome.SUCCESS)
    record(dead, Outcome.SUCCESS)
    assert guard.status(ACCOUNT).state is CircuitState.HALF_OPEN, "its place was somebody else's by then"
    record(alive, Outcome.SUCCESS)
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.UNSENT])
def test_a_trial_that_decides_nothing_gives_its_place_back(clock, outcome):
    fail(5)
    clock.move(60)
    trial()
    record(trial(), outcome)
    clock.move(61 if outcome is Outcome.RATE_LIMITED else 0)
    assert trial()


def test_what_was_admitted_before_a_transition_changes_nothing_after_it(clock):
    early = [admit(ACCOUNT, lane=Lane.INTERACTIVE) for _ in range(7)]
    fail(5)
    clock.move(60)
    trials = trial(), trial()
    record(early[0], Outcome.SUCCESS)
    record(early[1], Outcome.FAILURE)
    assert guard.status(ACCOUNT).state is CircuitState.HALF_OPEN
    for one in trials:
        record(one, Outcome.SUCCESS)
    for permit in early[2:]:
        record(permit, Outcome.FAILURE)
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


def test_a_budget_refusal_takes_no_trial(clock):
    narrow = replace(ACCOUNT, requests_per_minute=5)
    fail(5, account=narrow)
    clock.move(60)
    for _ in range(5):
        call(Outcome.UNSENT, account=narrow)
    with pytest.raises(BudgetSpent):
        admit(narrow, lane=Lane.INTERACTIVE)
    clock.move(24)
    assert [admit(narrow, lane=Lane.INTERACTIVE).is_trial for _ in range(2)] == [True, True]


def test_a_reset_leaves_the_servers_block():
    call(Outcome.RATE_LIMITED)
    guard.reset(ACCOUNT)
    with pytest.raises(BudgetSpent):
        call()


def test_after_a_reset_calls_pass_again():
    early = admit(ACCOUNT, lane=Lane.INTERACTIVE)
    fail(5)
    guard.reset(ACCOUNT)
    record(early, Outcome.FAILURE)
    call()
    assert guard.status(ACCOUNT).failures == 0


def test_transitions_are_logged_once_and_counted(clock):
    with capture_logs() as logs:
        fail(5)
        clock.move(60)
        first, second = trial(), trial()
        record(first, Outcome.SUCCESS)
        record(second, Outcome.SUCCESS)
    assert [line["event"] for line in logs] == [
        "calcom.circuit.opened",
        "calcom.circuit.half_open",
        "calcom.circuit.closed",
    ]
    assert guard.status(ACCOUNT).counters["opened"] == 1


def test_calls_and_refusals_are_counted():
    fail(5)
    for _ in range(3):
        with pytest.raises(CircuitOpen):
            call()
    counters = guard.status(ACCOUNT).counters
    assert (counters["calls"], counters["refused_circuit"], counters["refused_budget"]) == (5, 3, 0)


def test_a_refused_key_is_an_answer_and_remembered_until_it_is_taken_again():
    fail(4)
    call(Outcome.KEY_REFUSED)
    fail(4)
    status = guard.status(ACCOUNT)
    assert (status.state, status.counters["failed"]) == (CircuitState.CLOSED, 8)
    assert status.key_refused_since is not None
    assert guard.status(STRANGER).key_refused_since is None
    call(Outcome.SUCCESS)
    assert guard.status(ACCOUNT).key_refused_since is None
