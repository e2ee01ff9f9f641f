"""What the booking in a body is said to be."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from appointments.backends import SeatChange
from calcom.envelope import open_envelope
from calcom.mapping import Reading, absences, redacted, snapshot
from tests.deliveries.bodies import cancelled, created, encode, rescheduled, seat_cancelled, seat_moved, seats_cancelled
from tests.deliveries.cast import ADA, BEN, COURSE, GUEST, LENA, Booking

CUT1 = Booking("cut1", 11, people=(LENA, GUEST))
SEATS = Booking("seats1", 12, event_type=COURSE, people=(ADA, BEN))


def read(body, *, status="confirmed", **payload):
    envelope = open_envelope(encode(body))
    return snapshot(envelope.payload | payload, Reading(status=status), sent_at=envelope.sent_at, delivery_id=None)


def test_a_booking_is_read_whole():
    told = read(created(CUT1, "09:00"))
    assert (told.uid, told.booking_id, told.event_type_id) == ("cut1", 11, 7101)
    assert told.starts_at == datetime(2026, 12, 8, 9, tzinfo=UTC)
    assert [(who.email, who.is_guest) for who in told.attendees] == [(LENA.email, False), (GUEST.email, True)]
    assert (told.is_seated, told.replaces) == (False, None)


def test_a_move_names_what_it_replaces():
    told = read(rescheduled(Booking("cut2", 12, "11:00"), CUT1, "10:00"))
    assert (told.replaces.uid, told.replaces.booking_id) == ("cut1", 11)
    assert told.is_move


def test_e_mail_addresses_are_compared_in_lower_case():
    told = read(created(CUT1, "09:00"), attendees=[{"email": " Lena@Example.COM ", "name": "Lena"}])
    assert told.attendees[0].email == "lena@example.com"


@pytest.mark.parametrize(
    ("body", "status", "change"),
    [
        (seat_cancelled(SEATS, ADA, "10:00"), "confirmed", SeatChange.LEFT),
        (seats_cancelled(SEATS, [ADA], "10:00"), "confirmed", SeatChange.PERHAPS_LEFT),
        (seats_cancelled(SEATS, [ADA, BEN], "10:00"), "cancelled", SeatChange.LEFT),
        (cancelled(CUT1, "10:00"), "cancelled", SeatChange.JOINED),
    ],
    ids=["one seat", "who knows", "all seats", "not seated"],
)
def test_a_cancellation_may_mean_one_seat_or_all(body, status, change):
    told = read(body, status="cancelled")
    assert (told.status, told.seat_change) == (status, change)


@pytest.mark.parametrize(
    ("price", "currency", "expected"),
    [(4550, "eur", Decimal("45.5")), (4550, "jpy", Decimal(4550)), (0, "usd", None), (None, "usd", None)],
)
def test_a_price_comes_in_minor_units_and_nought_is_no_price(price, currency, expected):
    assert read(created(CUT1, "09:00"), price=price, currency=currency).price == expected


@pytest.mark.parametrize("metadata", [{}, None, {"videoCallUrl": "https://example.com/v"}])
def test_metadata_that_says_nothing_does_not_replace_any(metadata):
    assert read(created(CUT1, "09:00"), metadata=metadata).metadata is None


def test_a_zone_that_nobody_knows_is_passed_over():
    strange = [{"email": "a@example.com", "timeZone": "Mars/Olympus"}]
    assert read(created(CUT1, "09:00"), attendees=strange).time_zone == ""


def test_passwords_are_blanked_at_every_depth():
    body = {"oneTimePassword": "x", "a": [{"videoCallData": {"password": "y", "url": "z"}}], "password": None}
    assert redacted(body) == {
        "oneTimePassword": "…",
        "a": [{"videoCallData": {"password": "…", "url": "z"}}],
        "password": None,
    }


def test_a_seat_that_moves_is_no_move_of_the_booking():
    told = read(seat_moved(Booking("seats2", 13, "11:00", event_type=COURSE, people=(ADA,)), SEATS, [ADA], "10:00"))
    assert not told.is_move
    assert told.replaces.uid == "seats1"


def test_ids_that_are_null_or_unknown_are_nothing():
    people = [{"id": None, "email": "a@example.com"}, {"id": "unknown", "email": "b@example.com"}]
    told = read(created(CUT1, "09:00"), organizer={"id": None, "name": "Mira"}, attendees=people)
    assert told.host_id is None
    assert [person.email for person in told.attendees] == ["a@example.com", "b@example.com"]


def test_an_address_that_cal_com_made_up_is_a_phone_number():
    made_up = {"email": "+4930123456@sms.cal.com", "name": "Lena"}
    told = read(created(CUT1, "09:00"), attendees=[made_up], cancelledBy="4930123456@sms.cal.com")
    assert [(one.email, one.phone) for one in told.attendees] == [("", "+4930123456")]
    assert told.cancelled_by == "+4930123456"


def test_who_did_not_come_is_told_by_phone_where_there_is_no_address():
    payload = {"bookingUid": "cut1", "attendees": [{"email": "4930123456@sms.cal.com", "noShow": True}]}
    assert absences(payload, sent_at=None, delivery_id=None).absences == {"+4930123456": True}
