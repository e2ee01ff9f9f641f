"""Free slots and reservations. The client against a small Cal.com on a real socket."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import pytest

from calcom.client import CalcomClient
from calcom.errors import (
    CalcomNotFound,
    CalcomSlotTaken,
    CalcomUnavailable,
)
from calcom.sandbox.server import RunningSandbox
from calcom.schemas.event_types import EventTypeRead
from tests.calcom.client.desk import monday


def test_slots_come_in_both_formats_in_utc_and_within_what_was_asked(client: CalcomClient, haircut: EventTypeRead):
    asked: dict[str, Any] = {"starts_at": monday(9), "ends_at": monday(11)}
    with_ends = client.slots(haircut.id, **asked, with_ends=True)
    assert [slot.starts_at for slot in client.slots(haircut.id, **asked)] == [slot.starts_at for slot in with_ends]
    assert [slot.starts_at for slot in with_ends] == [monday(9), monday(9, 30), monday(10), monday(10, 30)]
    assert {slot.ends_at - slot.starts_at for slot in with_ends if slot.ends_at} == {timedelta(minutes=30)}
    assert all(slot.starts_at.tzinfo is UTC for slot in with_ends)


def test_a_day_that_ends_at_midnight_does_not_bring_the_next_one(client: CalcomClient, haircut: EventTypeRead):
    midnight = monday(0)
    days = {
        slot.starts_at.date()
        for slot in client.slots(haircut.id, starts_at=midnight - timedelta(days=3), ends_at=midnight)
    }
    assert midnight.date() not in days


def test_no_slots_is_not_the_same_as_no_event_type(client: CalcomClient, haircut: EventTypeRead):
    sunday = monday(0) - timedelta(days=1)
    assert list(client.slots(haircut.id, starts_at=sunday, ends_at=sunday + timedelta(days=1))) == []
    with pytest.raises(CalcomNotFound):
        client.slots(999_999, starts_at=sunday, ends_at=monday())


def test_a_reservation_hides_a_slot_until_it_is_released(client: CalcomClient, haircut: EventTypeRead):
    asked: dict[str, Any] = {"starts_at": monday(10), "ends_at": monday(10, 30)}
    held = client.reserve(haircut.id, starts_at=monday(10))
    assert list(client.slots(haircut.id, **asked)) == []
    with pytest.raises(CalcomSlotTaken):
        client.reserve(haircut.id, starts_at=monday(10))
    client.release(held.uid, event_type_id=haircut.id)
    assert client.reservation(held.uid) is None
    assert len(client.slots(haircut.id, **asked)) == 1


def test_a_reservation_can_be_moved(client: CalcomClient, haircut: EventTypeRead):
    held = client.reserve(haircut.id, starts_at=monday(10))
    moved = client.move_reservation(held.uid, event_type_id=haircut.id, starts_at=monday(11))
    assert (moved.uid, moved.starts_at) == (held.uid, monday(11))


def test_old_slots_are_served_and_marked_while_cal_com_is_away(
    client: CalcomClient, haircut: EventTypeRead, cal: RunningSandbox, settings
):
    asked: dict[str, Any] = {"starts_at": monday(9), "ends_at": monday(10)}
    kept = client.slots(haircut.id, **asked)
    cal.close()
    with pytest.raises(CalcomUnavailable):
        client.slots(haircut.id, **asked, fresh=True)
    assert list(client.slots(haircut.id, **asked)) == list(kept)
