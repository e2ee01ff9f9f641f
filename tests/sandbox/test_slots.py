"""Which slots are free. It is Monday morning in the sample; Berlin is an hour before UTC."""

from __future__ import annotations

import pytest

from tests.sandbox.caller import Caller

TUESDAY, WEDNESDAY = "2027-01-05", "2027-01-06"


@pytest.fixture
def api(api: Caller) -> Caller:
    api.office_hours(overrides=[{"date": WEDNESDAY, "startTime": "14:00", "endTime": "16:00"}])
    return api


def test_slots_fill_the_working_hours(api: Caller) -> None:
    assert api.starts(api.event_type(), TUESDAY) == ["09:00", "10:00", "11:00"]


def test_an_override_replaces_the_day(api: Caller) -> None:
    assert api.starts(api.event_type(), WEDNESDAY) == ["14:00", "15:00"]


def test_a_weekend_is_absent(api: Caller) -> None:
    assert api.starts(api.event_type(), "2027-01-09", to="2027-01-10") == []


def test_slots_are_grouped_by_the_day_of_the_asked_zone(api: Caller) -> None:
    path = f"/slots?eventTypeId={api.event_type()}&start={TUESDAY}&end={TUESDAY}&timeZone=Pacific/Auckland&format=range"
    slots = api.data("GET", path, key=None)
    assert slots[TUESDAY][0] == {"start": "2027-01-05T21:00:00.000+13:00", "end": "2027-01-05T22:00:00.000+13:00"}


def test_without_a_zone_slots_are_in_utc(api: Caller) -> None:
    path = f"/slots?eventTypeId={api.event_type()}&start={TUESDAY}&end={TUESDAY}"
    assert api.data("GET", path, key=None)[TUESDAY][0] == {"start": "2027-01-05T08:00:00.000Z"}


def test_bounds_may_be_times(api: Caller) -> None:
    number = api.event_type(slotInterval=30)
    assert api.starts(number, f"{TUESDAY}T09:00:00Z", to=f"{TUESDAY}T10:30:00Z") == ["10:00", "10:30"]


def test_an_end_at_midnight_means_the_whole_day(api: Caller) -> None:
    assert api.starts(api.event_type(), TUESDAY, to=f"{TUESDAY}T00:00:00Z") == ["09:00", "10:00", "11:00"]


def test_an_end_before_the_start_finds_nothing(api: Caller) -> None:
    assert api.starts(api.event_type(), WEDNESDAY, to=TUESDAY) == []


def test_the_interval_and_the_offset_set_the_pace(api: Caller) -> None:
    assert api.starts(api.event_type(slotInterval=30), TUESDAY) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    number = api.event_type(lengthInMinutes=30, offsetStart=10)
    assert api.starts(number, TUESDAY) == ["09:10", "09:50", "10:30", "11:10"]


def test_the_notice_hides_what_is_too_soon(api: Caller) -> None:
    assert api.starts(api.event_type(minimumBookingNotice=90), "2027-01-04") == ["10:00", "11:00"]


def test_the_first_slot_of_today_is_on_a_round_minute(api: Caller) -> None:
    api.clock.forward(minutes=67)
    assert api.starts(api.event_type(lengthInMinutes=20), "2027-01-04")[0] == "09:20"


@pytest.mark.parametrize(
    ("window", "last"),
    [
        ({"type": "calendarDays", "value": 2}, "2027-01-06"),
        ({"type": "businessDays", "value": 5}, "2027-01-11"),
        ({"type": "range", "value": ["2027-01-07", "2027-01-08"]}, "2027-01-08"),
    ],
)
def test_the_booking_window_ends_the_offer(api: Caller, window: dict[str, object], last: str) -> None:
    path = f"/slots?eventTypeId={api.event_type(bookingWindow=window)}&start=2027-01-04&end=2027-01-31"
    assert list(api.data("GET", path, key=None))[-1] == last


def test_a_booking_takes_its_time_from_all_event_types_of_the_host(api: Caller) -> None:
    booked, other = api.event_type(), api.event_type(slotInterval=30)
    api.book(booked, f"{TUESDAY}T09:00:00Z")
    assert api.starts(other, TUESDAY) == ["09:00", "11:00"]


def test_buffers_keep_a_distance_to_bookings(api: Caller) -> None:
    booked = api.event_type(afterEventBuffer=15)
    other = api.event_type(lengthInMinutes=15, beforeEventBuffer=15)
    api.book(booked, f"{TUESDAY}T08:00:00Z")
    assert api.starts(other, TUESDAY)[0] == "10:30"


def test_a_booking_that_moves_does_not_stand_in_its_own_way(api: Caller) -> None:
    number = api.event_type()
    booking = api.book(number, f"{TUESDAY}T09:00:00Z")
    assert api.starts(number, TUESDAY) == ["09:00", "11:00"]
    assert api.starts(number, TUESDAY, bookingUidToReschedule=booking["uid"]) == ["09:00", "10:00", "11:00"]


@pytest.mark.parametrize(("blocks", "free"), [(True, ["10:00", "11:00"]), (False, ["09:00", "10:00", "11:00"])])
def test_an_unconfirmed_booking_blocks_where_its_type_says_so(api: Caller, blocks: bool, free: list[str]) -> None:
    number = api.event_type(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": blocks})
    api.book(number, f"{TUESDAY}T08:00:00Z")
    assert api.starts(number, TUESDAY) == free


def test_a_cancelled_booking_frees_its_time(api: Caller) -> None:
    number = api.event_type()
    booking = api.book(number, f"{TUESDAY}T08:00:00Z")
    api.data("POST", f"/bookings/{booking['uid']}/cancel", {"cancellationReason": "ill"})
    assert api.starts(number, TUESDAY) == ["09:00", "10:00", "11:00"]


def test_a_limit_per_day_closes_the_day(api: Caller) -> None:
    number = api.event_type(bookingLimitsCount={"day": 1})
    api.book(number, f"{TUESDAY}T08:00:00Z")
    assert api.starts(number, TUESDAY) == []
    assert api.starts(number, WEDNESDAY) == ["14:00", "15:00"]


def test_a_limit_of_minutes_closes_the_week(api: Caller) -> None:
    number = api.event_type(bookingLimitsDuration={"week": 60})
    api.book(number, f"{TUESDAY}T08:00:00Z")
    assert api.starts(number, TUESDAY, to="2027-01-11") == ["09:00", "10:00", "11:00"]


def test_a_length_may_be_chosen(api: Caller) -> None:
    number = api.event_type(lengthInMinutesOptions=[60, 90])
    assert api.starts(number, TUESDAY, duration="90") == ["09:00", "10:30"]


def test_a_length_that_is_not_offered_is_calculated_all_the_same(api: Caller) -> None:
    assert api.starts(api.event_type(), TUESDAY, duration="180") == ["09:00"]


def test_seats_are_counted_until_none_is_left(api: Caller) -> None:
    number = api.event_type(seats={"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True})
    path = f"/slots?eventTypeId={number}&start={TUESDAY}&end={TUESDAY}"
    made = api.book(number, f"{TUESDAY}T08:00:00Z")
    first = api.data("GET", path, key=None)[TUESDAY][0]
    counts = {"seatsBooked": 1, "seatsRemaining": 1, "seatsTotal": 2, "bookingUid": made["uid"]}
    assert first == counts | {"start": "2027-01-05T08:00:00.000Z"}
    guest = {"name": "Ada Lind", "email": "ada@example.com", "timeZone": "Europe/Berlin"}
    api.book(number, f"{TUESDAY}T08:00:00Z", attendee=guest)
    assert api.starts(number, TUESDAY) == ["10:00", "11:00"]


def test_slots_are_found_by_name_too(api: Caller) -> None:
    api.event_type(slug="cut")
    path = f"/slots?username=olga&eventTypeSlug=cut&start={TUESDAY}&end={TUESDAY}"
    assert len(api.data("GET", path, key=None)[TUESDAY]) == 3


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("eventTypeId=1&start=2027-01-05", "end property is wrong,end must be a valid ISO 8601 date string "),
        (
            "eventTypeId=1&start=2027-13-40&end=2027-01-05",
            "start property is wrong,start must be a valid ISO 8601 date string ",
        ),
        (
            "eventTypeId=1&start=2027-01-05&end=2027-01-05&timeZone=Mars/Base",
            "timeZone property is wrong,timeZone must be a valid IANA time-zone ",
        ),
        (
            "eventTypeId=1&start=2027-01-05&end=2027-01-05&format=list",
            "format property is wrong,slotFormat must be either 'range' or 'time' ",
        ),
        (
            "eventTypeId=1&start=2027-01-05&end=2027-01-05&foo=bar",
            "foo property is wrong,property foo should not exist ",
        ),
    ],
)
def test_a_wrong_question_is_refused_by_name(api: Caller, question: str, message: str) -> None:
    assert api.refusal("GET", f"/slots?{question}", key=None) == (400, message)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("eventTypeId=999", "Event Type not found"),
        ("username=nobody&eventTypeSlug=x", "User with username nobody not found"),
        ("teamSlug=none&eventTypeSlug=x", "Team with slug none not found"),
    ],
)
def test_what_is_not_there_is_not_found(api: Caller, selector: str, message: str) -> None:
    assert api.refusal("GET", f"/slots?{selector}&start={TUESDAY}&end={TUESDAY}", key=None) == (404, message)
