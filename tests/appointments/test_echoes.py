"""News about what we have changed ourselves: an echo, a forgery, a conflict, or a remote cancellation."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.backends import AttendeeSnapshot, BackendSlotTaken, Offer
from appointments.booking import cancel, keep_ours, reschedule, send_again, take_theirs
from appointments.errors import InvalidTransition
from appointments.inbound import apply_booking
from appointments.models import Appointment, AppointmentChange, FormerUid, Push, StaffTime
from tests.appointments.conftest import DESK, NINE, booking, send_all, send_due, tell
from tests.backends.memory import LOST, MemoryBackend, snapshot
from tests.factories import CompanyFactory, StaffFactory

TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def last_push() -> Push:
    return Push.objects.latest("version")


@pytest.mark.parametrize("is_first", [True, False])
def test_the_echo_of_a_booking_and_its_answer_come_in_any_order(order, server, is_first):
    row = order()
    if is_first:
        server.after.append(lambda: tell(server, "m1"))
    send_all(row)
    tell(server, "m1")
    assert (Appointment.objects.count(), fresh(row).calcom_booking_uid, fresh(row).version) == (1, "m1", 1)
    assert Push.objects.get().state == "done"


def test_the_echo_of_a_lost_answer_completes_the_push(order, server):
    server.after.append(LOST)
    row = order()
    send_all(row)
    tell(server, "m1")
    assert (fresh(row).sync_status, Push.objects.get().state, server.calls) == ("synced", "done", ["create"])


@pytest.mark.parametrize(
    "wrong",
    [{"event_type_id": 72}, {"starts_at": NINE - timedelta(hours=1)}, {"reference": uuid4()}, {"reference": None}],
)
def test_a_booking_that_was_not_ordered_is_another_appointment(order, server, wrong):
    server.after.append(LOST)
    row = order()
    send_all(row)
    tell(server, "m1", **wrong)
    assert (Appointment.objects.count(), fresh(row).calcom_booking_uid, fresh(row).sync_status) == (2, "", "unclear")


def test_a_reference_sent_once_more_takes_over_nothing(booked, server, salon):
    forged = booking("evil", event_type_id=71, reference=booked.reference)
    apply_booking(salon, forged, places=MemoryBackend(salon).places)
    assert (Appointment.objects.count(), fresh(booked).calcom_booking_uid) == (2, "m1")


def test_a_reference_of_another_company_takes_over_nothing(order, server, salon):
    row = order()
    stranger = CompanyFactory.create(calcom_api_key="k")
    news = booking("evil", event_type_id=71, reference=row.reference)
    apply_booking(stranger, news, places=MemoryBackend(stranger).places)
    assert fresh(row).calcom_booking_uid == ""
    assert Appointment.objects.for_company(stranger).count() == 1


def test_the_echo_of_a_move_completes_it_before_its_answer(booked, server):
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    server.after.append(lambda: tell(server, "m2"))
    send_all(booked)
    row = fresh(booked)
    assert (row.calcom_booking_uid, row.sync_status, row.version, row.reschedule_count) == ("m2", "synced", 2, 1)
    assert (FormerUid.objects.get().uid, row.previous_starts_at) == ("m1", NINE)


def test_our_move_whose_answer_was_lost_is_known_though_the_customer_has_moved_on(booked, server, clock):
    server.after.append(LOST)
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    server.move("m2", TEN)
    clock.shift(31)
    send_due()
    row = fresh(booked)
    assert (row.starts_at, row.calcom_booking_uid, row.sync_status) == (TEN, "m3", "synced")
    assert last_push().state == "done"


def test_the_echo_of_a_cancellation_completes_it(booked, server):
    cancel(booked, reason="ill", actor=DESK)
    server.after.extend([LOST])
    send_all(booked)
    tell(server, "m1")
    assert (fresh(booked).sync_status, last_push().state, fresh(booked).version) == ("synced", "done", 2)


def test_a_late_webhook_of_the_booking_does_not_undo_our_move(booked, server):
    before = snapshot(server.bookings["m1"])
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    apply_booking(booked.company, before, places=MemoryBackend(booked.company).places)
    assert (fresh(booked).starts_at, fresh(booked).sync_status) == (ELEVEN, "pending")
    send_all(booked)
    apply_booking(booked.company, before, places=MemoryBackend(booked.company).places)
    assert (fresh(booked).starts_at, fresh(booked).sync_status) == (ELEVEN, "synced")


def test_another_change_there_leaves_our_move_alone(booked, server, clock):
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    clock.shift(5)
    tell(server, "m1", as_of=timezone.now(), title="Another title")
    row = fresh(booked)
    assert (row.title, row.starts_at, row.sync_status) == ("Another title", ELEVEN, "pending")


def test_a_move_there_that_we_had_not_heard_of_is_a_conflict_though_it_is_older(booked, server, clock):
    server.move("m1", TEN)
    clock.shift(5)
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    tell(server, "m2")
    assert (fresh(booked).starts_at, fresh(booked).sync_status) == (ELEVEN, "conflict")


@pytest.fixture
def torn(booked, server, clock):
    """Moved here to eleven, and a minute later there to ten."""
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    clock.shift(60)
    server.move("m1", TEN)
    tell(server, "m2")
    return fresh(booked)


def test_a_newer_move_there_is_a_conflict_in_which_nothing_is_overwritten(torn, server):
    assert (torn.starts_at, torn.sync_status, torn.calcom_booking_uid) == (ELEVEN, "conflict", "m2")
    assert (last_push().state, last_push().told["starts_at"]) == ("conflict", TEN.isoformat())
    send_all(torn)
    assert server.calls == ["create"]


def test_in_a_conflict_no_other_change_can_be_made_but_a_cancellation(torn, server):
    with pytest.raises(InvalidTransition, match="Decide first"):
        reschedule(torn, starts_at=NINE, actor=DESK)
    cancel(torn, reason="never mind", actor=DESK)
    send_all(torn)
    assert (fresh(torn).status, fresh(torn).sync_status, server.alive) == ("cancelled", "synced", [])


def test_ours_can_be_kept(torn, server):
    keep_ours(torn, actor=DESK)
    send_all(torn)
    assert (fresh(torn).starts_at, fresh(torn).sync_status) == (ELEVEN, "synced")
    assert [one.starts_at for one in server.alive] == [ELEVEN]


def test_theirs_can_be_taken(torn, server):
    take_theirs(torn, actor=DESK)
    row = fresh(torn)
    assert (row.starts_at, row.sync_status, StaffTime.objects.get().during.lower) == (TEN, "synced", TEN)
    send_all(torn)
    assert server.calls == ["create"]
    server.move("m2", NINE)
    tell(server, "m3")
    assert (fresh(torn).starts_at, fresh(torn).sync_status) == (NINE, "synced")


def test_without_a_conflict_there_is_nothing_to_decide(booked):
    for decide in (keep_ours, take_theirs, send_again):
        with pytest.raises(InvalidTransition):
            decide(booked, actor=DESK)


def test_a_refused_move_can_be_dropped(booked, server):
    server.before.append(BackendSlotTaken(reason="taken"))
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    assert fresh(booked).sync_status == "needs_staff"
    take_theirs(booked, actor=DESK)
    assert (fresh(booked).starts_at, fresh(booked).sync_status) == (NINE, "synced")


def test_two_appointments_with_changes_under_way_turn_out_to_be_one(booked, server, clock):
    server.move("m1", TEN)
    tell(server, "m2", replaces=None, is_move=False)
    both = Appointment.objects.order_by("pk")
    for row in both:
        server.before.append(LOST)
        cancel(row, reason="ill", actor=DESK)
        send_all(row)
    tell(server, "m2")
    for wait_s in (31, 125):
        clock.shift(wait_s)
        send_due()
    assert [(row.status, row.sync_status) for row in both.all()] == [("cancelled", "synced")]
    assert server.alive == []


def test_what_was_never_booked_there_can_be_dropped_once_it_has_begun(order, server, clock):
    server.before.append(BackendSlotTaken(reason="taken"))
    row = order()
    send_all(row)
    with pytest.raises(InvalidTransition, match="never booked"):
        take_theirs(row, actor=DESK)
    clock.move_to(NINE)
    take_theirs(row, actor=DESK)
    assert (fresh(row).status, fresh(row).sync_status, server.alive) == ("confirmed", "not_applicable", [])


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_cancellation_there_wins_over_our_move(booked, server, clock, is_sent):
    if is_sent:
        server.before.append(LOST)
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    if is_sent:
        send_all(booked)
    server.cancel("m1", "the customer is ill")
    tell(server, "m1")
    row = fresh(booked)
    assert (row.status, row.starts_at, row.sync_status) == ("cancelled", NINE, "synced")
    assert row.cancellation_reason == "the customer is ill"
    assert last_push().state == "superseded"
    assert not StaffTime.objects.exists()
    send_all(booked)
    assert server.calls.count("move") == is_sent


def test_a_seat_that_was_never_asked_for_is_not_done_when_all_is_cancelled_there(order, server, cut, staff):
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, lengths=(30,), seats=5)
    send_all(order())
    row = order(attendees=[AttendeeSnapshot(name="Ben", email="ben@example.com")])
    server.cancel("m1")
    tell(server, "m1", is_seated=False, attendees=())
    assert (fresh(row).status, fresh(row).sync_status, last_push().state) == ("cancelled", "synced", "superseded")


def test_later_news_fills_the_registers_again_when_the_push_is_done(booked, server, clock):
    clock.shift(60)
    server.move("m1", TEN)
    tell(server, "m2")
    assert (fresh(booked).starts_at, AppointmentChange.objects.latest("id").side) == (TEN, "calcom")


def test_open_pushes_are_read_with_the_rest_in_one_query(booked, server, order, salon):
    def queries(uid: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            tell(server, uid)
        return sum("select_appointments_push" in query["sql"] for query in caught)

    assert queries("m1") == 1
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    assert queries("m1") == 1


def test_a_booking_that_went_to_somebody_else_than_chosen_is_looked_at_by_staff(order, server, cut, salon):
    server.offers[cut.pk, StaffFactory.create(company=salon, name="Anna").pk] = server.offers.popitem()[1]
    server.offers[cut.pk, None] = Offer(event_type_id=71)
    row = order()
    send_all(row)
    row = fresh(row)
    assert (row.booked_staff_name, row.sync_status, row.requires_manual_review) == ("Anna", "synced", True)
    last = AppointmentChange.objects.latest("id")
    assert (last.reason, last.details["staff"]) == (
        "It was booked with somebody else than was chosen here.",
        ["Stylist One", "Anna"],
    )
    reschedule(row, starts_at=ELEVEN, actor=DESK)
    assert not fresh(row).requires_manual_review


def test_whom_the_backend_chose_where_nobody_was_chosen_is_no_doubt(order, server, cut, staff):
    server.offers[cut.pk, None] = server.offers[cut.pk, staff.pk]
    row = order(staff=None)
    send_all(row)
    assert (fresh(row).staff, fresh(row).requires_manual_review) == (staff, False)
