"""Bookings are made and refused. The client against a small Cal.com on a real socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from calcom.client import CalcomClient
from calcom.client.base import utc
from calcom.client.bookings import BookingRequest, metadata_of
from calcom.errors import (
    CalcomRejected,
    CalcomSlotTaken,
)
from calcom.schemas.event_types import EventTypeRead
from tests.calcom.client.desk import ANNA, BERT, booked, monday


def test_a_booking_is_made_looked_up_and_listed(client: CalcomClient, haircut: EventTypeRead):
    request = BookingRequest(haircut.id, monday(), ANNA, metadata={"slotkeeper_ref": 17}, guests=["gast@example.com"])
    [made] = client.create_booking(request)
    assert (made.status, made.starts_at, made.event_type_id) == ("accepted", monday(), haircut.id)
    assert made.metadata == {"slotkeeper_ref": "17"}
    assert client.booking(made.uid).attendees[0].email == "anna@example.com"
    assert [one.uid for one in client.bookings()] == [made.uid]


def test_a_booked_slot_is_gone_at_once_though_slots_are_kept(client: CalcomClient, haircut: EventTypeRead):
    asked: dict[str, Any] = {"starts_at": monday(10), "ends_at": monday(11)}
    assert len(client.slots(haircut.id, **asked)) == 2
    booked(client, haircut)
    assert [slot.starts_at for slot in client.slots(haircut.id, **asked)] == [monday(10, 30)]


def test_a_taken_time_is_its_own_error(client: CalcomClient, haircut: EventTypeRead):
    booked(client, haircut)
    with pytest.raises(CalcomSlotTaken):
        booked(client, haircut, booker=BERT)


def test_what_cal_com_refuses_comes_in_its_own_words(client: CalcomClient, haircut: EventTypeRead):
    with pytest.raises(CalcomRejected) as caught:
        booked(client, haircut, at=timezone.now() - timedelta(days=1))
    assert caught.value.reason == "Attempting to book a meeting in the past."


def test_times_without_a_zone_are_never_sent(client: CalcomClient, haircut: EventTypeRead):
    with pytest.raises(ValueError, match="zone"):
        client.slots(haircut.id, starts_at=datetime(2027, 1, 4), ends_at=datetime(2027, 1, 5))
    assert utc(datetime(2027, 1, 4, 9, 0, 0, 123_456, UTC)) == "2027-01-04T09:00:00.123Z"


@pytest.mark.parametrize("metadata", [{"k" * 41: "v"}, {"k": "v" * 501}, {str(n): "v" for n in range(51)}])
def test_metadata_beyond_cal_coms_limits_is_refused_here(metadata: dict[str, str]):
    with pytest.raises(ValueError, match="metadata"):
        metadata_of(metadata)
