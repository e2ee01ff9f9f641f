"""Booking over the API: asked first, booked here, told to Cal.com afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from appointments.api.asking import Asked
from appointments.availability import Query
from appointments.backends import BackendUnavailable, Offer
from appointments.errors import SlotTaken
from appointments.models import Appointment, Customer, Push, StaffTime
from appointments.models.appointment import Source
from appointments.models.history import Side
from companies.models import Scope, Staff
from tests.api.appointments.conftest import ADA, ANNA_TYPE, BEN_TYPE, NINE, NOW, Api, Salon, at, problem
from tests.api.conftest import Calling
from tests.conftest import LogIn
from tests.factories import BranchFactory, MembershipFactory


def test_what_is_booked_is_answered_with_its_sync_state(salon: Salon, api: Api) -> None:
    answer = api.post("appointments/", salon.order(notes="short", location={"type": "in_person", "value": "Weg 1"}))
    told = answer.json()
    assert (answer.status_code, told["status"], told["sync"]["status"]) == (201, "confirmed", "pending")
    assert (told["availability"], told["version"], answer["ETag"]) == ("available", 1, '"1"')
    assert (told["starts_at"], told["starts_at_local"]) == ("2026-12-08T09:00:00Z", "2026-12-08T10:00:00+01:00")
    assert (told["staff"]["name"], told["location"]["value"], told["time_zone"]) == ("Anna", "Weg 1", "Europe/Berlin")
    assert answer["Location"] == f"http://testserver/api/v1/appointments/{told['id']}/"
    assert Push.objects.get().operation == "create"


def test_it_says_who_booked_and_from_where(salon: Salon, api: Api) -> None:
    row = Appointment.objects.get(uuid=api.post("appointments/", salon.order(source="phone")).json()["id"])
    change = row.changes.get()
    assert (row.source, row.sync_origin) == (Source.PHONE, Side.API)
    assert (change.side, change.actor_name[:4], change.actor) == (Side.API, "key:", None)


def test_somebody_who_is_logged_in_books_in_their_own_name(salon: Salon, log_in: LogIn) -> None:
    owner = MembershipFactory.create(company=salon.company).user
    answer = Api(log_in(owner)).post("appointments/", salon.order())
    assert answer.status_code == 201
    assert Appointment.objects.get().changes.get().actor == owner


def test_cal_com_is_asked_anew_and_outside_of_the_transaction(salon: Salon, api: Api) -> None:
    api.post("appointments/", salon.order(), Idempotency_Key="one")
    assert salon.server.asked == [(ANNA_TYPE, None, True)]


def test_a_time_on_a_clock_is_meant_in_the_zone_that_is_named(salon: Salon, api: Api) -> None:
    told = api.post("appointments/", salon.order(starts_at="2026-12-08T10:00", time_zone="Europe/Berlin")).json()
    assert told["starts_at"] == "2026-12-08T09:00:00Z"


def test_a_known_customer_is_enough(salon: Salon, api: Api, ada: Customer) -> None:
    told = api.post("appointments/", salon.order(attendees=None, customer=ada.pk)).json()
    assert (told["customer"]["id"], told["attendees"][0]["email"]) == (ada.pk, "ada@example.com")


def test_anybody_who_is_free_takes_it_the_preferred_one_first(salon: Salon, api: Api) -> None:
    told = api.post("appointments/", salon.order(staff=None, preferred_staff=salon.ben.pk)).json()
    assert told["staff"]["name"] == "Ben"
    assert StaffTime.objects.get().staff == salon.ben
    assert api.post("appointments/", salon.order(staff=None)).json()["staff"]["name"] == "Anna"


def test_whoever_was_taken_meanwhile_leaves_it_to_the_next(salon: Salon) -> None:
    def work(staff: Staff | None) -> Staff | None:
        if staff == salon.anna:
            raise SlotTaken
        return staff

    query = Query(company=salon.company, service=salon.cut)
    asked = Asked(query=query, starts_at=NINE, availability="available", staff=(salon.anna, salon.ben))
    assert asked.take(work) == salon.ben


def test_a_time_that_is_booked_is_refused_with_reason_and_other_times(
    salon: Salon, api: Api, booked: Appointment
) -> None:
    answer = api.post("appointments/", salon.order(attendees=[{"name": "Bo", "email": "bo@example.com"}]))
    told = answer.json()
    assert (problem(answer), told["reason"]) == ((409, "slot-taken"), "booked")
    assert told["alternatives"][0]["starts_at"] in {"2026-12-08T08:30:00Z", "2026-12-08T09:30:00Z"}
    assert (told["alternatives"][0]["kind"], told["alternatives_unknown"]) == ("same_day", "")
    assert Appointment.objects.count() == 1


def test_a_time_that_cal_com_does_not_offer_is_refused(salon: Salon, api: Api) -> None:
    salon.server.free[ANNA_TYPE, None] = (at(10),)
    answer = api.post("appointments/", salon.order())
    assert (problem(answer), answer.json()["reason"]) == ((409, "slot-taken"), "not_free_there")
    assert not Appointment.objects.exists()


def test_a_near_time_is_an_alternative_and_never_taken_instead(salon: Salon, api: Api) -> None:
    answer = api.post("appointments/", salon.order(starts_at=at(9, 5).isoformat()))
    assert problem(answer) == (409, "slot-taken")
    assert "2026-12-08T09:00:00Z" in {one["starts_at"] for one in answer.json()["alternatives"]}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"starts_at": "2026-11-20T11:00:00Z"}, "past"),
        ({"starts_at": "2027-11-21T11:00:00Z"}, "too_far"),
        ({"length_min": 45}, "wrong_length"),
    ],
)
def test_what_is_never_possible_is_422(salon: Salon, api: Api, wrong: dict[str, Any], reason: str) -> None:
    answer = api.post("appointments/", salon.order(**wrong))
    assert (problem(answer), answer.json()["reason"]) == ((422, "not-bookable"), reason)
    assert not Appointment.objects.exists()


def test_without_an_answer_of_cal_com_it_is_booked_and_said_so(salon: Salon, api: Api) -> None:
    salon.server.away[ANNA_TYPE] = BackendUnavailable("no answer")
    answer = api.post("appointments/", salon.order())
    assert (answer.status_code, answer.json()["availability"]) == (201, "unknown")
    assert Push.objects.get().state == "pending"


def test_whoever_wants_to_be_sure_is_refused_instead(salon: Salon, api: Api) -> None:
    salon.server.away[ANNA_TYPE] = BackendUnavailable("no answer", retry_at=None)
    answer = api.post("appointments/", salon.order(require_confirmed_availability=True), Idempotency_Key="one")
    assert (problem(answer), answer["Retry-After"]) == ((424, "availability-unknown"), "30")
    assert not Appointment.objects.exists()
    salon.server.away.clear()
    again = api.post("appointments/", salon.order(require_confirmed_availability=True), Idempotency_Key="one")
    assert again.status_code == 201


def test_the_same_key_books_once(salon: Salon, api: Api) -> None:
    first, second = (api.post("appointments/", salon.order(), Idempotency_Key="one") for _ in range(2))
    assert (first.content, second["Idempotent-Replayed"]) == (second.content, "true")
    assert Appointment.objects.count() == Push.objects.count() == 1


def test_another_time_under_the_same_key_is_refused(salon: Salon, api: Api) -> None:
    api.post("appointments/", salon.order(), Idempotency_Key="one")
    answer = api.post("appointments/", salon.order(starts_at=at(11).isoformat()), Idempotency_Key="one")
    assert problem(answer) == (422, "idempotency-key-reused")
    assert Appointment.objects.count() == 1


def test_a_refusal_stays_one_under_its_key(salon: Salon, api: Api) -> None:
    salon.server.free[ANNA_TYPE, None] = ()
    first = api.post("appointments/", salon.order(), Idempotency_Key="one")
    salon.server.free[ANNA_TYPE, None] = (NINE,)
    second = api.post("appointments/", salon.order(), Idempotency_Key="one")
    assert (first.status_code, second.content) == (409, first.content)


def test_a_seat_is_taken_beside_others(salon: Salon, api: Api) -> None:
    salon.server.offers[salon.cut.pk, salon.anna.pk] = Offer(event_type_id=ANNA_TYPE, lengths=(30,), seats=2)
    one = api.post("appointments/", salon.order()).json()
    two = api.post("appointments/", salon.order(attendees=[{"name": "Bo", "email": "bo@example.com"}])).json()
    assert (one["id"], len(two["attendees"]), two["is_seated"]) == (two["id"], 2, True)
    full = api.post("appointments/", salon.order(attendees=[{"name": "Cy", "email": "cy@example.com"}]))
    assert problem(full) == (409, "slot-taken")


def test_a_request_that_needs_confirmation_is_pending(salon: Salon, api: Api) -> None:
    salon.cut.requires_confirmation = True
    salon.cut.save()
    told = api.post("appointments/", salon.order()).json()
    assert (told["status"], told["possible"][:2]) == ("pending", ["confirm", "decline"])


def test_a_customer_who_has_an_appointment_then_gets_other_times(salon: Salon, api: Api, ada: Customer) -> None:
    api.post("appointments/", salon.order(attendees=None, customer=ada.pk))
    answer = api.post("appointments/", salon.order(attendees=None, customer=ada.pk, staff=salon.ben.pk))
    assert (problem(answer), answer.json()["reason"]) == ((409, "slot-taken"), "customer_busy")
    assert answer.json()["alternatives"]


def test_a_company_without_cal_com_books_here(salon: Salon, api: Api) -> None:
    salon.company.calcom_api_key = ""
    salon.company.save()
    told = api.post("appointments/", salon.order()).json()
    assert (told["availability"], told["sync"]["status"]) == ("unknown", "not_connected")


def test_reading_is_not_enough_to_book(salon: Salon, calling: Calling) -> None:
    answer = Api(calling(Scope.READ)).post("appointments/", salon.order())
    assert (problem(answer), answer.json()["needed_scope"]) == ((403, "scope"), "book")
    assert not Appointment.objects.exists()


def test_booking_may_cancel_and_not_confirm(salon: Salon, calling: Calling, booked: Appointment) -> None:
    api = Api(calling(Scope.BOOK))
    assert problem(api.post(f"appointments/{booked.uuid}/confirm/")) == (403, "scope")
    assert api.post(f"appointments/{booked.uuid}/cancel/", {"reason": "ill"}).status_code == 200


def test_guests_come_along(salon: Salon, api: Api) -> None:
    told = api.post("appointments/", salon.order(guests=["Guest@example.com"])).json()
    assert [(one["email"], one["is_guest"]) for one in told["attendees"]] == [
        ("ada@example.com", False),
        ("guest@example.com", True),
    ]


def test_two_who_are_free_may_both_be_booked_at_once(salon: Salon, api: Api) -> None:
    for person in (ADA, {"name": "Bo", "email": "bo@example.com"}):
        assert api.post("appointments/", salon.order(staff=None, attendees=[person])).status_code == 201
    third = api.post("appointments/", salon.order(staff=None, attendees=[{"name": "C", "email": "c@example.com"}]))
    assert problem(third) == (409, "slot-taken")
    assert third.json()["alternatives"]
    assert {event_type for event_type, _length, _fresh in salon.server.asked} == {ANNA_TYPE, BEN_TYPE}


def test_an_hour_later_touches(salon: Salon, api: Api, booked: Appointment) -> None:
    after = (NINE + timedelta(minutes=30)).isoformat()
    assert api.post("appointments/", salon.order(starts_at=after)).status_code == 201


def test_without_an_answer_somebody_who_is_free_here_is_booked(salon: Salon, api: Api, booked: Appointment) -> None:
    salon.server.away |= {ANNA_TYPE: BackendUnavailable("no answer"), BEN_TYPE: BackendUnavailable("no answer")}
    bo = {"name": "Bo", "email": "bo@example.com"}
    told = api.post("appointments/", salon.order(staff=None, attendees=[bo])).json()
    assert (told["availability"], told["staff"]["name"]) == ("unknown", "Ben")


def test_whoever_is_known_gets_no_other_time_at_which_they_are_elsewhere(
    salon: Salon, api: Api, booked: Appointment
) -> None:
    later = {"staff": salon.ben.pk, "starts_at": at(9, 30).isoformat()}
    assert api.post("appointments/", salon.order(attendees=[{"name": "B", "phone": "030 9876543"}], **later))
    for person in (ADA, {"name": "Ada", "email": "ADA@example.com"}):
        answer = api.post("appointments/", salon.order(attendees=[person], **later))
        times = [one["starts_at"] for one in answer.json()["alternatives"]]
        assert times
        assert "2026-12-08T09:00:00Z" not in times


def test_who_works_at_a_closed_branch_is_not_booked_there(salon: Salon, api: Api) -> None:
    salon.anna.home_branch = BranchFactory.create(company=salon.company, name="Closed", is_active=False)
    salon.anna.save()
    BranchFactory.create(company=salon.company)
    assert api.post("appointments/", salon.order(staff=None)).json()["staff"]["name"] == "Ben"


def test_an_old_answer_of_cal_com_is_none(salon: Salon, api: Api) -> None:
    salon.server.old_answer_of = NOW - timedelta(minutes=20)
    sure = api.post("appointments/", salon.order(staff=None, require_confirmed_availability=True))
    assert problem(sure) == (424, "availability-unknown")
    told = api.post("appointments/", salon.order(staff=None)).json()
    assert (told["availability"], told["staff"]["name"]) == ("unknown", "Anna")
