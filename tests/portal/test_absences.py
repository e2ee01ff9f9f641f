"""Absences in the portal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from appointments.models import Absence
from companies.models import Company
from tests.factories import BranchFactory, CompanyFactory, StaffFactory
from tests.portal.conftest import As

LIST = "/admin/appointments/absence/"


@pytest.fixture
def mara(company: Company):
    branch = BranchFactory.create(company=company, time_zone="America/New_York")
    return StaffFactory.create(company=company, name="Mara", home_branch=branch)


def form(**changes: object) -> dict[str, object]:
    return {
        "staff": "",
        "branch": "",
        "first_day": "2026-12-08",
        "first_clock": "",
        "last_day": "",
        "last_clock": "",
        "note": "",
    } | changes


def test_an_empty_list_has_a_sentence(owner: Client) -> None:
    assert "No absences yet." in owner.get(LIST).text


def test_a_day_is_a_day_where_the_person_works(owner: Client, mara) -> None:
    assert owner.post(f"{LIST}add/", form(staff=mara.pk)).status_code == 302
    row = Absence.objects.get()
    assert (row.starts_at, row.ends_at) == (datetime(2026, 12, 8, 5, tzinfo=UTC), datetime(2026, 12, 9, 5, tzinfo=UTC))


def test_hours_can_be_named_and_are_shown_as_they_were_entered(owner: Client, mara) -> None:
    owner.post(f"{LIST}add/", form(staff=mara.pk, first_clock="09:00", last_day="2026-12-10", last_clock="13:30"))
    row = Absence.objects.get()
    assert (row.starts_at.hour, row.ends_at.hour, row.ends_at.day) == (14, 18, 10)
    assert "9 Dec 2026" not in owner.get(LIST).text
    assert "Tue 8 Dec 2026, 09:00" in owner.get(LIST).text
    text = owner.get(f"{LIST}{row.pk}/change/").text
    assert all(f'value="{shown}"' in text for shown in ("2026-12-08", "09:00", "2026-12-10", "13:30"))


def test_whole_days_are_shown_as_whole_days_and_can_be_saved_again(owner: Client, mara) -> None:
    owner.post(f"{LIST}add/", form(staff=mara.pk, last_day="2026-12-11"))
    row = Absence.objects.get()
    shown = owner.get(f"{LIST}{row.pk}/change/").context["adminform"].form.initial
    assert (str(shown["last_day"]), shown["first_clock"], shown["last_clock"]) == ("2026-12-11", None, None)
    owner.post(f"{LIST}{row.pk}/change/", form(staff=mara.pk, last_day="2026-12-11", note="holiday"))
    assert Absence.objects.get().ends_at == row.ends_at


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "not both"),
        ({"both": True}, "not both"),
        ({"mine": True, "last_day": "2026-12-07"}, "ends before it begins"),
        ({"mine": True, "first_day": "2027-03-14", "first_clock": "02:30"}, "clocks in America/New_York go forward"),
        ({"mine": True, "first_day": "9999-12-31"}, "error"),
        ({"mine": True, "first_day": "soon"}, "Enter a valid date"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(owner: Client, mara, wrong, sentence) -> None:
    who = {"staff": mara.pk} if wrong.pop("mine", False) else {}
    if wrong.pop("both", False):
        who = {"staff": mara.pk, "branch": mara.home_branch.pk}
    answer = owner.post(f"{LIST}add/", form(**who, **wrong))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert not Absence.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("manager", 302), ("staff", 403), ("auditor", 403)])
def test_roles_decide_who_enters_absences(as_role: As, mara, role: str, status: int) -> None:
    client = as_role(role)
    assert client.get(LIST).status_code == 200
    assert client.post(f"{LIST}add/", form(staff=mara.pk)).status_code == status


def test_nobody_is_sent_on_holiday_by_another_company(stranger: Client, owner: Client, mara) -> None:
    owner.post(f"{LIST}add/", form(staff=mara.pk))
    row = Absence.objects.get()
    assert "Mara" not in stranger.get(LIST).text
    assert stranger.get(f"{LIST}{row.pk}/change/").status_code in {302, 404}
    assert stranger.post(f"{LIST}add/", form(staff=mara.pk)).status_code == 200
    assert (
        owner.post(f"{LIST}add/", form(staff=StaffFactory.create(company=CompanyFactory.create()).pk)).status_code
        == 200
    )
    assert Absence.objects.count() == 1


def test_an_operator_enters_one_for_a_company(operator: Client, company: Company, mara) -> None:
    assert operator.post(f"{LIST}add/", form(staff=mara.pk, company=company.pk)).status_code == 302
    assert Absence.objects.get().company == company
