"""News about who did not come, when staff have marked it here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from appointments.backends import AbsenceNews
from appointments.booking import mark_no_show, take_theirs
from appointments.inbound import apply_news
from appointments.models import Appointment
from appointments.push import record
from appointments.push.claim import Claim, claim
from tests.appointments.conftest import DESK, NINE, send_all
from tests.backends.memory import MemoryBackend

ELEVEN = NINE + timedelta(hours=2)


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def sent(row: Appointment) -> Claim:
    """What was wanted is on its way."""
    claimed = claim(row.pushes.get(finished_at=None).pk)
    assert claimed is not None
    return claimed


def test_a_conflict_over_who_did_not_come(booked, server, clock):
    clock.move_to(ELEVEN)
    mark_no_show(booked, actor=DESK)
    clock.shift(60)
    contrary = AbsenceNews(uid="m1", absences={"ada@example.com": False}, as_of=timezone.now())
    apply_news(booked.company, [contrary], places=MemoryBackend(booked.company).places)
    assert (fresh(booked).status, fresh(booked).sync_status) == ("no_show", "conflict")
    take_theirs(booked, actor=DESK)
    assert (fresh(booked).status, fresh(booked).sync_status) == ("confirmed", "synced")


def test_a_late_answer_about_who_did_not_come_is_no_conflict_with_what_was_wanted_since(booked, server, clock):
    clock.move_to(ELEVEN)
    mark_no_show(booked, actor=DESK)
    late = sent(booked)
    told = AbsenceNews(uid="m1", absences={"ada@example.com": True}, as_of=timezone.now())
    apply_news(booked.company, [told], places=MemoryBackend(booked.company).places)
    row = fresh(booked)
    mark_no_show(row, absences={row.attendees.get().pk: False}, actor=DESK)
    clock.shift(60)
    record.answer(late, replace(told, as_of=timezone.now()))
    assert (fresh(booked).status, fresh(booked).sync_status) == ("confirmed", "pending")
    send_all(booked)
    assert (fresh(booked).sync_status, server.bookings["m1"].absences) == ("synced", {"ada@example.com": False})


def test_the_answer_about_who_did_not_come_leaves_alone_what_is_wanted_since(booked, server, clock):
    clock.move_to(ELEVEN)
    mark_no_show(booked, actor=DESK)
    first = sent(booked)
    row = fresh(booked)
    mark_no_show(row, absences={row.attendees.get().pk: False}, actor=DESK)
    clock.shift(1)
    record.answer(first, AbsenceNews(uid="m1", absences={"ada@example.com": True}, as_of=timezone.now()))
    assert (fresh(booked).status, fresh(booked).sync_status) == ("confirmed", "pending")
    send_all(booked)
    assert (fresh(booked).status, server.bookings["m1"].absences) == ("confirmed", {"ada@example.com": False})
