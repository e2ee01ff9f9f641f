"""API keys in the portal: made by owners, shown once, revoked for ever."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from companies.keys import Scope, issue
from companies.models import ApiKey, Company
from tests.api.conftest import client_with
from tests.portal.conftest import As

LIST, ADD = reverse("admin:companies_apikey_changelist"), reverse("admin:companies_apikey_add")
BRANCHES = "/api/v1/branches/"


def made(client: Client, **fields: Any) -> str:
    """The key that the page shows."""
    answer = client.post(ADD, {"name": "Phone agent", "scope": "book"} | fields)
    assert answer.status_code == 200, answer
    found = re.search(r'id="new-api-key"[^>]*>([^<]+)<', answer.text)
    assert found, answer.text
    return found[1]


def page(row: ApiKey, what: str = "change") -> str:
    return reverse(f"admin:companies_apikey_{what}", args=[row.pk])


def test_a_new_key_is_shown_once_and_works(owner: Client, company: Company) -> None:
    key = made(owner)
    row = ApiKey.objects.get()
    assert (row.company, row.scopes, key[:8]) == (company, ["book"], row.prefix)
    assert str(row.created_by).startswith("Person")
    assert client_with(key).get(BRANCHES).status_code == 200
    assert key not in owner.get(page(row)).text
    assert key not in owner.get(LIST).text


def test_its_page_tells_in_words_and_links_to_no_account(owner: Client) -> None:
    made(owner)
    row = ApiKey.objects.get()
    told = owner.get(page(row)).text
    assert "valid" in told
    assert "(&#x27;valid" not in told
    assert f"/admin/companies/user/{row.created_by_id}/" not in told


def test_a_new_keys_form_has_one_button(owner: Client) -> None:
    told = owner.get(ADD).text
    assert 'name="_save"' in told
    assert 'name="_addanother"' not in told


def test_nothing_but_a_hash_is_kept(owner: Client) -> None:
    key = made(owner)
    row = ApiKey.objects.filter().values().get()
    assert not [value for value in row.values() if key[9:] in str(value)]


def test_the_page_with_the_key_is_kept_nowhere(owner: Client) -> None:
    answer = owner.post(ADD, {"name": "Phone agent", "scope": "read"})
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies.get("messages")


def test_a_company_has_several_keys(owner: Client) -> None:
    assert made(owner) != made(owner)
    assert ApiKey.objects.count() == 2


def test_a_revoked_key_is_refused_at_once(owner: Client) -> None:
    key = made(owner)
    row = ApiKey.objects.get()
    owner.post(page(row, "revoke"), {"_form_submitted": "on"})
    row.refresh_from_db()
    assert row.revoked
    assert row.revoked_by is not None
    answer = client_with(key).get(BRANCHES)
    assert (answer.status_code, answer.json()["detail"]) == (401, "This API key has been revoked.")
    assert "revoked" in owner.get(LIST).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"scope": "everything"}, "valid choice"),
        ({"expiry_date_0": "2020-01-01", "expiry_date_1": "00:00"}, "in the past"),
        ({"requests_per_minute": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_makes_no_key(owner: Client, fields: dict[str, str], sentence: str) -> None:
    answer = owner.post(ADD, {"name": "Phone agent", "scope": "book"} | fields)
    assert sentence in answer.text
    assert not ApiKey.objects.exists()


def test_only_the_name_changes_afterwards(owner: Client, company: Company) -> None:
    row, _key = issue(company, name="Agent", scopes=[Scope.READ], by=None)
    owner.post(page(row), {"name": "Website", "scope": "manage", "scopes": "manage", "revoked": "on"})
    row.refresh_from_db()
    assert (row.name, row.scopes, row.revoked) == ("Website", ["read"], False)


@pytest.mark.parametrize(("role", "status"), [("manager", 403), ("staff", 403), ("auditor", 403)])
def test_only_owners_make_keys(as_role: As, role: str, status: int) -> None:
    assert as_role(role).post(ADD, {"name": "Agent", "scope": "read"}).status_code == status
    assert not ApiKey.objects.exists()


def test_strangers_see_and_revoke_nothing(stranger: Client, company: Company) -> None:
    row, _key = issue(company, name="Agent", scopes=[Scope.READ], by=None)
    assert "Agent" not in stranger.get(LIST).text
    stranger.post(page(row, "revoke"), {"_form_submitted": "on"})
    row.refresh_from_db()
    assert not row.revoked


def test_a_key_is_never_deleted(owner: Client, company: Company) -> None:
    row, _key = issue(company, name="Agent", scopes=[Scope.READ], by=None)
    owner.post(page(row, "delete"), {"post": "yes"})
    assert ApiKey.objects.filter(pk=row.pk).exists()


def test_an_expired_key_is_shown_as_such(owner: Client, company: Company) -> None:
    issue(company, name="Agent", scopes=[Scope.READ], by=None, expiry_date=timezone.now() - timedelta(minutes=1))
    assert "expired" in owner.get(LIST).text


def test_the_list_asks_as_much_for_many_keys_as_for_one(
    owner: Client, company: Company, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        issue(company, name=f"Agent {number}", scopes=[Scope.READ], by=None)
    with django_assert_max_num_queries(12):
        owner.get(LIST)
