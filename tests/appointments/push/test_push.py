"""Telling the backend: each change once, whatever becomes of the answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from appointments.backends import (
    BackendBusy,
    BackendOutcomeUnknown,
    BackendRefused,
    BackendUnavailable,
    Offer,
)
from appointments.booking import cancel, confirm, decline, keep_ours, reschedule, send_again
from appointments.inbound import apply_booking
from appointments.models import Appointment, AppointmentChange, FormerUid, Push
from appointments.push import due, push, release_stuck, revive
from tests.appointments.conftest import DESK, NINE, send_all, tell
from tests.backends.memory import LOST, MemoryBackend, snapshot
from tests.factories import CompanyFactory

TEN = NINE + timedelta(hours=1)
ELEVEN = NINE + timedelta(hours=2)


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def states(row: Appointment) -> list[tuple[str, str]]:
    return list(Push.objects.filter(appointment=row).order_by("version").values_list("operation", "state"))


def test_a_booking_reaches_the_backend_and_its_uid_comes_back(order, server):
    row = order()
    send_all(row)
    row = fresh(row)
    assert (row.calcom_booking_uid, row.sync_status, row.version) == ("m1", "synced", 1)
    assert states(row) == [("create", "done")]
    assert [change.action for change in AppointmentChange.objects.all()] == ["created"]


def test_a_push_that_is_done_is_not_sent_again(booked, server):
    push(Push.objects.get().pk)
    assert server.calls == ["create"]


def test_an_outage_before_anything_was_written_is_tried_again_after_1_5_and_30_seconds(order, server, clock):
    server.before.extend([BackendUnavailable("no route")] * 3)
    row = order()
    for wait_s in (1, 5, 30):
        send_all(row)
        assert (fresh(row).sync_status, fresh(row).sync_error) == ("pending", "no route")
        clock.shift(wait_s - 0.5)
        assert due() == []
        clock.shift(1)
    send_all(row)
    assert fresh(row).sync_status == "synced"
    assert server.calls == ["create"] * 4


def test_a_busy_backend_is_asked_when_it_says(order, server, clock):
    server.before.append(BackendBusy("120 a minute", retry_at=NINE))
    row = order()
    send_all(row)
    assert Push.objects.get().next_at == NINE
    clock.move_to(NINE)
    send_all(row)
    assert fresh(row).sync_status == "synced"


def test_after_a_day_of_trying_staff_are_asked(order, server, clock):
    server.before.extend([BackendUnavailable("no route")] * 99)
    row = order()
    for _ in range(40):
        send_all(row)
        clock.shift(timedelta(hours=8).total_seconds())
    assert (fresh(row).sync_status, Push.objects.get().trouble) == ("needs_staff", "unavailable")
    server.before.clear()
    send_again(fresh(row), actor=DESK)
    send_all(row)
    assert fresh(row).sync_status == "synced"


def test_a_refusal_is_left_to_staff_with_its_reason(order, server):
    server.before.append(BackendRefused(reason="responses - {title}error_required_field"))
    row = order()
    send_all(row)
    assert (fresh(row).sync_status, fresh(row).sync_error) == ("needs_staff", "responses - {title}error_required_field")
    assert server.calls == ["create"]


def test_a_time_taken_there_is_another_story_than_a_refusal(order, server):
    server.new(event_type_id=71, starts_at=NINE, ends_at=TEN, attendees=())
    row = order()
    send_all(row)
    assert (fresh(row).sync_status, Push.objects.get().trouble) == ("needs_staff", "taken")


def test_another_time_is_the_way_out_of_a_taken_one(order, server):
    server.new(event_type_id=71, starts_at=NINE, ends_at=TEN, attendees=())
    row = order()
    send_all(row)
    reschedule(row, starts_at=ELEVEN, actor=DESK)
    send_all(row)
    assert (fresh(row).sync_status, server.bookings["m2"].starts_at) == ("synced", ELEVEN)


@pytest.mark.parametrize("trouble", [LOST, RuntimeError("a bug")])
def test_a_booking_whose_answer_was_lost_is_found_and_not_made_twice(order, server, clock, trouble):
    server.after.append(trouble)
    row = order()
    send_all(row)
    assert fresh(row).sync_status == "unclear"
    clock.shift(31)
    send_all(row)
    assert (fresh(row).sync_status, fresh(row).calcom_booking_uid) == ("synced", "m1")
    assert server.calls == ["create", "find"]


def test_a_booking_that_was_not_made_is_made_after_the_second_look(order, server, clock):
    server.before.append(LOST)
    row = order()
    send_all(row)
    clock.shift(31)
    send_all(row)
    assert (server.calls, fresh(row).sync_status) == (["create", "find"], "unclear")
    clock.shift(91)
    send_all(row)
    assert server.calls == ["create", "find", "find", "create"]
    assert (fresh(row).sync_status, len(server.bookings)) == ("synced", 1)


def test_a_move_gives_the_booking_a_new_uid(booked, server):
    reschedule(booked, starts_at=ELEVEN, actor=DESK, reason="later")
    send_all(booked)
    row = fresh(booked)
    assert (row.calcom_booking_uid, row.starts_at, row.sync_status) == ("m2", ELEVEN, "synced")
    assert (row.reschedule_count, row.previous_starts_at) == (1, NINE)
    assert FormerUid.objects.get().starts_at == NINE
    assert [change.action for change in AppointmentChange.objects.order_by("id")] == ["created", "moved"]


def test_two_moves_one_after_the_other(booked, server):
    for starts_at in (TEN, ELEVEN):
        reschedule(fresh(booked), starts_at=starts_at, actor=DESK)
        send_all(booked)
    assert (fresh(booked).calcom_booking_uid, fresh(booked).reschedule_count) == ("m3", 2)


def test_a_move_whose_answer_was_lost_is_found_by_its_successor(booked, server, clock):
    server.after.append(LOST)
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    clock.shift(31)
    send_all(booked)
    assert (fresh(booked).calcom_booking_uid, fresh(booked).sync_status) == ("m2", "synced")
    assert server.calls == ["create", "move", "get", "get"]


def test_a_cancellation_whose_answer_was_lost_is_seen_in_the_status(booked, server, clock):
    server.after.append(LOST)
    cancel(booked, reason="ill", actor=DESK)
    send_all(booked)
    clock.shift(31)
    send_all(booked)
    assert (fresh(booked).status, fresh(booked).sync_status) == ("cancelled", "synced")
    assert server.calls == ["create", "cancel", "get"]


def test_a_booking_cancelled_before_it_was_sent_is_never_sent(order, server):
    row = order()
    cancel(row, reason="a slip", actor=DESK)
    send_all(row)
    assert server.calls == []
    assert states(row) == [("create", "folded"), ("cancel", "folded")]
    assert fresh(row).sync_status == "not_applicable"


def test_a_booking_moved_before_it_was_sent_is_booked_at_the_new_time(order, server):
    row = order()
    reschedule(row, starts_at=ELEVEN, actor=DESK)
    send_all(row)
    assert server.calls == ["create"]
    assert (server.bookings["m1"].starts_at, fresh(row).starts_at, fresh(row).sync_status) == (ELEVEN, ELEVEN, "synced")


def test_two_moves_before_the_first_was_sent_are_one(booked, server):
    reschedule(booked, starts_at=TEN, actor=DESK)
    reschedule(fresh(booked), starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    assert server.calls == ["create", "move"]
    assert fresh(booked).starts_at == server.bookings["m2"].starts_at == ELEVEN


def test_a_move_that_is_taken_back_before_it_was_sent_is_none(booked, server):
    reschedule(booked, starts_at=TEN, actor=DESK)
    reschedule(fresh(booked), starts_at=NINE, actor=DESK)
    send_all(booked)
    assert server.calls == ["create"]
    assert (fresh(booked).sync_status, fresh(booked).starts_at) == ("synced", NINE)


def test_a_change_during_a_call_waits_for_its_answer(order, server):
    row = order()
    server.after.append(lambda: reschedule(fresh(row), starts_at=ELEVEN, actor=DESK) and None)
    send_all(row)
    assert server.calls == ["create", "move"]
    assert (fresh(row).starts_at, fresh(row).calcom_booking_uid, fresh(row).sync_status) == (ELEVEN, "m2", "synced")


def test_a_booking_cancelled_while_its_outcome_is_unclear_is_looked_for_and_cancelled(order, server, clock):
    server.after.append(LOST)
    row = order()
    send_all(row)
    cancel(fresh(row), reason="ill", actor=DESK)
    for _ in range(3):
        clock.shift(31)
        send_all(row)
    assert server.calls == ["create", "find", "cancel"]
    assert (server.alive, fresh(row).status, fresh(row).sync_status) == ([], "cancelled", "synced")


def test_a_worker_that_died_leaves_its_push_to_be_looked_for(order, server, clock):
    def die():
        raise KeyboardInterrupt

    server.after.append(die)
    row = order()
    with pytest.raises(KeyboardInterrupt):
        push(Push.objects.get().pk)
    clock.shift(100)
    assert release_stuck() == 0
    clock.shift(30)
    assert release_stuck() == 1
    assert fresh(row).sync_status == "unclear"
    send_all(row)
    assert (server.calls, fresh(row).sync_status) == (["create", "find"], "synced")


def test_an_answer_that_comes_after_its_push_was_released_still_counts(order, server, clock):
    def be_slow():
        clock.shift(200)
        assert release_stuck() == 1

    server.after.append(be_slow)
    row = order()
    push(Push.objects.get().pk)
    assert (fresh(row).sync_status, server.calls) == ("synced", ["create"])


def test_a_booking_at_another_time_than_asked_is_cancelled_there_and_told(order, server, clock):
    server.minutes_off = 30
    row = order()
    send_all(row)
    assert (fresh(row).sync_status, fresh(row).calcom_booking_uid) == ("needs_staff", "")
    assert "10:30" in fresh(row).sync_error
    assert server.calls == ["create", "cancel"]
    assert server.alive == []


def test_a_compensation_is_tried_again_until_it_is_done(order, server, clock):
    server.minutes_off = 30
    server.before.extend([lambda: None, BackendUnavailable("no route"), BackendOutcomeUnknown("?")])
    row = order()
    for _ in range(4):
        send_all(row)
        clock.shift(100)
    assert server.alive == []
    assert Push.objects.get(is_compensation=True).state == "done"


def test_a_compensation_that_is_refused_is_left_to_staff(order, server):
    server.minutes_off = 30
    server.before.extend([lambda: None, BackendRefused(reason="no")])
    row = order()
    send_all(row)
    assert Push.objects.get(is_compensation=True).state == "needs_staff"
    assert fresh(row).sync_status == "needs_staff"


def test_a_foreign_booking_in_the_answer_is_not_taken_over_nor_cancelled(order, server, monkeypatch):
    strange = server.new(event_type_id=71, starts_at=NINE, ends_at=TEN, attendees=())
    monkeypatch.setattr(MemoryBackend, "create", lambda self, order: snapshot(strange))
    row = order()
    send_all(row)
    assert (fresh(row).sync_status, fresh(row).calcom_booking_uid) == ("needs_staff", "")
    assert (server.calls, server.alive) == ([], [strange])


def test_what_was_booked_without_a_key_is_sent_when_there_is_one(order, server, salon):
    salon.calcom_api_key = ""
    salon.save()
    row = order()
    push(Push.objects.get().pk)
    assert (revive(), due(), fresh(row).sync_status) == (0, [], "not_connected")
    salon.calcom_api_key = "a key"
    salon.save()
    assert (revive(), len(due())) == (1, 1)
    send_all(row)
    assert (fresh(row).sync_status, server.calls) == ("synced", ["create"])


def test_a_request_is_confirmed_there(order, server, cut, staff):
    server.offers.clear()
    cut.requires_confirmation = True
    server.offers[cut.pk, staff.pk] = Offer(event_type_id=71, needs_confirmation=True)
    row = order(service=cut)
    send_all(row)
    assert (fresh(row).status, server.bookings["m1"].status) == ("pending", "pending")
    decline(fresh(row), reason="full", actor=DESK)
    send_all(row)
    assert (fresh(row).status, server.bookings["m1"].status, fresh(row).sync_status) == (
        "rejected",
        "rejected",
        "synced",
    )
    confirm(fresh(row), actor=DESK)
    send_all(row)
    assert (fresh(row).status, server.bookings["m1"].status, fresh(row).sync_status) == (
        "confirmed",
        "confirmed",
        "synced",
    )


def test_a_remote_cancellation_during_our_move_wins(booked, server, salon):
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    server.cancel("m1")
    send_all(booked)
    assert (fresh(booked).status, fresh(booked).sync_status) == ("cancelled", "synced")
    assert states(booked)[-1] == ("move", "superseded")


def test_our_move_counts_over_one_that_we_had_not_heard_of_once_staff_say_so(booked, server, clock):
    server.move("m1", TEN)
    clock.shift(60)
    reschedule(booked, starts_at=ELEVEN, actor=DESK)
    send_all(booked)
    assert (fresh(booked).sync_status, [one.starts_at for one in server.alive]) == ("conflict", [TEN])
    send_all(keep_ours(fresh(booked), actor=DESK))
    assert [one.starts_at for one in server.alive] == [ELEVEN]
    assert (fresh(booked).starts_at, fresh(booked).sync_status) == (ELEVEN, "synced")
    assert "create" not in server.calls[1:]


def test_companies_take_turns(order, server, salon):
    for hour in range(5):
        order(starts_at=NINE + timedelta(hours=hour))
    other = CompanyFactory.create()
    row = Appointment.objects.create(
        company=other, starts_at=NINE, ends_at=TEN, status="confirmed", told_status="confirmed", source="portal"
    )
    last = Push.objects.create(company=other, appointment=row, operation="create", version=1)
    assert last.pk in due(limit=2)


def test_one_appointment_has_one_push_on_its_way(booked):
    Push.objects.create(company=booked.company, appointment=booked, operation="move", version=8, state="unclear")
    with pytest.raises(IntegrityError, match="push_one_in_flight_per_appointment"):
        Push.objects.create(company=booked.company, appointment=booked, operation="move", version=9, state="in_flight")


def test_an_echo_that_comes_before_the_answer_completes_the_push(order, server):
    row = order()
    server.after.append(lambda: tell(server, "m1"))
    send_all(row)
    assert (fresh(row).calcom_booking_uid, fresh(row).sync_status) == ("m1", "synced")
    assert Appointment.objects.count() == AppointmentChange.objects.count() == 1


def test_an_echo_without_our_reference_is_joined_by_the_answer(order, server, salon):
    row = order()
    server.after.append(
        lambda: (
            apply_booking(salon, snapshot(server.bookings["m1"], reference=None), places=MemoryBackend(salon).places)
            and None
        )
    )
    send_all(row)
    assert (Appointment.objects.get().pk, fresh(row).calcom_booking_uid, fresh(row).sync_status) == (
        row.pk,
        "m1",
        "synced",
    )
