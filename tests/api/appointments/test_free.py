"""Free time over the API: six questions, and three answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appointments.backends import BackendUnavailable
from appointments.models import Absence, Appointment, Customer
from companies.models import Scope
from tests.api.appointments.conftest import ANNA_TYPE, NINE, NOW, Api, Salon, at, fields, problem
from tests.api.conftest import Calling
from tests.factories import StaffFactory

TUESDAY = "2026-12-08"
LONG = {"since": "2026-12-08T00:00:00Z", "until": "2026-12-09T00:00:00Z"}


@pytest.fixture
def asked(salon: Salon, api: Api) -> Any:
    """Asks about a cut by Anna."""

    def ask(what: str, **params: Any) -> Any:
        return api.get(f"availability/{what}/", **({"service": salon.cut.pk, "staff": salon.anna.pk} | params))

    return ask


def cells(told: Any, day: str = TUESDAY) -> dict[str, Any]:
    (one,) = (day_ for day_ in told["days"] if day_["date"] == day)
    return {cell["starts_at_local"][11:16]: cell for cell in one["cells"]}


def test_slots_of_a_day(salon: Salon, asked: Any) -> None:
    told = asked("slots", **LONG).json()
    assert (len(told["slots"]), told["unknown"], told["refused"]) == (16, "", None)
    assert told["slots"][0] == {
        "starts_at": "2026-12-08T08:00:00Z",
        "ends_at": "2026-12-08T08:30:00Z",
        "starts_at_local": "2026-12-08T09:00:00+01:00",
        "ends_at_local": "2026-12-08T09:30:00+01:00",
        "staff": salon.anna.pk,
        "also_free": [],
        "is_stale": False,
        "is_doubtful": False,
    }


def test_a_week_from_monday_to_sunday(asked: Any, booked: Appointment) -> None:
    told = asked("week", day=TUESDAY).json()
    assert [day["date"] for day in told["days"]] == [f"2026-12-{day:02}" for day in range(7, 14)]
    nine, ten = cells(told)["09:00"], cells(told)["10:00"]
    assert (nine["duration_ok"], nine["reason"]) == (True, "")
    assert (ten["duration_ok"], ten["reason"], bool(ten["sentence"])) == (False, "booked", True)


def test_a_booking_between_two_calls_changes_the_second(salon: Salon, api: Api, asked: Any) -> None:
    before = cells(asked("week", day=TUESDAY).json())["10:00"]["duration_ok"]
    api.post("appointments/", salon.order())
    after = cells(asked("week", day=TUESDAY).json())["10:00"]["duration_ok"]
    assert (before, after) == (True, False)


def test_a_week_without_an_answer_is_not_known(salon: Salon, asked: Any) -> None:
    salon.server.away[ANNA_TYPE] = BackendUnavailable("no answer", retry_at=NOW + timedelta(minutes=1))
    told = asked("week", day=TUESDAY).json()
    assert (bool(told["unknown"]), told["retry_at"]) == (True, "2026-11-20T12:01:00Z")
    assert all(day["cells"] == [] for day in told["days"])


def test_an_old_answer_says_so(salon: Salon, asked: Any) -> None:
    salon.server.old_answer_of = NOW - timedelta(minutes=20)
    told = asked("week", day=TUESDAY).json()
    assert (told["is_stale"], told["as_of"]) == (True, "2026-11-20T11:40:00Z")


def test_a_day_over_all_staff(salon: Salon, asked: Any, api: Api, booked: Appointment) -> None:
    told = api.get("availability/day/", service=salon.cut.pk, day=TUESDAY).json()
    anna, ben = told["columns"]
    assert (anna["staff"], len(ben["cells"])) == ({"id": salon.anna.pk, "name": "Anna"}, 16)
    taken = {column["staff"]["name"]: column["cells"][2]["reason"] for column in told["columns"]}
    assert taken == {"Anna": "booked", "Ben": ""}


def test_whoever_does_not_perform_it_is_named_with_the_reason(salon: Salon, api: Api) -> None:
    salon.cut.staff.set([salon.anna])
    told = api.get("availability/day/", service=salon.cut.pk, day=TUESDAY).json()
    assert told["columns"][1]["refused"]["reason"] == "staff_cannot"


def test_the_next_free_time(asked: Any, booked: Appointment) -> None:
    told = asked("next", after="2026-12-08T08:45:00Z").json()
    assert (told["slot"]["starts_at"], told["time_zone"]) == ("2026-12-08T09:30:00Z", "Europe/Berlin")


def test_nothing_free_within_some_days(salon: Salon, asked: Any) -> None:
    salon.server.free.clear()
    told = asked("next", after="2026-12-08T08:45:00Z", days=3).json()
    assert (told["slot"], told["unknown"]) == (None, "")


def test_other_times(asked: Any) -> None:
    told = asked("alternatives", starts_at=NINE.isoformat(), most=3).json()
    assert [one["kind"] for one in told["alternatives"]] == ["same_day", "next_working_day", "next_week"]
    assert all(one["sentence"] for one in told["alternatives"])


def test_why_a_time_is_not_free(salon: Salon, asked: Any) -> None:
    Absence.objects.create(company=salon.company, staff=salon.anna, starts_at=at(8), ends_at=at(12))
    told = asked("explain", starts_at=NINE.isoformat()).json()
    assert (told["availability"], told["reason"]) == ("unavailable", "absent")
    steps = {step["name"]: step["passed"] for step in told["steps"]}
    assert (steps["absences"], steps["taken"]) == (False, True)


def test_why_a_time_is_free_or_not_known(salon: Salon, asked: Any) -> None:
    told = asked("explain", starts_at=NINE.isoformat()).json()
    assert (told["availability"], told["slot"]["staff"]) == ("available", salon.anna.pk)
    salon.server.away[ANNA_TYPE] = BackendUnavailable("no answer")
    told = asked("explain", starts_at=NINE.isoformat()).json()
    assert (told["availability"], told["slot"]) == ("unknown", None)


def test_what_is_moved_does_not_stand_in_its_own_way(asked: Any, booked: Appointment) -> None:
    told = asked("explain", starts_at=NINE.isoformat(), moving=booked.uuid).json()
    assert told["availability"] == "available"


def test_nothing_is_offered_while_the_customer_has_an_appointment(
    salon: Salon, asked: Any, booked: Appointment
) -> None:
    ada = Customer.objects.get()
    told = asked("slots", staff=salon.ben.pk, customer=ada.pk, **LONG).json()
    assert "2026-12-08T09:00:00Z" not in {slot["starts_at"] for slot in told["slots"]}


def test_fresh_asks_anew(salon: Salon, asked: Any) -> None:
    asked("week", day=TUESDAY, fresh="true")
    asked("week", day=TUESDAY)
    assert [fresh for _type, _length, fresh in salon.server.asked] == [True, False]


def test_without_a_day_it_is_this_week(asked: Any) -> None:
    assert asked("week").json()["days"][0]["date"] == "2026-11-16"


def test_reading_is_enough(salon: Salon, calling: Calling) -> None:
    assert Api(calling(Scope.READ)).get("availability/week/", service=salon.cut.pk).status_code == 200


def test_reading_is_not_enough_to_use_up_what_cal_com_allows(salon: Salon, calling: Calling) -> None:
    answer = Api(calling(Scope.READ)).get("availability/week/", service=salon.cut.pk, fresh="true")
    assert (answer.status_code, answer.json()["needed_scope"]) == (403, "book")
    assert salon.server.asked == []


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("week", {"service": ""}),
        ("week", {"service": "x"}),
        ("week", {"service": "99999999999999999999"}),
        ("week", {"staff": "-1"}),
        ("week", {"day": "2026-02-30"}),
        ("week", {"day": "tomorrow"}),
        ("week", {"day": "0001-01-01"}),
        ("week", {"day": "9999-12-31"}),
        ("week", {"fresh": "maybe"}),
        ("week", {"length_min": "0"}),
        ("week", {"length_min": "soon"}),
        ("week", {"price": "1"}),
        ("slots", {"since": "2026-12-08T09:00:00"}),
        ("slots", {"until": "2027-12-08T09:00:00Z"}),
        ("slots", {"until": "2026-12-07T09:00:00Z"}),
        ("slots", {"since": "0001-01-01T00:00:00Z"}),
        ("next", {"days": "365"}),
        ("next", {"after": "now"}),
        ("alternatives", {"starts_at": ""}),
        ("alternatives", {"starts_at": NINE.isoformat(), "most": "1000"}),
        ("explain", {"starts_at": "2026-12-08T09:00:00"}),
        ("explain", {"starts_at": NINE.isoformat(), "hold": "x"}),
        ("explain", {"starts_at": NINE.isoformat(), "moving": "0b8f6f2e-6d0c-4a5e-9d0c-2f6f1d7f1c11"}),
    ],
    ids=str,
)
def test_questions_that_nobody_can_mean(asked: Any, what: str, wrong: dict[str, str]) -> None:
    answer = asked(what, **((LONG if what == "slots" else {}) | wrong))
    assert answer.status_code == 400
    assert fields(answer) == {name for name in wrong if name != "starts_at" or len(wrong) == 1}


def test_a_day_that_lies_too_far_away_is_said_so(asked: Any) -> None:
    assert problem(asked("week", day="2190-01-01")) == (422, "not-bookable")


def test_rows_of_other_companies_are_unknown(salon: Salon, asked: Any) -> None:
    stranger = StaffFactory.create()
    answer = asked("week", staff=stranger.pk)
    assert (answer.status_code, fields(answer)) == (400, {"staff"})
