"""What the bodies of webhooks hold, by trigger and by the path that led to it."""

from __future__ import annotations

import pytest

from calcom.sandbox.deliver import send_due_meetings
from tests.sandbox.bookings.desk import TUESDAY_TEN, Desk

POLICY = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
MEETINGS = ("MEETING_STARTED", "MEETING_ENDED")


@pytest.fixture
def hooked(desk: Desk) -> Desk:
    desk.subscribe()
    return desk


def test_created_carries_everything(hooked: Desk) -> None:
    places = [{"type": "address", "address": "Marktplatz 1", "public": True}]
    booked = hooked.book(hooked.event_type(locations=places), metadata={"crm": "1"})
    payload = hooked.received[0].payload
    assert (payload["uid"], payload["bookingId"], payload["status"]) == (booked["uid"], booked["id"], "ACCEPTED")
    assert (payload["startTime"], payload["endTime"]) == ("2027-01-05T08:00:00Z", "2027-01-05T09:00:00Z")
    assert (payload["metadata"], payload["length"], payload["iCalSequence"]) == ({"crm": "1"}, 60, 0)
    assert payload["organizer"]["utcOffset"] == payload["attendees"][0]["utcOffset"] == 60
    assert payload["attendees"][0]["firstName"] == ""
    assert payload["responses"]["location"]["value"] == {"value": "Marktplatz 1", "optionValue": ""}
    assert "value" not in payload["responses"]["notes"]
    assert "conferenceData" not in payload


def test_the_offset_follows_the_clock_of_the_day(hooked: Desk) -> None:
    hooked.book(hooked.event_type(), "2027-07-06T08:00:00Z")
    assert hooked.received[0].payload["organizer"]["utcOffset"] == 120


def test_own_fields_stand_twice(hooked: Desk) -> None:
    own = {"type": "text", "slug": "topic", "label": "Topic", "required": True, "placeholder": ""}
    hooked.book(hooked.event_type(bookingFields=[own]), bookingFieldsResponses={"topic": "x"})
    payload = hooked.received[0].payload
    assert payload["userFieldsResponses"] == {"topic": {"label": "Topic", "value": "x", "isHidden": False}}
    assert payload["responses"]["topic"] == payload["userFieldsResponses"]["topic"]
    assert payload["responses"]["name"]["label"] == "your_name"


def test_a_link_becomes_the_address_to_join_at(hooked: Desk) -> None:
    places = [{"type": "link", "link": "https://meet.example.com/olga", "public": True}]
    booked = hooked.book(hooked.event_type(locations=places))
    assert hooked.received[0].payload["metadata"] == {"videoCallUrl": "https://meet.example.com/olga"}
    assert booked["metadata"] == {}


def test_rescheduled_names_both_and_lacks_the_calendar_uid(hooked: Desk) -> None:
    old = hooked.book(hooked.event_type())
    new = hooked.act(old, "reschedule", {"start": TUESDAY_TEN, "rescheduledBy": "ida@example.com"}, key=None)
    payload = hooked.received[1].payload
    assert (payload["uid"], payload["rescheduleUid"], payload["rescheduleId"]) == (new["uid"], old["uid"], old["id"])
    assert payload["rescheduleStartTime"] == "2027-01-05T08:00:00Z"
    assert (payload["rescheduledBy"], payload["iCalSequence"]) == ("ida@example.com", 1)
    assert payload["location"] == payload["metadata"]["videoCallUrl"] == new["location"]
    assert payload["videoCallData"]["type"] == "daily_video"
    assert "iCalUID" not in payload


def test_cancelled_has_its_own_times_and_no_metadata(hooked: Desk) -> None:
    booked = hooked.book(hooked.event_type(), metadata={"crm": "1"})
    hooked.act(booked, "cancel", {"cancellationReason": "Ill"})
    payload = hooked.received[1].payload
    assert payload["startTime"] == "2027-01-05T08:00:00+00:00"
    assert (payload["status"], payload["cancellationReason"], payload["price"]) == ("CANCELLED", "Ill", None)
    assert (payload["iCalUID"], payload["iCalSequence"]) == (booked["icsUid"], 1)
    assert payload["requestReschedule"] is False
    assert not {"metadata", "cancelledBy"} & set(payload)


def test_a_booking_of_a_deleted_type_is_cancelled_with_bare_answers(hooked: Desk) -> None:
    event_type = hooked.event_type()
    booked = hooked.book(event_type)
    hooked.data("DELETE", f"/event-types/{event_type}")
    hooked.act(booked, "cancel", key=None)
    payload = hooked.received[1].payload
    assert payload["eventTypeId"] is None
    assert payload["responses"]["name"] == {"label": "name", "value": "Ida Berg"}


def test_requested_splits_the_name_and_keeps_the_metadata(hooked: Desk) -> None:
    hooked.book(hooked.event_type(confirmationPolicy=POLICY), metadata={"crm": "1"})
    payload = hooked.received[0].payload
    assert (payload["status"], payload["requiresConfirmation"]) == ("PENDING", True)
    assert (payload["attendees"][0]["firstName"], payload["attendees"][0]["lastName"]) == ("Ida", "Berg")
    assert payload["metadata"] == {"crm": "1"}
    assert payload["oneTimePassword"]
    assert "attendeePhoneNumber" not in payload["responses"]


def test_a_confirmation_loses_the_metadata(hooked: Desk) -> None:
    booked = hooked.book(hooked.event_type(confirmationPolicy=POLICY), metadata={"crm": "1"})
    hooked.act(booked, "confirm")
    payload = hooked.received[1].payload
    assert (hooked.received[1].trigger, payload["metadata"]) == ("BOOKING_CREATED", {})
    assert payload["startTime"] == "2027-01-05T08:00:00.000Z"
    assert not {"iCalUID", "iCalSequence"} & set(payload)


def test_a_request_after_a_move_has_no_link_but_the_chains_uid(hooked: Desk) -> None:
    first = hooked.book(hooked.event_type(confirmationPolicy=POLICY))
    hooked.act(first, "reschedule", {"start": TUESDAY_TEN}, key=None)
    payload = hooked.received[1].payload
    assert (hooked.received[1].trigger, payload["iCalUID"]) == ("BOOKING_REQUESTED", first["icsUid"])
    assert payload["iCalSequence"] == 1
    assert "rescheduleUid" not in payload


def test_asking_for_another_time_cancels_without_a_successor(hooked: Desk) -> None:
    booked = hooked.book(hooked.event_type())
    answer = hooked("POST", f"/bookings/{booked['uid']}/request-reschedule", {"rescheduleReason": "Ill"})
    assert answer.body == {"status": "success"}
    payload = hooked.received[1].payload
    assert (payload["requestReschedule"], payload["cancelledBy"]) == (True, "olga@example.test")
    assert "rescheduledToUid" not in hooked.look(booked)


def test_meetings_are_announced_when_their_time_has_come(desk: Desk) -> None:
    desk.subscribe(*MEETINGS)
    booked = desk.book(desk.event_type())
    desk.clock.forward(days=1, hours=1)
    assert _tick(desk) == ["MEETING_STARTED"]
    desk.clock.forward(hours=1)
    assert _tick(desk) == ["MEETING_ENDED"]
    assert _tick(desk) == []
    body = desk.received[0].json
    assert (body["uid"], body["status"], body["createdAt"]) == (booked["uid"], "ACCEPTED", "2027-01-04T07:00:00.000Z")
    assert "payload" not in body


def test_meetings_show_the_booking_as_it_was_made(desk: Desk) -> None:
    desk.subscribe(*MEETINGS)
    booked = desk.book(desk.event_type())
    desk.data("PATCH", f"/bookings/{booked['uid']}/location", {"location": {"type": "phone", "phone": "+4930123456"}})
    desk.clock.forward(days=1, hours=1)
    _tick(desk)
    assert desk.received[0].json["location"] == "integrations:daily"


def test_cancelled_moved_and_stale_meetings_are_silent(desk: Desk) -> None:
    desk.subscribe(*MEETINGS)
    event_type = desk.event_type()
    desk.act(desk.book(event_type), "cancel", key=None)
    desk.act(desk.book(event_type), "reschedule", {"start": "2027-01-08T08:00:00Z"}, key=None)
    desk.clock.forward(days=1, hours=3)
    assert _tick(desk) == []
    desk.clock.forward(days=9)
    assert _tick(desk) == []


def test_a_meeting_is_announced_once_it_was_confirmed(desk: Desk) -> None:
    desk.subscribe(*MEETINGS)
    booked = desk.book(desk.event_type(confirmationPolicy=POLICY))
    desk.act(booked, "confirm")
    desk.clock.forward(days=1, hours=1)
    assert _tick(desk) == ["MEETING_STARTED"]


def test_a_subscription_that_is_gone_gets_no_meeting(desk: Desk) -> None:
    webhook = desk.subscribe(*MEETINGS)
    desk.book(desk.event_type())
    desk.data("DELETE", f"/webhooks/{webhook}")
    desk.clock.forward(days=1, hours=1)
    assert _tick(desk) == []


def _tick(desk: Desk) -> list[str]:
    before = len(desk.received)
    send_due_meetings(desk.sandbox)
    return [one.trigger for one in desk.received[before:]]
