"""The guard among several real processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter

import pytest

from calcom import guard
from calcom.guard import CircuitOpen, CircuitState, Lane, Outcome, Refused, Reported, admit, record
from tests.calcom.guard.cast import ACCOUNT, call, fail, trial
from tests.calcom.redis_clock import in_processes


def ask_often(times: int, *, lane: Lane = Lane.INTERACTIVE) -> int:
    """How many of so many calls pass."""
    passed = 0
    for _ in range(times):
        try:
            admit(ACCOUNT, lane=lane)
        except Refused:
            continue
        passed += 1
    return passed


def test_of_all_callers_in_all_processes_two_are_trials(clock):
    fail(5)
    clock.move(60)
    assert sum(in_processes(lambda _: ask_often(50))) == 2


def test_failures_of_several_processes_count_together():
    in_processes(lambda _: fail(1), processes=5)
    with pytest.raises(CircuitOpen):
        call()


def test_no_process_sends_more_than_all_may_together():
    assert sum(in_processes(lambda _: ask_often(60))) == 100


def test_background_processes_leave_30_percent_to_the_others():
    assert sum(in_processes(lambda _: ask_often(60, lane=Lane.BACKGROUND))) == 70


def test_a_429_in_one_process_stops_all():
    in_processes(lambda _: call(Outcome.RATE_LIMITED, Reported(reset_s=60)), processes=1)
    assert in_processes(lambda _: ask_often(20)) == [0, 0, 0, 0]


def test_both_lanes_at_once_stay_within_the_servers_window():
    call(reported=Reported(limit=40, remaining=39, reset_s=60))
    lanes = list(Lane)
    passed = in_processes(lambda number: (lanes[number % 2], ask_often(50, lane=lanes[number % 2])))
    shares = Counter[Lane]()
    for lane, count in passed:
        shares[lane] += count
    assert shares.total() == 39
    assert shares[Lane.BACKGROUND] <= 28


def test_a_process_killed_during_its_trial_blocks_nobody_for_good(clock):
    fail(5)
    clock.move(60)
    child = multiprocessing.get_context("fork").Process(target=_try_and_die)
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    record(trial(), Outcome.SUCCESS)
    with pytest.raises(CircuitOpen):
        trial()
    clock.move(60)
    record(trial(), Outcome.SUCCESS)
    assert guard.status(ACCOUNT).state is CircuitState.CLOSED


def _try_and_die() -> None:
    trial()
    os.kill(os.getpid(), signal.SIGKILL)
