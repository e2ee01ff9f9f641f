"""The runs of the sync, and how a company wants it."""

from __future__ import annotations

from django.test import Client

from calcom.models import CalcomSettings
from companies.models import Company
from tests.portal.conftest import As
from tests.portal.factories import CalcomSettingsFactory, SyncRunFactory

RUNS = "/admin/calcom/syncrun/"
SETTINGS = "/admin/calcom/calcomsettings/"


def test_a_run_tells_its_numbers_and_what_went_wrong(owner: Client, company: Company) -> None:
    run = SyncRunFactory.create(company=company, state="incomplete", error="team 5: no answer")
    assert "3 new" in owner.get(RUNS).text
    page = owner.get(f"{RUNS}{run.pk}/change/").text
    assert "incomplete" in page
    assert "team 5: no answer" in page


def test_nobody_writes_a_run(owner: Client, company: Company) -> None:
    run = SyncRunFactory.create(company=company)
    assert owner.get(f"{RUNS}add/").status_code == 403
    assert owner.post(f"{RUNS}{run.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_owner_says_what_becomes_of_changes(owner: Client, company: Company) -> None:
    owner.post(f"{SETTINGS}add/", {"external_changes": "accept"})
    row = CalcomSettings.objects.get()
    assert (row.company, row.external_changes) == (company, "accept")
    owner.post(f"{SETTINGS}{row.pk}/change/", {"external_changes": "reject"})
    row.refresh_from_db()
    assert row.external_changes == "reject"


def test_a_company_has_one_row(owner: Client, company: Company) -> None:
    CalcomSettingsFactory.create(company=company)
    owner.post(f"{SETTINGS}add/", {"external_changes": "accept"})
    assert CalcomSettings.objects.get().external_changes == "warn"


def test_an_auditor_reads(as_role: As, company: Company) -> None:
    row = CalcomSettingsFactory.create(company=company)
    auditor = as_role("auditor")
    assert auditor.get(RUNS).status_code == 200
    auditor.post(f"{SETTINGS}{row.pk}/change/", {"external_changes": "accept"})
    row.refresh_from_db()
    assert row.external_changes == "warn"
    assert as_role("staff").get(RUNS).status_code == 403
