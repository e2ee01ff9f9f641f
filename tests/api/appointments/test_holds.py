"""Holds over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from appointments.backends import BackendUnavailable
from appointments.models import Appointment, Hold, StaffTime
from companies.models import Scope
from tests.api.appointments.conftest import ADA, ANNA_TYPE, BEN_TYPE, NINE, NOW, Api, Salon, fields, problem
from tests.api.conftest import Calling


def wish(salon: Salon, **more: Any) -> dict[str, Any]:
    return {"service": salon.cut.pk, "staff": salon.anna.pk, "starts_at": NINE.isoformat()} | more


@pytest.fixture
def held(salon: Salon, api: Api) -> Any:
    answer = api.post("holds/", wish(salon))
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_time_is_held_for_five_minutes(held: Any, clock: time_machine.Traveller) -> None:
    row = Hold.objects.get()
    assert timedelta(minutes=4) < row.expires_at - NOW < timedelta(minutes=6)
    assert (held["staff"]["name"], held["is_live"], held["availability"]) == ("Anna", True, "available")
    assert (held["starts_at_local"], row.holder[:4]) == ("2026-12-08T10:00:00+01:00", "key:")


def test_nobody_else_books_it(salon: Salon, api: Api, held: Any) -> None:
    answer = api.post("appointments/", salon.order())
    assert (problem(answer), answer.json()["reason"]) == ((409, "slot-taken"), "held")


def test_nobody_else_holds_it(salon: Salon, api: Api, held: Any) -> None:
    answer = api.post("holds/", wish(salon))
    assert (problem(answer), answer.json()["reason"]) == ((409, "slot-taken"), "held")
    assert answer.json()["alternatives"]


def test_it_is_booked_with_its_id_alone(api: Api, held: Any) -> None:
    answer = api.post("appointments/", {"hold": held["id"], "attendees": [ADA]})
    told = answer.json()
    assert (answer.status_code, told["staff"]["name"], told["starts_at"]) == (201, "Anna", "2026-12-08T09:00:00Z")
    assert (Hold.objects.count(), StaffTime.objects.get().appointment) == (0, Appointment.objects.get())


def test_it_is_booked_while_cal_com_hides_it_and_the_worker_has_not_noted_so(
    salon: Salon, api: Api, held: Any, clock: time_machine.Traveller
) -> None:
    Hold.objects.update(remote_uid="", remote_until=None)
    salon.server.reservations["r9"] = (ANNA_TYPE, NINE, NINE)
    answer = api.post("appointments/", {"hold": held["id"], "attendees": [ADA]})
    assert answer.status_code == 201


def test_what_cal_com_hides_later_is_not_ones_own_hold(
    salon: Salon, api: Api, held: Any, clock: time_machine.Traveller
) -> None:
    Hold.objects.update(remote_uid="", remote_until=None)
    salon.server.free[ANNA_TYPE, None] = ()
    clock.shift(timedelta(minutes=2))
    answer = api.post("appointments/", {"hold": held["id"], "attendees": [ADA]})
    assert (problem(answer), answer.json()["reason"]) == ((409, "slot-taken"), "not_free_there")


def test_a_hold_that_is_over_books_where_the_time_is_still_free(
    api: Api, held: Any, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=10))
    assert api.post("appointments/", {"hold": held["id"], "attendees": [ADA]}).status_code == 201


def test_a_hold_that_is_over_holds_nothing(salon: Salon, api: Api, held: Any, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(minutes=10))
    assert api.get("holds/").json()["results"] == []
    assert problem(api.get(f"holds/{held['id']}/")) == (404, "not-found")
    assert api.post("appointments/", salon.order()).status_code == 201


def test_it_is_held_longer_an_hour_in_all(api: Api, held: Any, clock: time_machine.Traveller) -> None:
    answer = api.post(f"holds/{held['id']}/extend/", {"minutes": 30})
    assert answer.status_code == 200
    assert answer.json()["expires_at"] > held["expires_at"]
    clock.shift(timedelta(minutes=25))
    assert problem(api.post(f"holds/{held['id']}/extend/", {"minutes": 60})) == (422, "not-bookable")


def test_what_is_over_is_not_held_longer(api: Api, held: Any, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(minutes=10))
    assert problem(api.post(f"holds/{held['id']}/extend/")) == (409, "invalid-transition")


def test_it_is_let_go(salon: Salon, api: Api, held: Any) -> None:
    assert api.delete(f"holds/{held['id']}/").status_code == 204
    assert problem(api.delete(f"holds/{held['id']}/")) == (404, "not-found")
    assert api.post("appointments/", salon.order()).status_code == 201


def test_holds_are_listed(salon: Salon, api: Api, held: Any) -> None:
    assert [one["id"] for one in api.get("holds/", staff=salon.anna.pk).json()["results"]] == [held["id"]]
    assert api.get("holds/", staff=salon.ben.pk).json()["results"] == []


def test_whoever_is_free_is_held(salon: Salon, api: Api, held: Any) -> None:
    answer = api.post("holds/", {"service": salon.cut.pk, "starts_at": NINE.isoformat()})
    assert answer.json()["staff"]["name"] == "Ben"


def test_without_an_answer_the_time_of_somebody_who_is_free_here_is_held(salon: Salon, api: Api) -> None:
    salon.server.away |= {ANNA_TYPE: BackendUnavailable("no answer"), BEN_TYPE: BackendUnavailable("no answer")}
    assert api.post("holds/", wish(salon)).json()["availability"] == "unknown"
    other = api.post("holds/", {"service": salon.cut.pk, "starts_at": NINE.isoformat()}).json()
    assert (other["availability"], other["staff"]["name"]) == ("unknown", "Ben")


def test_the_same_key_holds_once(salon: Salon, api: Api) -> None:
    first, second = (api.post("holds/", wish(salon), Idempotency_Key="one") for _ in range(2))
    assert (first.content, Hold.objects.count()) == (second.content, 1)


def test_booking_may_hold_and_reading_may_not(salon: Salon, calling: Calling) -> None:
    assert Api(calling(Scope.BOOK)).post("holds/", wish(salon)).status_code == 201
    assert problem(Api(calling(Scope.READ)).post("holds/", wish(salon))) == (403, "scope")


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0},
        {"minutes": 61},
        {"minutes": "5"},
        {"starts_at": "2026-12-08T09:00:00"},
        {"starts_at": "2026-12-08T09:00:00", "time_zone": "Europe/Atlantis"},
        {"service": 0},
        {"staff": 0},
        {"length_min": 0},
    ],
    ids=str,
)
def test_impossible_holds(salon: Salon, api: Api, wrong: dict[str, Any]) -> None:
    answer = api.post("holds/", wish(salon, **wrong))
    assert answer.status_code == 400
    assert fields(answer) <= set(wrong)
    assert not Hold.objects.exists()
