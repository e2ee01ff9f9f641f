"""The page on which a company's owner says how long personal data is kept."""

from __future__ import annotations

import pytest
from django.test import Client

from companies.models import Company, PrivacySettings
from tests.portal.conftest import As

PAGE = "/admin/companies/privacysettings/"
DAYS = {"bodies_days": "14", "payloads_days": "90", "appointments_days": "", "history_days": "730"}


def test_an_owner_decides(owner: Client, company: Company) -> None:
    owner.post(f"{PAGE}add/", DAYS)
    row = PrivacySettings.objects.get()
    key = row.fingerprint_key
    assert (row.company, row.bodies_days, row.payloads_days, row.appointments_days) == (company, 14, 90, None)
    owner.post(f"{PAGE}{row.pk}/change/", DAYS | {"bodies_days": "7"})
    row.refresh_from_db()
    assert (row.bodies_days, row.fingerprint_key) == (7, key)


@pytest.mark.parametrize(("field", "value"), [("bodies_days", "0"), ("bodies_days", "366"), ("history_days", "-1")])
def test_a_time_that_makes_no_sense_is_refused(owner: Client, field: str, value: str) -> None:
    assert owner.post(f"{PAGE}add/", DAYS | {field: value}).status_code == 200
    assert not PrivacySettings.objects.exists()


def test_a_company_has_one_row(owner: Client, company: Company) -> None:
    PrivacySettings.objects.create(company=company)
    assert owner.post(f"{PAGE}add/", DAYS).status_code == 200
    assert PrivacySettings.objects.get().bodies_days == 30


def test_nobody_deletes_it(owner: Client, company: Company) -> None:
    row = PrivacySettings.objects.create(company=company)
    assert owner.post(f"{PAGE}{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("role", ["manager", "auditor"])
def test_managers_and_auditors_read(as_role: As, company: Company, role: str) -> None:
    row = PrivacySettings.objects.create(company=company)
    reader = as_role(role)
    assert reader.get(f"{PAGE}{row.pk}/change/").status_code == 200
    reader.post(f"{PAGE}{row.pk}/change/", DAYS)
    row.refresh_from_db()
    assert row.bodies_days == 30


def test_a_stranger_sees_nothing(stranger: Client, as_role: As, company: Company) -> None:
    row = PrivacySettings.objects.create(company=company, bodies_days=21)
    assert company.name not in stranger.get(PAGE).text
    stranger.post(f"{PAGE}{row.pk}/change/", DAYS)
    row.refresh_from_db()
    assert row.bodies_days == 21
    assert as_role("staff").get(PAGE).status_code == 403
