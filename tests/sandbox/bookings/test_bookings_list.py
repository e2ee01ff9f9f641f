from __future__ import annotations

from typing import Any

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.bookings.desk import TUESDAY_NINE, TUESDAY_TEN, Desk

STARTS = (TUESDAY_NINE, TUESDAY_TEN, "2027-01-06T08:00:00Z")


@pytest.fixture
def three(desk: Desk) -> list[Any]:
    event_type = desk.event_type()
    names = ("Ida Berg", "Olaf Tal", "Ute Au")
    return [desk.book(event_type, start, name=name) for start, name in zip(STARTS, names, strict=True)]


def _ids(desk: Desk, query: str = "", **more: Any) -> list[int]:
    return [booking["id"] for booking in desk.data("GET", f"/bookings{query}", **more)]


def test_the_soonest_comes_first_and_pages_are_counted(desk: Desk, three: list[Any]) -> None:
    answer = desk("GET", "/bookings?take=2&skip=2")
    assert [booking["id"] for booking in answer.body["data"]] == [three[2]["id"]]
    assert answer.body["pagination"] == {
        "returnedItems": 1,
        "totalItems": 3,
        "itemsPerPage": 2,
        "remainingItems": 0,
        "currentPage": 2,
        "totalPages": 2,
        "hasNextPage": False,
        "hasPreviousPage": True,
    }


def test_a_page_beyond_the_end_is_the_last_one(desk: Desk, three: list[Any]) -> None:
    pagination = desk("GET", "/bookings?take=2&skip=1000").body["pagination"]
    assert (pagination["currentPage"], pagination["returnedItems"], pagination["hasNextPage"]) == (2, 0, False)


def test_others_see_nothing_and_attendees_their_own(desk: Desk, three: list[Any]) -> None:
    assert desk("GET", "/bookings", key=OTHER_KEY).body["pagination"]["totalPages"] == 0
    desk.sandbox.world.users[2].email = "olaf@example.com"
    assert _ids(desk, key=OTHER_KEY) == [three[1]["id"]]
    assert desk.refusal("GET", "/bookings", key=None)[0] == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("attendeeEmail=olaf@example.com", [1]),
        ("attendeeName=Ute%20Au", [2]),
        ("eventTypeId=1", [0, 1, 2]),
        ("afterStart=2027-01-05T09:00:00Z&beforeEnd=2027-01-06T00:00:00Z", [1]),
        ("sortStart=desc&take=2", [2, 1]),
        ("sortCreated=desc", [2, 1, 0]),
        ("unknown=1", [0, 1, 2]),
    ],
)
def test_a_filter_leaves_what_fits(desk: Desk, three: list[Any], query: str, found: list[int]) -> None:
    assert _ids(desk, f"?{query}") == [three[number]["id"] for number in found]


def test_views_are_not_states(desk: Desk, three: list[Any]) -> None:
    ids = [booking["id"] for booking in three]
    desk.act(three[1], "cancel", key=None)
    desk.clock.forward(days=1, hours=12)
    assert _ids(desk, "?status=past") == [ids[0]]
    assert _ids(desk, "?status=cancelled") == [ids[1]]
    assert _ids(desk, "?status=upcoming") == [ids[2]]
    assert _ids(desk, "?status=upcoming,past") == [ids[0], ids[2]]
    assert _ids(desk, "?status=recurring") == _ids(desk, "?status=unconfirmed") == []


def test_past_and_cancelled_come_latest_first(desk: Desk, three: list[Any]) -> None:
    for booking in three[:2]:
        desk.act(booking, "cancel", key=None)
    assert _ids(desk, "?status=cancelled") == [three[1]["id"], three[0]["id"]]


def test_the_counters_do_not_know_the_filters_by_update(desk: Desk, three: list[Any]) -> None:
    desk.clock.forward(hours=1)
    desk.act(three[0], "cancel", key=None)
    answer = desk("GET", "/bookings?afterUpdatedAt=2027-01-04T07:30:00Z")
    assert [booking["id"] for booking in answer.body["data"]] == [three[0]["id"]]
    assert answer.body["pagination"]["returnedItems"] == 3


def test_a_booking_that_was_never_updated_matches_no_filter_by_update(desk: Desk, three: list[Any]) -> None:
    desk.sandbox.world.bookings[three[0]["uid"]].updated_at = None
    assert _ids(desk, "?afterUpdatedAt=2020-01-01T00:00:00Z") == [three[1]["id"], three[2]["id"]]


@pytest.mark.parametrize(
    ("query", "constraints"),
    [
        ("take=0", {"min": "take must not be less than 1"}),
        ("take=251", {"max": "take must not be greater than 250"}),
        ("skip=-1", {"min": "skip must not be less than 0"}),
        (
            "status=accepted",
            {"isEnum": "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed"},
        ),
        ("afterStart=then", {"isIso8601": "fromDate must be a valid ISO 8601 date."}),
        ("afterCreatedAt=2027-01-04T08:00:00+01:00", {"isIso8601": "fromDate must be a valid ISO 8601 date."}),
        ("sortStart=up", {"isEnum": 'SortStart must be either "asc" or "desc".'}),
    ],
)
def test_a_wrong_filter_is_refused(desk: Desk, query: str, constraints: dict[str, str]) -> None:
    answer = desk("GET", f"/bookings?{query}")
    assert answer.status == 400
    assert answer.body["error"]["details"]["errors"][0]["constraints"] == constraints


def test_an_event_type_of_nobody_is_an_error(desk: Desk) -> None:
    assert desk.refusal("GET", "/bookings?eventTypeId=999") == (400, "The requested event-types do not exist.")


@pytest.mark.parametrize("version", [None, "2099-01-01", "2024-06-14"])
def test_without_the_version_the_old_list_answers(desk: Desk, three: list[Any], version: str | None) -> None:
    desk.act(three[0], "cancel", key=None)
    data = desk.data("GET", "/bookings?take=1&limit=1", version=version)
    assert set(data) == {"bookings", "recurringInfo", "totalCount", "nextCursor"}
    assert (data["totalCount"], data["nextCursor"]) == (2, 1)
    assert data["bookings"][0]["startTime"] == "2027-01-05T09:00:00.000Z"
    assert data["bookings"][0]["eventType"]["bookingFields"][0]["name"] == "name"


def test_without_the_version_a_booking_has_its_old_shape(desk: Desk, three: list[Any]) -> None:
    old = desk.data("GET", f"/bookings/{three[0]['uid']}", version=None)
    assert (old["status"], old["user"]["username"]) == ("ACCEPTED", "olga")
    assert old["responses"] == {"name": "Ida Berg", "email": "ida@example.com"}
