"""Lists of bookings, their filters and versions. The client against a small Cal.com on a real socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calcom.client import CalcomClient
from calcom.client.filters import BookingFilter
from calcom.errors import (
    CalcomVersionMismatch,
)
from calcom.schemas.event_types import EventTypeRead
from companies.models import Company
from tests.calcom.client.desk import BERT, booked, monday, offered


def test_lists_are_read_to_their_end_and_each_booking_comes_once(client: CalcomClient, connected: Company):
    short = offered(client, lengthInMinutes=5, slotInterval=5)
    connected.requests_per_minute = 1000
    client = CalcomClient(connected)
    for number in range(103):
        booked(client, short, at=monday(9) + timedelta(days=number // 60 % 4, minutes=5 * (number % 60)))
    assert len({one.uid for one in client.bookings()}) == 103


def test_every_filter_is_sent_in_cal_coms_words():
    at = datetime(2027, 1, 4, 9, tzinfo=UTC)
    wanted = BookingFilter(
        status=["upcoming", "past"],
        attendee_email="anna+test@example.com",
        attendee_name="Anna",
        booking_uid="u",
        event_type_ids=[1, 2],
        team_ids=[3],
        starts_after=at,
        ends_before=at,
        created_after=at,
        created_before=at,
        updated_after=at,
        updated_before=at,
        sort="-updatedAt",
    )
    assert wanted.query() == {
        "status": "upcoming,past",
        "attendeeEmail": "anna+test@example.com",
        "attendeeName": "Anna",
        "bookingUid": "u",
        "eventTypeIds": "1,2",
        "teamsIds": "3",
        **dict.fromkeys(["afterStart", "beforeEnd", "afterCreatedAt", "beforeCreatedAt"], "2027-01-04T09:00:00Z"),
        **dict.fromkeys(["afterUpdatedAt", "beforeUpdatedAt"], "2027-01-04T09:00:00Z"),
        "sortUpdatedAt": "desc",
    }


def test_lists_can_be_narrowed(client: CalcomClient, haircut: EventTypeRead):
    first, second = booked(client, haircut), booked(client, haircut, booker=BERT, at=monday(12))
    client.cancel_booking(second.uid, reason="ill")
    assert [one.uid for one in client.bookings(BookingFilter(status=["upcoming"]))] == [first.uid]
    assert [one.uid for one in client.bookings(BookingFilter(attendee_email="bert@example.com"))] == [second.uid]
    assert [one.uid for one in client.bookings(BookingFilter(starts_after=monday(11)))] == [second.uid]


def test_a_wrong_version_is_noticed_and_never_read(connected: Company, client: CalcomClient, haircut: EventTypeRead):
    booked(client, haircut)
    connected.calcom_api_versions = {"booking_list": "2024-06-14", "bookings": "2024-06-14", "event_types": ""}
    wrong = CalcomClient(connected)
    for read in (lambda: list(wrong.bookings()), lambda: wrong.event_types(fresh=True)):
        with pytest.raises(CalcomVersionMismatch, match="API versions"):
            read()


def test_an_address_of_another_version_is_no_missing_booking(connected: Company, haircut: EventTypeRead):
    connected.calcom_api_versions = {"slots": "2024-08-13"}
    with pytest.raises(CalcomVersionMismatch):
        CalcomClient(connected).slots(haircut.id, starts_at=monday(9), ends_at=monday(10))
