"""Twenty clients want the last free time at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings

from appointments.models import Appointment, Hold, StaffTime
from companies.keys import issue
from companies.models import Company, Scope
from tests.api.appointments.conftest import ANNA_TYPE, NINE, Api, Salon, at, furnished
from tests.api.conftest import client_with
from tests.backends.memory import MemoryBackend
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 20


@pytest.fixture
def raced(clock: time_machine.Traveller, settings: Settings) -> Iterator[Salon]:
    """A salon whose rows other connections see. Only nine o'clock is free today, and ten tomorrow."""
    settings.BOOKING_BACKEND = "tests.backends.memory.MemoryBackend"
    company: Company = CompanyFactory.create(name="Salon Nord", slug="salon-nord")
    salon = furnished(company)
    salon.server.free[ANNA_TYPE, None] = (NINE, at(10, days=1))
    yield salon
    del MemoryBackend.servers[company.pk]


def at_once(salon: Salon, call: Callable[[Api, int], Any]) -> list[Any]:
    """What each client is answered; all begin together."""
    key = issue(salon.company, name="Website", scopes=[Scope.BOOK], by=None)[1]
    start, answers = threading.Barrier(CLIENTS), [None] * CLIENTS

    def run(number: int) -> None:
        api = Api(client_with(key))
        start.wait(30)
        try:
            answers[number] = call(api, number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def person(number: int) -> dict[str, str]:
    return {"name": f"Client {number}", "email": f"client{number}@example.com"}


def test_one_is_booked_and_nineteen_get_the_reason_and_other_times(raced: Salon) -> None:
    def book(api: Api, number: int) -> Any:
        return api.post("appointments/", raced.order(attendees=[person(number)]), Idempotency_Key=f"client-{number}")

    answers = at_once(raced, book)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(told["type"], told["reason"]) for told in refusals} == {("/problems/slot-taken", "booked")}
    assert all(told["alternatives"][0]["starts_at"] == "2026-12-09T10:00:00Z" for told in refusals)
    assert (Appointment.objects.count(), StaffTime.objects.count()) == (1, 1)


def test_one_holds_it(raced: Salon) -> None:
    body = {"service": raced.cut.pk, "staff": raced.anna.pk, "starts_at": NINE.isoformat()}
    answers = at_once(raced, lambda api, _number: api.post("holds/", body))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}
    assert all(answer.json()["alternatives"] for answer in answers if answer.status_code == 409)
    assert (Hold.objects.count(), StaffTime.objects.count()) == (1, 1)


def test_twenty_requests_with_one_key_book_once(raced: Salon) -> None:
    answers = at_once(raced, lambda api, _number: api.post("appointments/", raced.order(), Idempotency_Key="one"))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Appointment.objects.count() == 1


def test_without_a_named_staff_member_two_of_twenty_are_booked(raced: Salon) -> None:
    answers = at_once(
        raced, lambda api, number: api.post("appointments/", raced.order(staff=None, attendees=[person(number)]))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: CLIENTS - 2}
    assert set(Appointment.objects.values_list("staff__name", flat=True)) == {"Anna", "Ben"}
