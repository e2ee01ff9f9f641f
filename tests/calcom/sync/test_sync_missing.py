"""What Cal.com lists no longer is remembered, as far as a listing can be believed."""

from __future__ import annotations

import pytest

from calcom.models import EventType, SyncRun
from tests.portal.factories import EventTypeFactory


def only() -> EventType:
    return EventType.objects.get()


def test_a_type_that_is_gone_is_remembered(account, sync):
    number = account.offer("Cut")
    account.offer("Colour")
    sync()
    account.remove(number)
    sync()
    assert sync().missing == 1
    row = EventType.objects.get(calcom_id=number)
    assert (row.is_listed, row.is_active) == (False, True)
    since = row.missing_since
    assert sync().missing == 0
    row.refresh_from_db()
    assert row.missing_since == since


def test_one_that_comes_back_is_missing_no_longer(account, sync):
    number = account.offer("Cut")
    account.offer("Colour")
    sync()
    kept = account.world.event_types.pop(number)
    sync(force=True)
    account.world.event_types[number] = kept
    sync()
    row = EventType.objects.get(calcom_id=number)
    assert (row.is_listed, row.missing_since) == (True, None)


@pytest.mark.parametrize("force", [False, True])
def test_an_empty_listing_marks_nothing(account, sync, force):
    numbers = [account.offer("Cut"), account.offer("Colour")]
    sync()
    account.remove(*numbers)
    result = sync(force=force)
    assert (result.missing, result.is_good) == (0, False)
    assert EventType.objects.filter(is_listed=True).count() == 2
    assert SyncRun.objects.filter(state=SyncRun.State.INCOMPLETE).count() == 1


def test_a_failed_listing_marks_nothing(account, sync):
    account.offer("Cut")
    sync()
    account.fail("/event-types")
    result = sync()
    assert (result.missing, result.is_good) == (0, False)
    assert "HTTP 502" in result.failures[0]
    assert only().is_listed


def test_one_family_that_fails_does_not_lose_the_others(company, account, sync):
    company.calcom_team_id = 5
    own, of_team = account.offer("Own"), account.offer("Fifth", team=5)
    account.offer("Other own")
    sync()
    account.remove(own, of_team)
    account.offer("New own")
    account.fail("/teams/5/event-types")
    result = sync(force=True)
    assert (result.created, result.missing, result.is_good) == (1, 1, False)
    assert EventType.objects.get(calcom_id=of_team).is_listed


def test_much_that_is_gone_at_once_is_believed_only_by_force(account, sync):
    numbers = [account.offer(f"Type {index}") for index in range(9)]
    sync()
    account.remove(*numbers[:3])
    result = sync()
    assert (result.missing, result.is_good) == (0, False)
    assert "3 of 9" in result.failures[0]
    assert sync(force=True).missing == 3


def test_two_of_three_may_go(account, sync):
    numbers = [account.offer(f"Type {index}") for index in range(3)]
    sync()
    account.remove(*numbers[:2])
    sync()
    assert sync().missing == 2


def test_what_is_absent_once_is_not_missing_yet(account, sync):
    """Few event types are gone: a listing may have been cut short."""
    numbers = [account.offer(f"Type {index}") for index in range(3)]
    sync()
    kept = {number: account.world.event_types.pop(number) for number in numbers[:2]}
    result = sync()
    assert (result.missing, result.is_good) == (0, True)
    assert "2 event types are not listed" in result.warnings[0]
    account.world.event_types.update(kept)
    sync()
    account.remove(*numbers[:2])
    assert sync().missing == 0
    assert EventType.objects.filter(is_listed=True).count() == 3


def test_a_row_that_cannot_be_read_is_no_missing_one(account, sync):
    number = account.offer("Cut")
    account.offer("Colour")
    sync()
    account.offer("Cut", 0, id=number)
    for _time in range(2):
        result = sync()
        assert (result.missing, result.is_good) == (0, True)
        assert str(number) in result.warnings[0]


def test_one_entered_by_hand_is_taken_over_or_missing(company, account, sync):
    EventTypeFactory.create(company=company, calcom_id=77)
    account.offer("Cut", id=78)
    EventTypeFactory.create(company=company, calcom_id=78, title="?")
    result = sync(force=True)
    assert (result.updated, result.missing) == (1, 1)
    assert EventType.objects.get(calcom_id=78).is_verified
    assert not EventType.objects.get(calcom_id=77).is_verified


def test_of_a_team_no_longer_asked_all_is_missing(company, account, sync):
    company.calcom_team_id = 5
    account.offer("Own")
    number = account.offer("Fifth", team=5)
    sync()
    company.calcom_team_id = None
    sync()
    assert sync().missing == 1
    assert not EventType.objects.get(calcom_id=number).is_listed
