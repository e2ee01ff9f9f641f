"""The client against a small Cal.com on a real socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from calcom import guard
from calcom.account import access_of
from calcom.client import CalcomClient
from calcom.client.base import utc
from calcom.client.bookings import Booker, BookingRequest, metadata_of
from calcom.client.filters import BookingFilter
from calcom.errors import (
    CalcomAuthFailed,
    CalcomError,
    CalcomMisconfigured,
    CalcomNotFound,
    CalcomRateLimited,
    CalcomRejected,
    CalcomSlotTaken,
    CalcomUnavailable,
    CalcomUnclear,
    CalcomVersionMismatch,
)
from calcom.guard import Lane
from calcom.sandbox.faults import Rule
from calcom.sandbox.sample import EXPIRED_KEY, OTHER_KEY, TINY_KEY
from calcom.sandbox.server import RunningSandbox
from calcom.schemas.event_types import EventTypeRead
from companies.models import Company

ALWAYS = [{"days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]}]
ANNA = Booker("Anna Beispiel", "Europe/Berlin", email="anna@example.com", language="de")
BERT = Booker("Bert Muster", "Europe/Berlin", email="bert@example.com")


@pytest.fixture
def client(connected: Company) -> CalcomClient:
    return CalcomClient(connected)


@pytest.fixture
def haircut(client: CalcomClient) -> EventTypeRead:
    return offered(client)


def offered(client: CalcomClient, **fields: object) -> EventTypeRead:
    return client.create_event_type(**{"title": "Haircut", "slug": "haircut", "lengthInMinutes": 30, **fields})


def monday(hour: int = 10, minute: int = 0) -> datetime:
    """A time on the Monday after next, UTC: open at Cal.com by default, and never within a minimum notice."""
    day = timezone.now().astimezone(UTC) + timedelta(days=14 - timezone.now().astimezone(UTC).weekday())
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def booked(client: CalcomClient, event_type: EventTypeRead, *, booker: Booker = ANNA, at: datetime | None = None):
    return client.create_booking(BookingRequest(event_type.id, at or monday(), booker))[0]


def test_who_the_key_belongs_to(client: CalcomClient):
    assert (client.me().username, client.me().time_zone) == ("olga", "Europe/Berlin")


@pytest.mark.parametrize("key", ["cal_live_nobodys_key", EXPIRED_KEY, "of-another-server"])
def test_a_wrong_key_is_said_so_and_not_shown(connected: Company, key: str):
    connected.calcom_api_key = key
    with pytest.raises(CalcomAuthFailed) as caught:
        CalcomClient(connected).me()
    assert key not in str(caught.value)
    assert connected.name in str(caught.value)


def test_event_types_are_listed_with_what_was_entered(client: CalcomClient, haircut: EventTypeRead):
    [listed] = client.event_types(fresh=True)
    assert (listed.id, listed.title, listed.slug, listed.length_in_minutes) == (haircut.id, "Haircut", "haircut", 30)
    assert listed.host_ids == [client.me().id]


def test_an_event_type_can_be_changed_and_is_not_shown_to_others(
    client: CalcomClient, connected: Company, haircut: EventTypeRead
):
    assert client.update_event_type(haircut.id, title="Haircut long", lengthInMinutes=60).length_in_minutes == 60
    assert client.event_type(haircut.id).title == "Haircut long"
    connected.calcom_api_key = OTHER_KEY
    with pytest.raises(CalcomNotFound):
        CalcomClient(connected).event_type(haircut.id)


def test_a_list_of_event_types_that_a_change_made_wrong_is_not_kept(client: CalcomClient, haircut: EventTypeRead):
    assert [one.title for one in client.event_types()] == ["Haircut"]
    client.update_event_type(haircut.id, title="Trim")
    assert [one.title for one in client.event_types()] == ["Trim"]


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


def test_a_move_gives_a_new_uid_and_the_old_one_points_to_it(client: CalcomClient, haircut: EventTypeRead):
    old = booked(client, haircut)
    new = client.reschedule_booking(old.uid, starts_at=monday(11), reason="later")
    assert new.uid != old.uid
    assert (new.rescheduled_from_uid, client.booking(old.uid).rescheduled_to_uid) == (old.uid, new.uid)


def test_a_cancelled_booking_stays_cancelled(client: CalcomClient, haircut: EventTypeRead):
    made = booked(client, haircut)
    [gone] = client.cancel_booking(made.uid, reason="ill")
    assert (gone.status, gone.cancellation_reason) == ("cancelled", "ill")
    with pytest.raises(CalcomRejected, match="cancelled already"):
        client.cancel_booking(made.uid, reason="ill")


def test_a_cancellation_without_a_reason_is_not_even_sent(client: CalcomClient):
    with pytest.raises(ValueError, match="reason"):
        client.cancel_booking("anything", reason=" ")


def test_a_series_is_booked_looked_up_and_cut_short(client: CalcomClient):
    weekly = offered(client, recurrence={"interval": 1, "occurrences": 4, "frequency": "weekly"})
    made = client.create_booking(BookingRequest(weekly.id, monday(), ANNA, occurrences=3))
    assert [one.starts_at - monday() for one in made] == [timedelta(weeks=week) for week in range(3)]
    gone = client.cancel_booking(made[1].uid, reason="moved away", following=True)
    assert {one.uid for one in gone if one.status == "cancelled"} == {one.uid for one in made[1:]}
    assert [one.status for one in client.series(made[0].recurring_uid)].count("accepted") == 1


def test_seats_are_taken_and_given_back_one_by_one(client: CalcomClient):
    group = offered(client, seats={"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True})
    first, second = booked(client, group), booked(client, group, booker=BERT)
    assert first.uid == second.uid
    assert client.booking_by_seat(second.seat_uid).uid == first.uid
    client.cancel_booking(first.uid, reason="ill", seat_uid=first.seat_uid)
    assert [one.email for one in client.booking(first.uid).attendees] == ["bert@example.com"]


def test_a_request_is_confirmed_or_declined(client: CalcomClient):
    careful = offered(
        client,
        confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": True},
    )
    first, second = booked(client, careful), booked(client, careful, booker=BERT, at=monday(12))
    assert (first.status, client.confirm_booking(first.uid).status) == ("pending", "accepted")
    assert client.decline_booking(second.uid, reason="no time").status == "rejected"


def test_who_did_not_come_is_marked_afterwards(client: CalcomClient, haircut: EventTypeRead, cal: RunningSandbox):
    made = booked(client, haircut)
    with pytest.raises(CalcomRejected, match="after their scheduled start"):
        client.mark_absent(made.uid, attendees={"anna@example.com": True})
    cal.sandbox.world.clock_shift = timedelta(days=30)
    assert client.mark_absent(made.uid, attendees={"anna@example.com": True}).attendees[0].absent


def test_location_and_guests_have_a_small_budget_of_their_own(client: CalcomClient, haircut: EventTypeRead):
    client.patience_s = 0
    made = booked(client, haircut)
    moved = client.change_location(made.uid, {"type": "link", "link": "https://meet.example.com/1"})
    assert moved.location == "https://meet.example.com/1"
    for number in range(4):
        client.add_guests(made.uid, [{"email": f"guest{number}@example.com"}])
    with pytest.raises(CalcomRateLimited):
        client.add_guests(made.uid, [{"email": "late@example.com"}])
    assert client.booking(made.uid).uid == made.uid


def test_attendees_come_and_go(client: CalcomClient, haircut: EventTypeRead):
    made = booked(client, haircut)
    added = client.add_attendee(made.uid, name="Cora", email="cora@example.com", time_zone="Europe/Berlin")
    assert [one.email for one in client.attendees(made.uid)] == ["anna@example.com", "cora@example.com"]
    client.remove_attendee(made.uid, added.id)
    assert [one.email for one in client.attendees(made.uid)] == ["anna@example.com"]


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


def test_reads_are_tried_three_times_and_writes_once(client: CalcomClient, haircut: EventTypeRead, cal: RunningSandbox):
    cal.sandbox.faults.replace([Rule.from_json({"kind": "status", "status": 502, "times": 2})])
    assert client.event_type(haircut.id).id == haircut.id
    cal.sandbox.faults.replace([Rule.from_json({"kind": "status", "status": 502, "times": 1})])
    with pytest.raises(CalcomUnclear):
        booked(client, haircut)


def test_old_slots_are_served_and_marked_while_cal_com_is_away(
    client: CalcomClient, haircut: EventTypeRead, cal: RunningSandbox, settings
):
    asked: dict[str, Any] = {"starts_at": monday(9), "ends_at": monday(10)}
    kept = client.slots(haircut.id, **asked)
    cal.close()
    with pytest.raises(CalcomUnavailable):
        client.slots(haircut.id, **asked, fresh=True)
    assert list(client.slots(haircut.id, **asked)) == list(kept)


def test_a_call_waits_for_its_turn_as_long_as_its_patience_lasts(connected: Company):
    connected.requests_per_minute = 60
    patient = CalcomClient(connected, lane=Lane.BACKGROUND, patience_s=5)
    for _ in range(42):
        guard.admit(access_of(connected).account, lane=Lane.BACKGROUND)
    with pytest.raises(CalcomRateLimited):
        CalcomClient(connected, lane=Lane.BACKGROUND, patience_s=0).me(fresh=True)
    assert patient.me(fresh=True).username == "olga"


def test_the_limit_that_cal_com_reports_is_kept_to(connected: Company):
    connected.calcom_api_key = TINY_KEY
    impatient = CalcomClient(connected, patience_s=0)
    answers = [_answered(impatient) for _ in range(9)]
    assert answers.count(True) == 5
    assert guard.status(access_of(connected).account).counters["http_429"] == 0


def _answered(client: CalcomClient) -> bool:
    try:
        client.me(fresh=True)
    except CalcomRateLimited:
        return False
    return True


def test_times_without_a_zone_are_never_sent(client: CalcomClient, haircut: EventTypeRead):
    with pytest.raises(ValueError, match="zone"):
        client.slots(haircut.id, starts_at=datetime(2027, 1, 4), ends_at=datetime(2027, 1, 5))
    assert utc(datetime(2027, 1, 4, 9, 0, 0, 123_456, UTC)) == "2027-01-04T09:00:00.123Z"


@pytest.mark.parametrize("metadata", [{"k" * 41: "v"}, {"k": "v" * 501}, {str(n): "v" for n in range(51)}])
def test_metadata_beyond_cal_coms_limits_is_refused_here(metadata: dict[str, str]):
    with pytest.raises(ValueError, match="metadata"):
        metadata_of(metadata)


def test_a_company_without_a_usable_connection_gets_no_client(connected: Company):
    connected.calcom_api_key = ""
    with pytest.raises(CalcomAuthFailed, match="no usable API key"):
        CalcomClient(connected)
    connected.calcom_base_url = "http://cal.example.com"
    with pytest.raises(CalcomMisconfigured):
        CalcomClient(connected)


def test_a_server_without_teams_says_not_found(client: CalcomClient):
    with pytest.raises(CalcomError):
        client.team_event_types(999_999)
