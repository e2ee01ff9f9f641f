"""Why a time is or is not offered, step by step."""

from __future__ import annotations

from appointments.availability import Available, Unavailable, Unknown, explain
from appointments.backends import BackendUnavailable
from tests.appointments.availability.conftest import at, away
from tests.appointments.conftest import EVENT_TYPE, NINE


def steps(*asked, **more) -> dict[str, bool | None]:
    return {step.name: step.passed for step in explain(*asked, **more).steps}


def sentence(name: str, *asked, **more) -> str:
    return next(step.sentence for step in explain(*asked, **more).steps if step.name == name)


def test_a_free_time_has_everything_for_it(cut, staff, offered, server):
    offered(NINE)
    told = explain(cut, staff, NINE)
    assert isinstance(told.verdict, Available)
    assert [step.name for step in told.steps] == [
        "service",
        "staff",
        "branch",
        "connection",
        "offer",
        "calendar",
        "time",
        "hours",
        "absences",
        "taken",
        "customer",
    ]
    assert all(step.passed and step.sentence for step in told.steps)


def test_all_that_stands_against_a_time_is_told(cut, staff, branch, order, server):
    order()
    branch.hours = {"mon": ["09:00-18:00"]}
    away(staff, at(8), at(20))
    told = steps(cut, staff, NINE)
    assert [name for name, passed in told.items() if not passed] == ["calendar", "hours", "absences", "taken"]
    assert sentence("hours", cut, staff, NINE) == f"“{branch}” is closed that day."
    assert sentence("absences", cut, staff, NINE) == "Stylist One is away from 2026-12-08 09:00 to 2026-12-08 21:00."


def test_hours_are_named(cut, staff, branch, server):
    branch.hours = {"tue": ["11:00-13:00", "14:00-18:00"]}
    assert sentence("hours", cut, staff, NINE) == (f"“{branch}” is open that day from 11:00 to 13:00, 14:00 to 18:00.")


def test_the_time_after_an_appointment_is_explained_by_the_buffer(cut, staff, order, server):
    order()
    assert "Too close to the appointment from 2026-12-08 10:00 to 10:30" in sentence("taken", cut, staff, at(9, 30))


def test_without_an_answer_the_rest_is_told(cut, staff, server):
    server.away[EVENT_TYPE] = BackendUnavailable("Cal.com does not answer.")
    told = explain(cut, staff, NINE)
    assert isinstance(told.verdict, Unknown)
    assert {step.name: step.passed for step in told.steps}["calendar"] is None
    assert "does not answer" in next(step.sentence for step in told.steps if step.name == "calendar")


def test_an_old_answer_is_told_as_one(cut, staff, offered, server):
    offered(NINE)
    server.old_answer_of = at(8)
    assert "offered the time on 2026-12-08 09:00:00; at present it gives no answer" in (
        sentence("calendar", cut, staff, NINE)
    )


def test_the_first_thing_that_makes_it_impossible_ends_it(cut, staff, server):
    cut.is_active = False
    told = explain(cut, staff, NINE)
    assert ([step.name for step in told.steps], type(told.verdict)) == (["service"], Unavailable)


def test_without_a_mapping_the_sentence_says_what_to_map(cut, staff, server):
    server.offers.clear()
    assert "Map one" in sentence("offer", cut, staff, NINE)


def test_without_a_connection_nothing_more_is_known(cut, staff, salon, server):
    salon.calcom_api_key = ""
    salon.save()
    assert steps(cut, staff, NINE)["connection"] is None


def test_a_team_is_explained_person_by_person(cut, team, offered, server):
    offered(NINE)
    sentences = [step.sentence for step in explain(cut, None, NINE).steps if step.name == "calendar"]
    assert sentences == [
        "Stylist One: The calendar offers the time.",
        "Ben: The calendar has nothing free that day.",
        "Cara: The calendar has nothing free that day.",
    ]
