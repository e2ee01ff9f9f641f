"""Moving, cancelling, confirming … over the API; and whoever has read an older version."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from appointments import booking
from appointments.backends import BackendUnavailable, Offer
from appointments.models import Appointment, Attendee, Push
from appointments.models.history import Side
from tests.api.appointments.conftest import ADA, ANNA_TYPE, NINE, Api, Salon, at, fields, problem

DESK = booking.Actor(side=Side.PORTAL, name="Mara")
BO = {"name": "Bo", "email": "bo@example.com"}


def test_it_is_moved(api: Api, booked: Appointment) -> None:
    answer = api.post(f"appointments/{booked.uuid}/reschedule/", {"starts_at": at(13).isoformat(), "reason": "ill"})
    told = answer.json()
    assert (answer.status_code, told["starts_at"], told["version"]) == (200, "2026-12-08T13:00:00Z", 2)
    assert (told["starts_at_local"], told["availability"]) == ("2026-12-08T14:00:00+01:00", "available")
    assert answer["ETag"] == '"2"'


def test_a_move_by_a_few_minutes_does_not_meet_itself(salon: Salon, api: Api, booked: Appointment) -> None:
    salon.server.free[ANNA_TYPE, None] += (at(9, 15),)
    answer = api.post(f"appointments/{booked.uuid}/reschedule/", {"starts_at": at(9, 15).isoformat()})
    assert answer.status_code == 200


def test_a_move_to_a_time_that_is_taken_gets_others(salon: Salon, api: Api, booked: Appointment) -> None:
    api.post("appointments/", salon.order(starts_at=at(13).isoformat(), attendees=[BO]))
    answer = api.post(f"appointments/{booked.uuid}/reschedule/", {"starts_at": at(13).isoformat()})
    assert (problem(answer), answer.json()["reason"]) == ((409, "slot-taken"), "booked")
    assert answer.json()["alternatives"]
    booked.refresh_from_db()
    assert (booked.starts_at, booked.version) == (NINE, 1)


def test_without_an_answer_it_is_moved_unless_one_wants_to_be_sure(salon: Salon, api: Api, booked: Appointment) -> None:
    salon.server.away[ANNA_TYPE] = BackendUnavailable("no answer")
    body = {"starts_at": at(13).isoformat(), "require_confirmed_availability": True}
    assert problem(api.post(f"appointments/{booked.uuid}/reschedule/", body)) == (424, "availability-unknown")
    told = api.post(f"appointments/{booked.uuid}/reschedule/", {"starts_at": at(13).isoformat()}).json()
    assert told["availability"] == "unknown"


def test_what_is_not_offered_any_more_can_still_be_moved(salon: Salon, api: Api, booked: Appointment) -> None:
    salon.cut.is_active = False
    salon.cut.save()
    answer = api.post(f"appointments/{booked.uuid}/reschedule/", {"starts_at": at(13).isoformat()})
    assert (answer.status_code, answer.json()["availability"]) == (200, "unknown")


def test_it_is_cancelled_with_a_reason(api: Api, booked: Appointment) -> None:
    told = api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"}).json()
    assert (told["status"], told["cancellation_reason"], told["possible"]) == ("cancelled", "ill", [])


def test_cancelling_without_a_reason_is_refused(api: Api, booked: Appointment) -> None:
    for body in ({}, {"reason": ""}, {"reason": "  "}):
        assert fields(api.post(f"appointments/{booked.uuid}/cancel/", body)) == {"reason"}
    assert Push.objects.count() == 1


def test_what_is_cancelled_stays_so(api: Api, booked: Appointment) -> None:
    api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"})
    for action, body in (
        ("cancel", {"reason": "x"}),
        ("confirm", {}),
        ("reschedule", {"starts_at": at(13).isoformat()}),
    ):
        assert problem(api.post(f"appointments/{booked.uuid}/{action}/", body)) == (409, "invalid-transition")


def test_one_seat_is_given_up(salon: Salon, api: Api) -> None:
    salon.server.offers[salon.cut.pk, salon.anna.pk] = Offer(event_type_id=ANNA_TYPE, lengths=(30,), seats=2)
    api.post("appointments/", salon.order())
    told = api.post("appointments/", salon.order(attendees=[BO])).json()
    seat = told["attendees"][1]["id"]
    left = api.post(f"appointments/{told['id']}/cancel/", {"reason": "ill", "attendee": seat}).json()
    assert [(one["name"], one["state"]) for one in left["attendees"]] == [(ADA["name"], "active"), ("Bo", "gone")]
    assert left["status"] == "confirmed"


def test_a_request_is_confirmed_or_declined(salon: Salon, api: Api) -> None:
    salon.cut.requires_confirmation = True
    salon.cut.save()
    one = api.post("appointments/", salon.order()).json()["id"]
    assert api.post(f"appointments/{one}/decline/", {"reason": "full"}).json()["rejected_reason"] == "full"
    assert api.post(f"appointments/{one}/confirm/").json()["status"] == "confirmed"


def test_whoever_did_not_come_is_noted(api: Api, booked: Appointment, clock: time_machine.Traveller) -> None:
    early = api.post(f"appointments/{booked.uuid}/no-show/")
    assert problem(early) == (409, "invalid-transition")
    clock.move_to(NINE + timedelta(hours=1))
    told = api.post(f"appointments/{booked.uuid}/no-show/").json()
    assert (told["status"], told["attendees"][0]["no_show"]) == ("no_show", True)
    came = {"came": [told["attendees"][0]["id"]]}
    assert api.post(f"appointments/{booked.uuid}/no-show/", came).json()["attendees"][0]["no_show"] is False


def test_it_took_place(api: Api, booked: Appointment, clock: time_machine.Traveller) -> None:
    clock.move_to(NINE + timedelta(hours=1))
    assert api.post(f"appointments/{booked.uuid}/complete/").json()["status"] == "completed"


@pytest.mark.parametrize(
    "body", [{"absent": []}, {"absent": ["1"]}, {"absent": [True]}, {"absent": [1], "came": [1]}, {"absent": 1}]
)
def test_who_did_not_come_is_named_by_ids(api: Api, booked: Appointment, body: dict[str, Any]) -> None:
    answer = api.post(f"appointments/{booked.uuid}/no-show/", body)
    assert answer.status_code == 400
    assert not Attendee.objects.filter(no_show=True).exists()


@pytest.mark.parametrize("how", ["header", "weak", "bare", "body"])
def test_an_older_version_is_refused_with_what_was_changed(api: Api, booked: Appointment, how: str) -> None:
    booking.reschedule(booked, starts_at=at(11), actor=DESK, reason="sooner")
    headers = {"header": {"If_Match": '"1"'}, "weak": {"If_Match": 'W/"1"'}, "bare": {"If_Match": "1"}}.get(how, {})
    body = {"reason": "ill"} | ({"version": 1} if how == "body" else {})
    answer = api.post(f"appointments/{booked.uuid}/cancel/", body, **headers)
    told = answer.json()
    assert (problem(answer), told["version"], answer["ETag"]) == ((409, "stale-version"), 2, '"2"')
    assert [(one["action"], one["actor"], one["reason"]) for one in told["changes"]] == [("moved", "Mara", "sooner")]
    booked.refresh_from_db()
    assert booked.status == "confirmed"


def test_an_older_version_is_refused_before_cal_com_is_asked(salon: Salon, api: Api, booked: Appointment) -> None:
    booking.reschedule(booked, starts_at=at(11), actor=DESK)
    salon.server.asked.clear()
    answer = api.post(f"appointments/{booked.uuid}/reschedule/", {"starts_at": at(13).isoformat(), "version": 1})
    assert problem(answer) == (409, "stale-version")
    assert salon.server.asked == []


def test_the_present_version_is_let_through(api: Api, booked: Appointment) -> None:
    etag = api.get(f"appointments/{booked.uuid}/")["ETag"]
    assert api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"}, If_Match=etag).status_code == 200


@pytest.mark.parametrize(
    ("body", "headers", "field"),
    [
        ({"version": "1"}, {}, "version"),
        ({"version": 0}, {}, "version"),
        ({}, {"If_Match": '"one"'}, "If-Match"),
        ({}, {"If_Match": '"1", "2"'}, "If-Match"),
        ({"version": 1}, {"If_Match": '"2"'}, "version"),
    ],
)
def test_versions_that_are_none(
    api: Api, booked: Appointment, body: dict[str, Any], headers: dict[str, str], field: str
) -> None:
    answer = api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"} | body, **headers)
    assert (answer.status_code, fields(answer)) == (400, {field})


def test_the_same_key_cancels_once(api: Api, booked: Appointment) -> None:
    for _ in range(2):
        answer = api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"}, Idempotency_Key="k")
    assert (answer.status_code, answer["Idempotent-Replayed"]) == (200, "true")
    assert booked.changes.count() == 2


def test_what_is_not_on_offer_any_more_is_not_moved_for_whoever_wants_to_be_sure(
    salon: Salon, api: Api, booked: Appointment
) -> None:
    salon.server.offers.clear()
    body = {"starts_at": at(11).isoformat()}
    address = f"appointments/{booked.uuid}/reschedule/"
    sure = api.post(address, body | {"require_confirmed_availability": True})
    assert problem(sure) == (424, "availability-unknown")
    assert api.post(address, body).json()["availability"] == "unknown"
