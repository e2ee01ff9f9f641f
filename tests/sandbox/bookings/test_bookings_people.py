from __future__ import annotations

from typing import Any

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.bookings.desk import Desk


@pytest.fixture
def booking(desk: Desk) -> Any:
    return desk.book(desk.event_type())


def _emails(desk: Desk, booking: Any) -> list[str]:
    return [one["email"] for one in desk.data("GET", f"/bookings/{booking['uid']}/attendees")]


def test_guests_are_added_to_attendees_and_answers(desk: Desk, booking: Any) -> None:
    changed = desk.act(booking, "guests", {"guests": [{"email": "gast@example.com", "name": "Gast"}]})
    assert changed["guests"] == ["gast@example.com"]
    assert changed["attendees"][1]["name"] == "Gast"


def test_an_attendee_is_added_and_removed_by_number(desk: Desk, booking: Any) -> None:
    body = {"name": "Olaf Tal", "email": "olaf@example.com", "timeZone": "Europe/Berlin"}
    added = desk.data("POST", f"/bookings/{booking['uid']}/attendees", body)
    assert added["bookingId"] == booking["id"]
    assert _emails(desk, booking) == ["ida@example.com", "olaf@example.com"]
    path = f"/bookings/{booking['uid']}/attendees/{added['id']}"
    assert desk.data("GET", path)["email"] == "olaf@example.com"
    assert desk.data("DELETE", path)["id"] == added["id"]
    assert _emails(desk, booking) == ["ida@example.com"]


def test_the_booker_stays(desk: Desk, booking: Any) -> None:
    booker = desk.data("GET", f"/bookings/{booking['uid']}/attendees")[0]["id"]
    assert desk.refusal("DELETE", f"/bookings/{booking['uid']}/attendees/{booker}")[0] == 400


def test_strangers_change_nobody(desk: Desk, booking: Any) -> None:
    body = {"guests": [{"email": "gast@example.com"}]}
    assert desk.act_refused(booking, "guests", body, key=None)[0] == 403
    assert desk.act_refused(booking, "guests", body, key=OTHER_KEY)[0] == 403


def test_too_many_at_once_and_in_all(desk: Desk, booking: Any) -> None:
    ten = [[{"email": f"g{part}{number}@example.com"} for number in range(10)] for part in range(3)]
    eleven = [*ten[0], {"email": "one@example.com"}]
    assert desk.act_refused(booking, "guests", {"guests": eleven})[0] == 400
    desk.act(booking, "guests", {"guests": ten[0]})
    desk.act(booking, "guests", {"guests": ten[1]})
    assert desk.act_refused(booking, "guests", {"guests": ten[2]})[1].startswith(
        "Cannot add 10 guests. This booking already has 21 attendees."
    )


def test_the_place_is_changed_and_the_uid_stays(desk: Desk, booking: Any) -> None:
    location = {"type": "link", "link": "https://meet.example.com/new"}
    changed = desk.data("PATCH", f"/bookings/{booking['uid']}/location", {"location": location})
    assert (changed["uid"], changed["location"]) == (booking["uid"], "https://meet.example.com/new")
    assert changed["bookingFieldsResponses"]["location"] == {"value": "link", "optionValue": ""}


def test_an_unknown_kind_of_place_is_refused(desk: Desk, booking: Any) -> None:
    answer = desk("PATCH", f"/bookings/{booking['uid']}/location", {"location": {"type": "moon"}})
    assert answer.status == 400
    constraints = answer.body["error"]["details"]["errors"][0]["constraints"]
    assert "Unsupported booking location type 'moon'." in constraints["ValidateUpdateLocation"]


def test_links_and_references_hang_on_a_booking(desk: Desk, booking: Any) -> None:
    links = desk.data("GET", f"/bookings/{booking['uid']}/calendar-links")
    assert [link["id"] for link in links] == ["googleCalendar", "microsoftOffice", "microsoftOutlook", "ics"]
    assert "dates=20270105T080000Z/20270105T090000Z" in links[0]["link"]
    assert desk.data("GET", f"/bookings/{booking['uid']}/references")[0]["type"] == "daily_video"
    assert desk.refusal("GET", f"/bookings/{booking['uid']}/recordings")[0] == 404
