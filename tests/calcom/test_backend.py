"""Cal.com as a booking backend, over a real socket: what is done, what is refused, what nobody knows."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from appointments.backend import backend_of
from appointments.backends import (
    AttendeeSnapshot,
    BackendBusy,
    BackendGone,
    BackendNotConnected,
    BackendOutcomeUnknown,
    BackendRefused,
    BackendSlotTaken,
    BackendUnavailable,
    BookingBackend,
    BookingOrder,
    Target,
)
from calcom import reference
from calcom.backend import CalcomBackend
from calcom.models import EventType
from calcom.sandbox.sample import EXPIRED_KEY, OTHER_KEY
from tests.calcom.remote import Remote, monday
from tests.factories import CompanyFactory

POSTED = {"method": "POST", "path": "/v2/bookings$"}
ADA = AttendeeSnapshot(name="Ada Kern", email="ada@example.com", time_zone="Europe/Berlin", locale="de")
BEN = AttendeeSnapshot(name="Ben Groß", email="ben@example.com", time_zone="Europe/Berlin")


@pytest.fixture
def remote(connected, cal, settings):
    settings.CALCOM_READ_TIMEOUT_S = 1
    return Remote(cal, connected)


@pytest.fixture
def backend(remote: Remote) -> BookingBackend:
    return CalcomBackend(remote.company)


@pytest.fixture
def cut(remote):
    return offered(remote)


def offered(remote, **fields):
    number = remote.offer("Cut", **fields)
    seats = fields.get("seats", {}).get("seatsPerTimeSlot")
    needs = "confirmationPolicy" in fields
    EventType.objects.create(
        company=remote.company,
        calcom_id=number,
        title="Cut",
        length_min=30,
        seats=seats,
        requires_confirmation=needs,
        is_recurring="recurrence" in fields,
    )
    return number


def order(number, at=None, *, who=ADA, **facts):
    start = at or monday()
    told: dict[str, Any] = {
        "reference": uuid4(),
        "appointment_id": 1,
        "event_type_id": number,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=30),
        "length_min": 30,
        "attendees": (who,),
    }
    return BookingOrder(**(told | facts))


def target(booking):
    uid = booking["uid"] if isinstance(booking, dict) else booking.uid
    return Target(uid=uid, event_type_id=None, starts_at=monday(), reference=uuid4())


def move(backend, booking, to, reason="staff is ill"):
    return backend.move(target(booking), starts_at=to, ends_at=to + timedelta(minutes=30), reason=reason)


def test_it_is_the_backend_of_the_settings(remote):
    assert isinstance(backend_of(remote.company), CalcomBackend)


def test_a_booking_is_made_and_carries_our_reference(backend, cut, remote):
    wanted = order(cut, guests=("gast@example.com",))
    made = backend.create(wanted)
    assert (made.reference, made.starts_at, made.event_type_id, made.status) == (
        wanted.reference,
        monday(),
        cut,
        "confirmed",
    )
    assert [(one.email, one.is_guest) for one in made.attendees] == [
        ("ada@example.com", False),
        ("gast@example.com", True),
    ]
    assert abs(made.as_of - timezone.now()) < timedelta(minutes=1)
    assert len(remote.world.bookings) == 1


def test_a_taken_time_is_its_own_refusal(backend, cut, remote):
    remote.book(cut)
    with pytest.raises(BackendSlotTaken):
        backend.create(order(cut))


def test_what_cal_com_refuses_comes_in_its_words(backend, cut):
    with pytest.raises(BackendRefused, match="in the past") as caught:
        backend.create(order(cut, timezone.now() - timedelta(days=1)))
    assert caught.value.reason == "Attempting to book a meeting in the past."


def test_an_event_type_that_is_gone_is_a_refusal_and_no_lost_booking(backend, cut, remote):
    del remote.world.event_types[cut]
    with pytest.raises(BackendRefused, match="not found"):
        backend.create(order(cut))


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("timeout_after_write", {"seconds": 2}),
        ("timeout_before_write", {"seconds": 2}),
        ("status", {"status": 502, "html": True, "after_write": True}),
        ("cut", {"where": "middle"}),
        ("truncate", {}),
    ],
)
def test_a_lost_answer_is_no_failure_and_the_booking_is_found_by_its_reference_only(backend, cut, remote, kind, facts):
    wanted = order(cut)
    remote.fault(kind, match=POSTED, times=1, **facts)
    with pytest.raises(BackendOutcomeUnknown):
        backend.create(wanted)
    found = backend.find(wanted)
    was_made = kind != "timeout_before_write"
    assert len(remote.world.bookings) == int(was_made)
    assert (found is not None) == was_made
    assert backend.find(order(cut)) is None
    if found is not None:
        assert (found.reference, found.starts_at) == (wanted.reference, monday())


def test_a_booking_that_is_made_late_is_found_late(backend, cut, remote):
    wanted = order(cut)
    remote.fault("late_write", match=POSTED, times=1, seconds=2, hold_seconds=0)
    with pytest.raises(BackendOutcomeUnknown):
        backend.create(wanted)
    assert backend.find(wanted) is None
    while not remote.world.bookings:
        remote.cal.sandbox.closing.wait(0.05)
    assert backend.find(wanted).reference == wanted.reference


def test_a_forged_reference_is_not_found(backend, cut, remote):
    wanted = order(cut)
    remote.book(cut, name="Ada Kern", metadata={reference.KEY: f"1.{uuid4().hex}.forged"})
    assert backend.find(wanted) is None


def test_it_is_found_when_it_was_moved_or_cancelled_meanwhile(backend, cut, remote):
    wanted = order(cut)
    made = backend.create(wanted)
    moved = remote.move({"uid": made.uid}, monday(14))
    found = backend.find(wanted)
    assert (found.uid, found.starts_at, found.rescheduled_to_uid) == (made.uid, monday(), moved["uid"])


def test_a_living_booking_is_preferred_where_two_were_made(backend, cut, remote):
    wanted = order(cut)
    first = backend.create(wanted)
    remote.cancel({"uid": first.uid})
    second = backend.create(wanted)
    assert backend.find(wanted).uid == second.uid


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"status": 429, "seconds": 30}, BackendBusy),
        ({"status": 502, "html": True}, BackendOutcomeUnknown),
        ({"status": 500}, BackendOutcomeUnknown),
    ],
)
def test_which_errors_may_have_written(backend, cut, remote, facts, error):
    remote.fault("status", match=POSTED, times=1, **facts)
    with pytest.raises(error) as caught:
        backend.create(order(cut))
    if error is BackendBusy:
        assert caught.value.retry_at > timezone.now()


def test_without_a_connection_nothing_was_done(cut, remote):
    with socket.create_server(("127.0.0.1", 0)) as free:
        remote.company.calcom_base_url = f"http://127.0.0.1:{free.getsockname()[1]}/v2"
    with pytest.raises(BackendUnavailable):
        CalcomBackend(remote.company).create(order(cut))


@pytest.mark.parametrize("key", ["", "of another server", "cal_live_nobodys", EXPIRED_KEY])
def test_a_company_without_a_usable_key_is_not_connected(remote, cut, key):
    remote.company.calcom_api_key = key
    with pytest.raises(BackendNotConnected):
        CalcomBackend(remote.company).create(order(cut))


def test_a_booking_is_moved_and_says_what_it_replaces(backend, cut, remote):
    booking = remote.book(cut)
    moved = move(backend, booking, monday(14))
    assert (moved.starts_at, moved.replaces.uid, moved.is_move) == (monday(14), booking["uid"], True)
    again = move(backend, moved, monday(15))
    assert (again.starts_at, again.replaces.uid) == (monday(15), moved.uid)


def test_a_move_by_the_owner_needs_no_confirmation(backend, remote):
    number = offered(remote, confirmationPolicy={"type": "always"})
    booking = remote.book(number)
    remote.act(booking, "confirm")
    assert move(backend, booking, monday(14)).status == "confirmed"


def test_a_move_that_was_made_already_is_adopted(backend, cut, remote):
    booking = remote.book(cut)
    moved = remote.move(booking, monday(14))
    assert move(backend, booking, monday(14)).uid == moved["uid"]


def test_a_move_does_not_undo_somebody_elses(backend, cut, remote):
    booking = remote.book(cut)
    remote.move(booking, monday(15))
    with pytest.raises(BackendRefused, match="has been moved"):
        move(backend, booking, monday(14))


def test_a_move_to_a_taken_time_is_refused_and_nothing_moves(backend, cut, remote):
    booking = remote.book(cut)
    remote.book(cut, monday(14), name="Cleo Vogt")
    with pytest.raises(BackendSlotTaken):
        move(backend, booking, monday(14))
    assert remote.row(booking).status == "accepted"


def test_an_unknown_booking_is_gone(backend, cut):
    for act in (
        lambda: move(backend, {"uid": "nobody"}, monday()),
        lambda: backend.cancel(target({"uid": "nobody"}), reason="x"),
        lambda: backend.confirm(target({"uid": "nobody"})),
    ):
        with pytest.raises(BackendGone):
            act()
    assert backend.get("nobody") is None


@pytest.mark.parametrize("reason", ["no time", "", "  "])
def test_a_booking_is_cancelled_always_with_a_reason(backend, cut, remote, reason):
    booking = remote.book(cut)
    told = backend.cancel(target(booking), reason=reason)
    assert told.status == "cancelled"
    assert remote.row(booking).cancellation_reason.strip()


def test_one_that_is_cancelled_already_is_no_error(backend, cut, remote):
    booking = remote.book(cut)
    remote.cancel(booking, "theirs")
    told = backend.cancel(target(booking), reason="ours")
    assert (told.status, told.cancellation_reason) == ("cancelled", "theirs")


def test_what_was_moved_meanwhile_is_not_cancelled_where_it_is_now(backend, cut, remote):
    booking = remote.book(cut)
    moved = remote.move(booking, monday(14))
    told = backend.cancel(target(booking), reason="closed")
    assert (told.rescheduled_to_uid, remote.row(moved).status) == (moved["uid"], "accepted")


def test_one_seat_is_given_up_and_the_others_stay(backend, remote):
    number = offered(remote, seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True})
    ada = backend.create(order(number))
    ben = backend.create(order(number, who=BEN))
    assert (ada.uid, [one.email for one in ben.attendees]) == (ben.uid, ["ben@example.com"])
    assert ada.seat_uid != ben.seat_uid
    told = backend.cancel(target(ada), reason="ill", seat_uid=ada.seat_uid)
    assert (told.status, told.attendees) == ("confirmed", ())
    assert backend.cancel(target(ada), reason="ill", seat_uid=ada.seat_uid).status == "confirmed"
    assert [one.email for one in backend.get(ada.uid).attendees] == ["ben@example.com"]


def test_a_seat_is_found_by_its_own_reference(backend, remote):
    number = offered(remote, seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True})
    backend.create(order(number))
    wanted = order(number, who=BEN)
    backend.create(wanted)
    found = backend.find(wanted)
    assert (found.reference, [one.email for one in found.attendees]) == (wanted.reference, ["ben@example.com"])


def test_the_seat_of_somebody_else_is_never_taken_for_ours(backend, remote):
    number = offered(remote, seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True})
    wanted = order(number, who=BEN)
    backend.create(order(number))
    backend.create(wanted)
    ada, ben = next(iter(remote.world.bookings.values())).attendees
    ada.metadata, ben.metadata = ben.metadata, {}
    assert backend.find(wanted) is None


def test_no_seat_left_is_a_taken_time(backend, remote):
    number = offered(remote, seats={"seatsPerTimeSlot": 1})
    backend.create(order(number))
    with pytest.raises(BackendSlotTaken):
        backend.create(order(number, who=BEN))


def test_confirming_and_declining_may_be_repeated(backend, remote):
    number = offered(remote, confirmationPolicy={"type": "always"})
    booking = remote.book(number)
    declined = backend.decline(target(booking), reason="full")
    assert (declined.status, declined.rejected_reason) == ("rejected", "full")
    assert backend.decline(target(booking), reason="full").status == "rejected"
    assert backend.confirm(target(booking)).status == "confirmed"
    assert backend.confirm(target(booking)).status == "confirmed"
    with pytest.raises(BackendRefused):
        backend.decline(target(booking), reason="too late")


def test_absence_is_marked_whatever_the_spelling_of_the_address(backend, cut, remote):
    booking = remote.book(cut)
    row = remote.row(booking)
    row.attendees[0].email = "Ida@Example.com"
    row.starts_at, row.ends_at = timezone.now() - timedelta(hours=1), timezone.now()
    told = backend.mark_absent(target(booking), absences={"ida@example.com": True})
    assert told.absences == {"ida@example.com": True}
    assert row.attendees[0].absent
    with pytest.raises(BackendRefused, match="no attendee"):
        backend.mark_absent(target(booking), absences={"nobody@example.com": True})


def test_who_has_a_phone_number_only_is_marked_by_it(backend, cut, remote):
    booking = remote.book(cut)
    row = remote.row(booking)
    row.attendees[0].email = "4930123456@sms.cal.com"
    row.starts_at, row.ends_at = timezone.now() - timedelta(hours=1), timezone.now()
    assert backend.mark_absent(target(booking), absences={"+4930123456": True}).absences == {"+4930123456": True}
    assert row.attendees[0].absent


def test_absence_before_the_start_is_refused(backend, cut, remote):
    booking = remote.book(cut)
    with pytest.raises(BackendRefused, match="after their scheduled start"):
        backend.mark_absent(target(booking), absences={"ida@example.com": True})


def test_of_a_recurring_event_type_one_booking_is_made(backend, remote):
    number = offered(remote, recurrence={"interval": 1, "occurrences": 4, "frequency": "weekly"})
    backend.create(order(number))
    assert len(remote.world.bookings) == 1


def test_of_a_series_that_was_not_asked_for_the_rest_is_surplus(backend, remote):
    number = offered(remote, recurrence={"interval": 1, "occurrences": 4, "frequency": "weekly"})
    EventType.objects.update(is_recurring=False)
    wanted = order(number)
    for told in (backend.create(wanted), backend.find(wanted)):
        assert len(told.surplus_uids) == 3
        assert {told.uid, *told.surplus_uids} == remote.world.bookings.keys()


def test_what_was_made_twice_is_found_once_and_the_other_is_surplus(backend, remote, cut):
    wanted = order(cut)
    first = backend.create(wanted)
    second = replace(remote.row({"uid": first.uid}), id=99, uid="second")
    remote.world.bookings["second"] = second
    assert (backend.find(wanted).uid, backend.find(wanted).surplus_uids) == (first.uid, ("second",))


def test_required_fields_are_filled_or_refused_in_words(backend, remote):
    fields = [
        {"slug": "title", "type": "text", "required": True, "hidden": False},
        {"slug": "klasse", "type": "text", "label": "Class", "required": True, "hidden": False},
    ]
    number = offered(remote, bookingFields=fields)
    EventType.objects.update(booking_fields=fields)
    with pytest.raises(BackendRefused, match="klasse"):
        backend.create(order(number))
    made = backend.create(order(number, answers={"klasse": "6b"}))
    assert remote.world.bookings[made.uid].responses["klasse"] == "6b"


def test_another_companys_key_changes_nothing_of_ours(backend, cut, remote):
    booking = remote.book(cut)
    remote.row(booking).status = "pending"
    stranger = CompanyFactory.create(calcom_api_key=OTHER_KEY, calcom_base_url=remote.company.calcom_base_url)
    with pytest.raises(BackendRefused):
        CalcomBackend(stranger).confirm(target(booking))
    assert remote.row(booking).status == "pending"


def test_another_company_does_not_find_our_booking_as_its_own(backend, cut, remote):
    wanted = order(cut)
    backend.create(wanted)
    stranger = CompanyFactory.create(
        calcom_api_key=remote.company.calcom_api_key, calcom_base_url=remote.company.calcom_base_url
    )
    told = CalcomBackend(stranger).get(next(iter(remote.world.bookings)))
    assert told is not None
    assert told.reference is None


def test_a_refusal_does_not_tell_the_uid_by_which_anybody_can_cancel(backend, remote):
    with pytest.raises(BackendGone) as refusal:
        backend.confirm(target({"uid": "kT3uZ5mYp8QwXo2vR7aBcD"}))
    assert "kT3uZ5mYp8QwXo2vR7aBcD" not in f"{refusal.value} {refusal.value.reason}"
    assert "uid=…" in refusal.value.reason
