"""Series over the API: booked, moved and cancelled together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appointments.models import Appointment
from tests.api.appointments.conftest import ANNA_TYPE, Api, Salon, at, fields, problem

BO = {"name": "Bo", "email": "bo@example.com"}


@pytest.fixture
def series(salon: Salon, api: Api) -> Any:
    answer = api.post("appointments/series/", salon.order(count=3, every_weeks=1))
    assert answer.status_code == 201, answer.content
    return answer.json()


def starts(told: Any) -> list[str]:
    return [one["starts_at"] for one in told["results"]]


def test_three_weeks_at_the_same_time(series: Any) -> None:
    assert starts(series) == ["2026-12-08T09:00:00Z", "2026-12-15T09:00:00Z", "2026-12-22T09:00:00Z"]
    assert {one["series"] for one in series["results"]} == {series["series"]}
    assert series["availability"] == "available"


def test_the_appointments_of_a_series_are_found_by_it(api: Api, series: Any) -> None:
    assert len(api.get("appointments/", series=series["series"]).json()["results"]) == 3


def test_one_date_that_is_not_free_refuses_all(salon: Salon, api: Api) -> None:
    salon.server.free[ANNA_TYPE, None] = (at(9), at(9, days=14))
    answer = api.post("appointments/series/", salon.order(count=3))
    assert problem(answer) == (409, "slot-taken")
    assert not Appointment.objects.exists()


def test_the_staff_member_is_the_same_on_all_dates(salon: Salon, api: Api) -> None:
    told = api.post("appointments/series/", salon.order(staff=None, preferred_staff=salon.ben.pk, count=2)).json()
    assert {one["staff"]["name"] for one in told["results"]} == {"Ben"}


def test_this_and_the_following_are_cancelled(api: Api, series: Any) -> None:
    second = series["results"][1]["id"]
    told = api.post(f"appointments/{second}/cancel-following/", {"reason": "moving away"}).json()
    assert starts(told) == ["2026-12-15T09:00:00Z", "2026-12-22T09:00:00Z"]
    assert list(Appointment.objects.order_by("starts_at").values_list("status", flat=True)) == [
        "confirmed",
        "cancelled",
        "cancelled",
    ]


def test_this_and_the_following_are_moved(api: Api, series: Any) -> None:
    second = series["results"][1]["id"]
    body = {"starts_at": "2026-12-16T11:30:00", "time_zone": "Europe/Berlin"}
    told = api.post(f"appointments/{second}/reschedule-following/", body).json()
    assert starts(told) == ["2026-12-16T10:30:00Z", "2026-12-23T10:30:00Z"]


def test_moving_all_onto_somebody_elses_time_moves_none(salon: Salon, api: Api, series: Any) -> None:
    api.post("appointments/", salon.order(starts_at=at(13, days=14).isoformat(), attendees=[BO]))
    second = series["results"][1]["id"]
    answer = api.post(f"appointments/{second}/reschedule-following/", {"starts_at": at(13, days=7).isoformat()})
    assert problem(answer) == (409, "slot-taken")
    assert Appointment.objects.filter(reschedule_count__gt=0).count() == 0


def test_what_belongs_to_no_series_has_no_following(api: Api, booked: Appointment) -> None:
    answer = api.post(f"appointments/{booked.uuid}/cancel-following/", {"reason": "ill"})
    assert problem(answer) == (409, "invalid-transition")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"count": 1}, "count"),
        ({"count": 1000}, "count"),
        ({"count": "3"}, "count"),
        ({"count": None}, "count"),
        ({"every_weeks": 0}, "every_weeks"),
        ({"hold": "x"}, "hold"),
    ],
)
def test_impossible_series(salon: Salon, api: Api, wrong: dict[str, Any], field: str) -> None:
    answer = api.post("appointments/series/", salon.order(**({"count": 3} | wrong)))
    assert (answer.status_code, fields(answer)) == (400, {field})
    assert not Appointment.objects.exists()


def test_the_same_time_is_that_of_the_only_branchs_clocks(salon: Salon, api: Api) -> None:
    salon.branch.time_zone = "America/New_York"
    salon.branch.save()
    salon.anna.home_branch = None
    salon.anna.save()
    first = datetime(2027, 3, 9, 15, tzinfo=UTC)  # clocks change on 14 March there, on 28 March in Berlin
    salon.server.free[ANNA_TYPE, None] = (first, first + timedelta(days=7, hours=-1))
    told = api.post("appointments/series/", salon.order(starts_at=first.isoformat(), count=2)).json()
    assert [one["starts_at_local"][11:16] for one in told["results"]] == ["10:00", "10:00"]
