"""The token buckets, the lanes, and what the server says of its own limits."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from calcom import guard
from calcom.guard import Account, Bucket, BudgetSpent, Lane, Outcome, Refused, Reported, admit, record
from tests.calcom.guard.cast import ACCOUNT, STRANGER, call


def passing(lane: Lane = Lane.INTERACTIVE, *, account: Account = ACCOUNT, bucket: Bucket = Bucket.DEFAULT) -> int:
    """How many calls pass now, until one is refused."""
    for number in range(1000):
        try:
            call(account=account, lane=lane, bucket=bucket)
        except Refused:
            return number
    raise AssertionError("nobody counts")


def test_a_hundred_calls_pass_and_then_one_every_600_ms(clock):
    assert passing() == 100
    clock.move(0.6)
    assert passing() == 1
    clock.move(60)
    assert passing() == 100


def test_a_refusal_says_when_the_next_may_pass():
    passing()
    with pytest.raises(BudgetSpent) as refused:
        call()
    assert refused.value.retry_at is not None
    assert refused.value.retry_at - timezone.now() <= timedelta(seconds=0.6)


def test_another_key_has_a_budget_of_its_own():
    passing()
    assert passing(account=STRANGER) == 100


def test_background_calls_leave_30_percent_to_people():
    assert passing(Lane.BACKGROUND) == 70
    assert passing(Lane.INTERACTIVE) == 30


def test_background_calls_get_70_percent_of_what_comes_back(clock):
    passing(Lane.BACKGROUND)
    total = 0
    for _ in range(600):
        clock.move(1)
        total += passing(Lane.BACKGROUND)
    assert total == pytest.approx(700, abs=1)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_smallest_budgets_starve_nobody(size):
    assert passing(Lane.BACKGROUND, account=replace(ACCOUNT, requests_per_minute=size)) >= 1


def test_location_attendees_and_guests_have_five_a_minute(clock):
    assert passing(bucket=Bucket.FEW) == 5
    assert passing() == 95
    clock.move(12)
    assert passing(bucket=Bucket.FEW) == 1


def test_after_a_429_nobody_sends_until_the_reset(clock):
    call(Outcome.RATE_LIMITED, Reported(limit=120, remaining=0, reset_s=42))
    for seconds in (0, 41.9):
        clock.move(seconds)
        assert passing() == passing(Lane.BACKGROUND) == passing(bucket=Bucket.FEW) == 0
    clock.move(0.2)
    assert passing() == 100


def test_a_429_without_a_reset_stops_for_a_minute(clock):
    call(Outcome.RATE_LIMITED)
    clock.move(59)
    assert passing() == 0
    clock.move(1)
    assert passing() == 100


def test_a_shorter_429_does_not_shorten_a_longer_one(clock):
    first, second = admit(ACCOUNT, lane=Lane.INTERACTIVE), admit(ACCOUNT, lane=Lane.INTERACTIVE)
    record(first, Outcome.RATE_LIMITED, Reported(reset_s=60))
    record(second, Outcome.RATE_LIMITED, Reported(reset_s=5))
    clock.move(30)
    assert passing() == 0


def test_a_429_of_the_small_bucket_stops_the_small_bucket_only():
    call(Outcome.RATE_LIMITED, Reported(limit=5, remaining=0, reset_s=60), bucket=Bucket.FEW)
    assert passing(bucket=Bucket.FEW) == 0
    assert passing() == 99


def test_a_429_of_the_whole_key_met_in_the_small_bucket_stops_all():
    call(Outcome.RATE_LIMITED, Reported(limit=120, remaining=0, reset_s=60), bucket=Bucket.FEW)
    assert passing() == 0


def test_the_servers_remaining_is_not_exceeded_until_its_reset(clock):
    call(reported=Reported(limit=120, remaining=3, reset_s=20))
    assert passing() == 3
    clock.move(19)
    assert passing() == 0
    clock.move(1.1)
    assert passing() > 90


def test_background_calls_leave_30_percent_of_the_servers_window_too():
    call(reported=Reported(limit=120, remaining=46, reset_s=20))
    assert passing(Lane.BACKGROUND) == 10
    assert passing() == 36


def test_the_next_window_is_taken_for_as_large_before_the_server_says_so(clock):
    small = Reported(limit=5, remaining=4, reset_s=60)
    call(reported=small)
    clock.move(61)
    assert passing() == 5


def test_calls_under_way_may_not_be_counted_yet_by_the_server():
    under_way = [admit(ACCOUNT, lane=Lane.INTERACTIVE) for _ in range(8)]
    record(under_way[0], Outcome.SUCCESS, Reported(limit=10, remaining=9, reset_s=60))
    assert passing() == 2


def test_calls_under_way_when_a_window_ends_may_count_in_the_next(clock):
    call(reported=Reported(limit=5, remaining=4, reset_s=10))
    for _ in range(3):
        admit(ACCOUNT, lane=Lane.INTERACTIVE)
    clock.move(10.1)
    assert passing() == 2


def test_a_window_that_began_before_we_thought_is_noticed(clock):
    """The server rounds its resets up: for up to a second we take the old window for the present one."""
    call(reported=Reported(limit=10, remaining=4, reset_s=1))
    admit(ACCOUNT, lane=Lane.INTERACTIVE)
    clock.move(0.5)
    call(reported=Reported(limit=10, remaining=9, reset_s=60))
    assert passing() == 8


def test_a_call_alone_is_told_the_truth_even_when_there_is_more_than_was_thought():
    call(reported=Reported(limit=10, remaining=1, reset_s=60))
    call(reported=Reported(limit=200, remaining=199, reset_s=60))
    assert passing() == 98


def test_an_answer_of_the_last_window_does_not_count_for_this_one(clock):
    call(reported=Reported(limit=120, remaining=119, reset_s=10))
    late = admit(ACCOUNT, lane=Lane.INTERACTIVE)
    clock.move(10.5)
    call()
    record(late, Outcome.SUCCESS, Reported(limit=120, remaining=0, reset_s=10))
    assert passing() > 90


def test_a_killed_process_takes_nothing_for_good(clock):
    for _ in range(4):
        admit(ACCOUNT, lane=Lane.INTERACTIVE)
    call(reported=Reported(limit=5, remaining=4, reset_s=60))
    assert passing() == 0
    clock.move(61)
    assert passing() == 5
    assert guard.status(ACCOUNT).under_way == 0


@pytest.mark.parametrize(
    "nonsense",
    [
        Reported(limit=-1, remaining=-5, reset_s=-3),
        Reported(limit=0, remaining=0, reset_s=math.nan),
        Reported(limit=None, remaining=0, reset_s=math.inf),
        Reported(limit=10**12, remaining=0, reset_s=1e300),
    ],
)
def test_nonsense_in_the_headers_stops_nobody_for_more_than_an_hour(clock, nonsense):
    call(reported=nonsense)
    clock.move(3601)
    assert passing() >= 1


def test_a_switched_off_limit_limits_nothing(settings):
    settings.CALCOM_V2_RATE_LIMIT_ENABLED = False
    call(Outcome.RATE_LIMITED, Reported(limit=5, remaining=0, reset_s=60))
    for _ in range(300):
        call()


def test_the_status_tells_people_what_is_left():
    call(reported=Reported(limit=120, remaining=80, reset_s=30))
    status = guard.status(ACCOUNT)
    assert (status.tokens, status.capacity, status.few_tokens) == (99, 100, 5)
    assert status.window == Reported(limit=120, remaining=80, reset_s=30.001)
    assert status.blocked_until is None
