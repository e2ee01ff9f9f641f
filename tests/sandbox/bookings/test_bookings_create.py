from __future__ import annotations

from threading import Thread

import pytest

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.bookings.desk import TUESDAY_ELEVEN, TUESDAY_NINE, TUESDAY_TEN, Desk

TAKEN = (400, "User either already has booking at this time or is not available")
CONFLICT = (409, "booking_conflict_error")


def test_a_stranger_books_a_free_hour(desk: Desk) -> None:
    booked = desk.book(desk.event_type(), metadata={"ticket": "7"})
    assert (booked["status"], booked["duration"], booked["title"]) == (
        "accepted",
        60,
        "Haircut between Olga Organizer and Ida Berg",
    )
    assert (booked["start"], booked["end"]) == ("2027-01-05T08:00:00.000Z", "2027-01-05T09:00:00.000Z")
    assert booked["metadata"] == {"ticket": "7"}
    assert booked["icsUid"] == f"{booked['uid']}@Cal.com"
    assert booked["isPlatformManagedUserBooking"] is False


def test_it_can_be_read_by_whoever_knows_the_uid(desk: Desk) -> None:
    booked = desk.book(desk.event_type())
    del booked["isPlatformManagedUserBooking"]
    for key in (None, OTHER_KEY):
        assert desk.data("GET", f"/bookings/{booked['uid']}", key=key) == booked


def test_the_slug_and_the_username_name_an_event_type_too(desk: Desk) -> None:
    desk.event_type(slug="trim")
    body = desk.order(0) | {"eventTypeSlug": "trim", "username": "olga"}
    del body["eventTypeId"]
    assert desk.data("POST", "/bookings", body, key=None)["eventType"]["slug"] == "trim"
    assert desk.refusal("POST", "/bookings", body | {"username": "nobody"}) == (
        404,
        "User with username nobody not found",
    )


@pytest.mark.parametrize("start", ["2027-01-05T09:00:00+01:00", "2027-01-05T08:00:00"])
def test_offsets_count_and_a_naive_time_is_utc(desk: Desk, start: str) -> None:
    assert desk.book(desk.event_type(), start)["start"] == "2027-01-05T08:00:00.000Z"


def test_a_taken_hour_is_refused_for_every_event_type_of_the_host(desk: Desk) -> None:
    event_type, other = desk.event_type(), desk.event_type()
    desk.book(event_type)
    assert desk.refused(event_type) == TAKEN
    assert desk.refused(other, "2027-01-05T08:30:00Z") == TAKEN
    assert desk.book(other, TUESDAY_TEN)["status"] == "accepted"


def test_what_cannot_be_booked_is_told(desk: Desk) -> None:
    soon = desk.event_type(minimumBookingNotice=10_000)
    assert desk.refused(soon, "2026-12-01T09:00:00Z") == (400, "Attempting to book a meeting in the past.")
    assert desk.refused(soon)[1].startswith('The event type can\'t be booked at the "start" time provided.')
    assert desk.refused(999) == (404, "Event type with id 999 not found.")


def test_a_length_must_be_one_of_the_offered(desk: Desk) -> None:
    event_type = desk.event_type(lengthInMinutesOptions=[30, 60])
    assert desk.book(event_type, lengthInMinutes=30)["duration"] == 30
    assert desk.refused(event_type, TUESDAY_TEN, lengthInMinutes=45) == (
        400,
        (
            "Provided 'lengthInMinutes' is not one of the possible lengths for the event type. "
            "The possible lengths are: 30, 60"
        ),
    )


def test_guests_come_without_a_name(desk: Desk) -> None:
    booked = desk.book(desk.event_type(), guests=["gast@example.com"])
    assert [attendee["name"] for attendee in booked["attendees"]] == ["Ida Berg", ""]
    assert booked["guests"] == ["gast@example.com"]
    assert booked["bookingFieldsResponses"]["displayGuests"] == ["gast@example.com"]


def test_every_broken_property_stands_in_one_text(desk: Desk) -> None:
    status, text = desk.refusal("POST", "/bookings", {}, key=None)
    assert status == 400
    assert text == (
        "start property is wrong,start must be a valid ISO 8601 date string , attendee property is wrong,attendee "
        "should not be null or undefined , eventTypeId or eventTypeSlug + username property is wrong,Either "
        "eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided "
    )


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"colour": 1}, "colour property is wrong,property colour should not exist "),
        ({"start": "soon"}, "start property is wrong,start must be a valid ISO 8601 date string "),
        (
            {"attendee": {"name": "I", "email": "i@example.com", "timeZone": "Europe/Nowhere"}},
            "attendee property is wrong, timeZone property is wrong,timeZone must be a valid IANA time-zone ",
        ),
        ({"metadata": {"k": 5}}, "metadata.k - Expected string, received number, "),
    ],
)
def test_a_wrong_property_is_refused_in_cal_coms_words(desk: Desk, more: dict[str, object], text: str) -> None:
    body = desk.order(desk.event_type()) | more
    assert desk.refusal("POST", "/bookings", body, key=None) == (400, text)


def test_a_list_is_no_body(desk: Desk) -> None:
    assert desk.refusal("POST", "/bookings", [], key=None) == (
        400,
        "undefined property is wrong,an unknown value was passed to the validate function ",
    )


def test_without_the_version_todays_body_lacks_what_was_required_then(desk: Desk) -> None:
    answer = desk("POST", "/bookings", desk.order(desk.event_type()), key=None, version=None)
    errors = answer.body["error"]["details"]["errors"]
    assert [error["property"] for error in errors] == ["timeZone", "language", "metadata"]
    assert errors[0]["target"] == {"eventTypeId": 1, "start": TUESDAY_NINE}


def test_a_type_that_requires_authentication_refuses_strangers(desk: Desk) -> None:
    event_type = desk.event_type(bookingRequiresAuthentication=True)
    assert desk.refused(event_type)[0] == 401
    assert desk.refusal("POST", "/bookings", desk.order(event_type), key=OTHER_KEY)[0] == 403
    assert desk.data("POST", "/bookings", desk.order(event_type))["status"] == "accepted"


def test_a_booker_may_hold_only_so_many(desk: Desk) -> None:
    event_type = desk.event_type(bookerActiveBookingsLimit={"maximumActiveBookings": 1})
    desk.book(event_type)
    text = "Attendee with this email can't book because the maximum number of active bookings has been reached."
    assert desk.refused(event_type, TUESDAY_TEN) == (400, text)
    assert desk.book(event_type, TUESDAY_TEN, name="Olaf Tal")["status"] == "accepted"


def test_identical_requests_race_and_one_wins(desk: Desk) -> None:
    event_type = desk.event_type()
    assert sorted(_at_once(desk, event_type, [TUESDAY_NINE, TUESDAY_NINE, TUESDAY_NINE])) == [201, 409, 409]
    assert len(desk.sandbox.world.bookings) == 1


def test_overlapping_requests_race_and_both_win(desk: Desk) -> None:
    assert _at_once(desk, desk.event_type(), [TUESDAY_NINE, "2027-01-05T08:30:00Z"]) == [201, 201]


def test_the_place_is_the_first_that_is_offered_unless_asked_for(desk: Desk) -> None:
    offered = [
        {"type": "address", "address": "Marktplatz 1", "public": True},
        {"type": "link", "link": "https://meet.example.com/olga", "public": True},
        {"type": "attendeePhone"},
    ]
    event_type = desk.event_type(locations=offered)
    assert desk.book(event_type)["location"] == "Marktplatz 1"
    linked = desk.book(event_type, TUESDAY_TEN, location={"type": "link"})
    assert linked["location"] == linked["meetingUrl"] == "https://meet.example.com/olga"
    called = desk.book(event_type, TUESDAY_ELEVEN, location={"type": "attendeePhone", "phone": "+4930123456"})
    assert called["bookingFieldsResponses"]["location"] == {"value": "phone", "optionValue": "+4930123456"}


def test_a_place_that_is_not_offered_is_refused(desk: Desk) -> None:
    event_type = desk.event_type(locations=[{"type": "attendeePhone"}])
    assert desk.refused(event_type, location={"type": "moon"}) == (
        400,
        (
            f"Booking location with type moon not valid for event type with id={event_type}. The event type has "
            "following location types: attendeePhone, and only these types are allowed for booking location."
        ),
    )


def _at_once(desk: Desk, event_type: int, starts: list[str]) -> list[int]:
    """The statuses of requests that all look whether the host is free before one of them writes."""
    desk.hold_writes(len(starts))
    statuses = [0] * len(starts)

    def ask(number: int) -> None:
        order = desk.order(event_type, starts[number], name=f"Guest{number} Tal")
        statuses[number] = desk("POST", "/bookings", order, key=None).status

    threads = [Thread(target=ask, args=(number,)) for number in range(len(starts))]
    for thread in threads:
        thread.start()
    desk.let_go_when_all_wait()
    for thread in threads:
        thread.join()
    return statuses
