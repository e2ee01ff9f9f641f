"""Branches and staff over the API."""

from __future__ import annotations

from django.test import Client

from companies.models import Company
from tests.factories import BranchFactory, StaffFactory


def test_branches_are_listed_by_name(caller: Client, company: Company) -> None:
    for name in ("Süd", "Mitte"):
        BranchFactory.create(company=company, name=name)
    told = caller.get("/api/v1/branches/").json()
    assert [row["name"] for row in told["results"]] == ["Mitte", "Süd"]
    assert (told["next"], told["previous"]) == (None, None)


def test_one_branch(caller: Client, company: Company) -> None:
    row = BranchFactory.create(company=company, hours={"mon": ["09:00-18:00"]})
    told = caller.get(f"/api/v1/branches/{row.pk}/").json()
    assert (told["id"], told["time_zone"], told["hours"]) == (row.pk, "Europe/Berlin", {"mon": ["09:00-18:00"]})


def test_branches_of_other_companies_are_not_there(caller: Client) -> None:
    row = BranchFactory.create()
    assert caller.get("/api/v1/branches/").json()["results"] == []
    assert caller.get(f"/api/v1/branches/{row.pk}/").status_code == 404


def test_staff_of_a_branch(caller: Client, company: Company) -> None:
    branch = BranchFactory.create(company=company)
    here = StaffFactory.create(company=company, home_branch=branch)
    StaffFactory.create(company=company)
    told = caller.get(f"/api/v1/staff/?branch={branch.pk}").json()
    assert [(row["id"], row["home_branch"]) for row in told["results"]] == [(here.pk, branch.pk)]
