"""What a run has been told of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from calcom.sync.bookings.seen import Seen

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_the_same_booking_is_new_once():
    seen = Seen()
    assert [seen.add("one", NOON), seen.add("one", NOON), seen.add("two", NOON)] == [True, False, True]
    assert [uid in seen for uid in ("one", "two", "three")] == [True, True, False]


def test_as_of_another_change_it_is_new_again():
    seen = Seen()
    dates = [None, None, NOON, NOON, NOON + timedelta(milliseconds=1), None]
    assert [seen.add("one", date) for date in dates] == [True, False, True, False, True, True]


def test_what_was_forgotten_is_new():
    seen = Seen()
    seen.add("one", NOON)
    seen.clear()
    assert "one" not in seen
    assert seen.add("one", NOON)
