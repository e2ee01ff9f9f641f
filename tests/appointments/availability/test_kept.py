"""What changes seldom is kept for some seconds, for grids and searches; never for whoever is about to book."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from appointments.availability import Available, Unavailable, check, kept, slots
from appointments.availability.kept import KEPT_S, Kept
from appointments.booking import book
from tests.appointments.availability.conftest import at
from tests.appointments.conftest import ADA, DESK, NINE

A_DAY = (at(0), at(23))


def test_what_is_switched_off_is_offered_for_some_seconds_more(query, cut, offered, clock):
    offered(NINE)
    assert slots(query, *A_DAY).slots
    cut.is_active = False
    cut.save()
    assert slots(query, *A_DAY).slots
    clock.shift(timedelta(seconds=KEPT_S + 1))
    kept.forget()
    assert slots(query, *A_DAY).refused


def test_whoever_is_about_to_book_reads_anew(query, cut, offered):
    offered(NINE)
    slots(query, *A_DAY)
    assert isinstance(check(query, NINE), Available)
    cut.is_active = False
    cut.save()
    assert isinstance(check(query, NINE), Unavailable)


def test_what_is_taken_is_read_anew(query, salon, cut, staff, offered):
    offered(NINE)
    assert slots(query, *A_DAY).slots
    book(salon, service=cut, staff=staff, starts_at=NINE, attendees=[ADA], actor=DESK)
    assert not slots(query, *A_DAY).slots


def test_sentences_are_kept_for_each_language():
    values = Kept[str]()
    with translation.override("en"):
        values.get("why", lambda: "It is closed.")
    with translation.override("de"):
        assert values.get("why", lambda: "Es ist zu.") == "Es ist zu."


def test_a_failure_is_not_kept():
    values = Kept[int]()
    with pytest.raises(ZeroDivisionError):
        values.get("x", lambda: 1 // 0)
    assert values.get("x", lambda: 1) == 1
    assert values.get("x", lambda: 2) == 1


def test_it_does_not_grow_without_end():
    values = Kept[int]()
    for number in range(2500):
        values.get(number, lambda: 1)
    assert len(values._values) <= 1000
