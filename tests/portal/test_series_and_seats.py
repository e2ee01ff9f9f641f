"""Parts of a whole: a series from here on or all of it, and one seat of several."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from appointments.models import Appointment, Attendee
from appointments.models.appointment import Status
from companies.models import Company
from tests.portal.conftest import As
from tests.portal.desk import LIST, address, appointment, form, page, said
from tests.portal.factories import AttendeeFactory

CONFIRMED, CANCELLED = Status.CONFIRMED, Status.CANCELLED


def series_of(company: Company, *weeks: float) -> list[Appointment]:
    series = uuid4()
    return [appointment(company, begins=timedelta(days=7 * week), series_id=series) for week in weeks]


def statuses() -> list[str]:
    return list(Appointment.objects.order_by("starts_at").values_list("status", flat=True))


@pytest.mark.parametrize(
    ("extent", "left", "told"),
    [
        ("one", [CONFIRMED, CONFIRMED, CANCELLED, CONFIRMED], "The appointment was cancelled."),
        ("following", [CONFIRMED, CONFIRMED, CANCELLED, CANCELLED], "2 appointments were cancelled."),
        ("series", [CONFIRMED, CANCELLED, CANCELLED, CANCELLED], "3 appointments were cancelled."),
    ],
)
def test_a_series_is_cancelled_as_far_as_it_is_said(
    owner: Client, company: Company, extent: str, left: list[str], told: str
) -> None:
    row = series_of(company, -1, 1, 2, 3)[2]
    answer = owner.post(address(row, "cancel"), form(row, reason="ill", extent=extent))
    assert (said(answer), statuses()) == ([told], left)


@pytest.mark.parametrize("extent", ["", "all", "SERIES"])
def test_how_much_of_a_series_has_to_be_said(owner: Client, company: Company, extent: str) -> None:
    row = series_of(company, 1, 2)[0]
    assert "HX-Redirect" not in owner.post(address(row, "cancel"), form(row, reason="ill", extent=extent)).headers
    assert statuses() == [CONFIRMED, CONFIRMED]


@pytest.mark.parametrize("who", ["auditor", "staff", "stranger"])
def test_nobody_else_calls_off_a_series(as_role: As, stranger: Client, company: Company, who: str) -> None:
    row = series_of(company, 1, 2)[0]
    client = stranger if who == "stranger" else as_role(who)
    assert client.post(address(row, "cancel"), form(row, reason="ill", extent="series")).status_code == 403
    assert statuses() == [CONFIRMED, CONFIRMED]


def test_a_stale_page_calls_off_nothing(owner: Client, company: Company) -> None:
    row = series_of(company, 1, 2)[0]
    stale = form(row, reason="ill", extent="series")
    Appointment.objects.filter(pk=row.pk).update(version=row.version + 1)
    assert "Somebody has changed" in said(owner.post(address(row, "cancel"), stale))[0]
    assert statuses() == [CONFIRMED, CONFIRMED]


def test_a_single_appointment_is_not_asked_for_its_series(owner: Client, company: Company) -> None:
    text = owner.get(address(appointment(company), "cancel")).text
    assert "whole series" not in text


def test_the_rest_of_a_series_is_moved_with_it(owner: Client, company: Company) -> None:
    rows = series_of(company, 1, 2)
    day = rows[0].starts_at + timedelta(days=1)
    values = {"day": f"{day:%Y-%m-%d}", "clock": "10:00", "following": "on"}
    assert said(owner.post(address(rows[0], "move"), form(rows[0], **values))) == ["2 appointments were moved."]


def test_one_seat_is_given_up(owner: Client, company: Company) -> None:
    row = appointment(company, is_seated=True)
    bo = AttendeeFactory.create(appointment=row, name="Bo", seat_uid="s2")
    assert "all: the whole appointment" in owner.get(address(row, "cancel")).text
    owner.post(address(row, "cancel"), form(row, reason="ill", seat=bo.pk))
    bo.refresh_from_db()
    row.refresh_from_db()
    assert (bo.state, row.status) == (Attendee.State.GONE, CONFIRMED)


def test_a_seat_of_another_appointment_is_no_choice(owner: Client, company: Company) -> None:
    row = appointment(company, is_seated=True)
    AttendeeFactory.create(appointment=row)
    foreign = AttendeeFactory.create()
    assert "HX-Redirect" not in owner.post(address(row, "cancel"), form(row, reason="x", seat=foreign.pk)).headers


def test_a_seat_is_one_of_this_appointment_only(owner: Client, company: Company) -> None:
    row = series_of(company, 1, 2)[0]
    Appointment.objects.update(is_seated=True)
    seat = AttendeeFactory.create(appointment=row)
    answer = owner.post(address(row, "cancel"), form(row, reason="ill", seat=seat.pk, extent="following"))
    assert "One seat can be given up in this appointment only." in answer.text
    assert statuses() == [CONFIRMED, CONFIRMED]


def test_the_page_and_the_list_show_the_others_of_a_series(owner: Client, company: Company) -> None:
    first, second = series_of(company, 1, 2)
    single = appointment(company)
    assert page(second) in owner.get(page(first)).text
    assert "not part of a series" in owner.get(page(single)).text
    assert set(owner.get(f"{LIST}?recurring=yes").context["cl"].result_list) == {first, second}
    assert list(owner.get(f"{LIST}?recurring=no").context["cl"].result_list) == [single]
