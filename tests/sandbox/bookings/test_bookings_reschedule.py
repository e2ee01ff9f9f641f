from __future__ import annotations

from threading import Thread

from calcom.sandbox.sample import OTHER_KEY
from tests.sandbox.bookings.desk import TUESDAY_ELEVEN, TUESDAY_NINE, TUESDAY_TEN, Desk


def _move(desk: Desk, booking: dict[str, str], start: str = TUESDAY_TEN, **more: object) -> dict[str, str]:
    moved: dict[str, str] = desk.act(booking, "reschedule", {"start": start, **more}, key=None)
    return moved


def test_a_move_makes_a_new_booking_and_closes_the_old(desk: Desk) -> None:
    old = desk.book(desk.event_type())
    new = _move(desk, old, rescheduledBy="ida@example.com", reschedulingReason="Ill")
    assert new["uid"] != old["uid"]
    assert (new["rescheduledFromUid"], new["reschedulingReason"]) == (old["uid"], "Ill")
    closed = desk.look(old)
    assert (closed["status"], closed["rescheduledToUid"]) == ("cancelled", new["uid"])
    assert closed["rescheduledByEmail"] == "ida@example.com"


def test_the_calendar_uid_survives_a_chain_and_the_reason_does_not(desk: Desk) -> None:
    first = desk.book(desk.event_type())
    second = _move(desk, first, reschedulingReason="Ill")
    third = _move(desk, second, TUESDAY_TEN)
    assert first["icsUid"] == second["icsUid"] == third["icsUid"]
    assert "reschedulingReason" not in third


def test_moving_to_the_same_time_works(desk: Desk) -> None:
    old = desk.book(desk.event_type())
    assert _move(desk, old, TUESDAY_NINE)["uid"] != old["uid"]


def test_an_old_uid_names_its_successor(desk: Desk) -> None:
    old = desk.book(desk.event_type())
    new = _move(desk, old)
    assert desk.act_refused(old, "reschedule", {"start": TUESDAY_ELEVEN}) == (
        400,
        (
            f"Can't reschedule booking with uid={old['uid']} because it has been cancelled and rescheduled already to "
            f"booking with uid={new['uid']}. You probably want to reschedule {new['uid']} instead by passing it within "
            "the request URL."
        ),
    )


def test_a_taken_time_and_an_unknown_uid_are_refused(desk: Desk) -> None:
    event_type = desk.event_type()
    old = desk.book(event_type)
    desk.book(event_type, TUESDAY_TEN)
    assert desk.act_refused(old, "reschedule", {"start": TUESDAY_TEN})[0] == 400
    assert desk.act_refused({"uid": "gone"}, "reschedule", {"start": TUESDAY_TEN}) == (
        404,
        "Booking with uid=gone was not found in the database",
    )
    assert desk.act_refused(old, "reschedule", {"start": TUESDAY_TEN, "end": "x"})[0] == 400


def test_a_move_that_loses_a_race_leaves_the_booking_where_it_was(desk: Desk) -> None:
    event_type = desk.event_type()
    old = desk.book(event_type)
    desk.hold_writes(1)
    answers: list[tuple[int, str]] = []
    moving = Thread(target=lambda: answers.append(desk.act_refused(old, "reschedule", {"start": TUESDAY_TEN})))
    moving.start()
    desk.let_go_when_all_wait(before=lambda: desk.book(event_type, TUESDAY_TEN, name="Olaf Tal"))
    moving.join()
    assert answers == [(409, "booking_conflict_error")]
    assert desk.look(old)["status"] == "accepted"


def test_a_booking_of_a_deleted_type_stays_where_it_is(desk: Desk) -> None:
    event_type = desk.event_type()
    old = desk.book(event_type)
    desk.data("DELETE", f"/event-types/{event_type}")
    assert desk.look(old)["eventType"] is None
    assert desk.act_refused(old, "reschedule", {"start": TUESDAY_TEN}) == (
        404,
        f"Booking with uid={old['uid']} is missing event type",
    )


def test_a_past_booking_is_not_moved(desk: Desk) -> None:
    old = desk.book(desk.event_type())
    desk.clock.forward(days=2)
    assert desk.act_refused(old, "reschedule", {"start": "2027-01-07T09:00:00Z"})[0] == 400


def test_where_the_host_confirms_a_move_waits_unless_the_host_made_it(desk: Desk) -> None:
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
    old = desk.book(desk.event_type(confirmationPolicy=policy))
    waiting = desk.act(old, "reschedule", {"start": TUESDAY_TEN, "rescheduledBy": "ida@example.com"}, key=OTHER_KEY)
    assert waiting["status"] == "pending"
    assert desk.act(waiting, "reschedule", {"start": TUESDAY_ELEVEN})["status"] == "accepted"


def test_cal_video_gets_its_link_with_a_move(desk: Desk) -> None:
    old = desk.book(desk.event_type(locations=[{"type": "integration", "integration": "cal-video"}]))
    new = _move(desk, old)
    assert (old["location"], new["location"]) == (
        "integrations:daily",
        f"http://localhost:3000/video/{new['uid']}",
    )
