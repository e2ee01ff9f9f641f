"""The company's page: secrets go in and never come out."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from companies import credentials
from companies.models import Company, Membership
from tests.companies.company_form import SECRETS, form, page
from tests.conftest import LogIn
from tests.factories import MembershipFactory


def confirm(client: Client, company: Company, action: str) -> Any:
    return client.post(page(company, action), {"_form_submitted": "on"})


@pytest.mark.parametrize("role", ["owner", "manager", "staff", "auditor", "operator"])
def test_secrets_are_never_in_a_page(log_in: LogIn, operator: Client, salon: Company, role: str) -> None:
    client = operator if role == "operator" else log_in(MembershipFactory.create(company=salon, role=role).user)
    for address in (page(salon), page(salon, "history"), reverse("admin:companies_company_changelist")):
        response = client.get(address)
        assert response.status_code == 200
        assert not any(secret in response.content.decode() for secret in SECRETS)


def test_the_owner_sees_the_webhook_address_and_that_secrets_are_set(owner: Client, salon: Company) -> None:
    seen = owner.get(page(salon)).content.decode()
    assert f"http://testserver/api/webhooks/calcom/{salon.webhook_token}" in seen
    assert "not set" not in seen


@pytest.mark.parametrize("role", ["manager", "staff", "auditor"])
def test_others_do_not_see_the_webhook_address(log_in: LogIn, salon: Company, role: str) -> None:
    client = log_in(MembershipFactory.create(company=salon, role=role).user)
    seen = client.get(page(salon)).content.decode()
    assert salon.webhook_token not in seen
    assert "new_webhook_secret" not in seen


def test_a_new_secret_moves_the_old_one_to_the_former(owner: Client, salon: Company) -> None:
    assert owner.post(page(salon), form(new_webhook_secret="brand-new")).status_code == 302
    salon.refresh_from_db()
    assert salon.webhook_secrets == ["brand-new", "hook-secret-0815", "former-secret-42"]
    assert salon.calcom_api_key == "cal_live_4711"


def test_empty_fields_keep_what_is_stored(owner: Client, salon: Company) -> None:
    owner.post(page(salon), form(name="Salon Nordost"))
    salon.refresh_from_db()
    assert salon.name == "Salon Nordost"
    assert [salon.calcom_api_key, *salon.webhook_secrets] == SECRETS


def test_a_new_api_key_replaces_the_old_one(owner: Client, salon: Company) -> None:
    owner.post(page(salon), form(new_api_key=" cal_live_4712 "))
    salon.refresh_from_db()
    assert salon.calcom_api_key == "cal_live_4712"


@pytest.mark.parametrize("field", ["webhook_secret", "calcom_api_key", "former_webhook_secrets", "webhook_token"])
def test_the_columns_themselves_cannot_be_posted(owner: Client, operator: Client, salon: Company, field: str) -> None:
    before = getattr(salon, field)
    for client in (owner, operator):
        client.post(page(salon), form(**{field: "forged"}))
    salon.refresh_from_db()
    assert getattr(salon, field) == before


def test_a_secret_refused_is_not_shown_again(owner: Client, salon: Company) -> None:
    seen = owner.post(page(salon), form(new_webhook_secret="brand-new", requests_per_minute="0")).content.decode()
    assert "errorlist" in seen
    assert "brand-new" not in seen


@pytest.mark.parametrize("role", ["manager", "staff", "auditor"])
def test_nobody_else_changes_the_company(log_in: LogIn, salon: Company, role: str) -> None:
    client = log_in(MembershipFactory.create(company=salon, role=role).user)
    assert client.post(page(salon), form(new_webhook_secret="brand-new")).status_code == 403
    assert confirm(client, salon, "renew_address").status_code == 403
    salon.refresh_from_db()
    assert salon.webhook_secret == "hook-secret-0815"


def test_an_owner_makes_a_new_webhook_address(owner: Client, salon: Company) -> None:
    before = salon.webhook_token
    assert confirm(owner, salon, "renew_address").headers["HX-Redirect"] == page(salon)
    salon.refresh_from_db()
    assert salon.webhook_token != before


def test_looking_at_the_question_changes_nothing(owner: Client, salon: Company) -> None:
    before = salon.webhook_token
    assert owner.get(page(salon, "renew_address")).status_code == 200
    salon.refresh_from_db()
    assert salon.webhook_token == before


def test_former_secrets_are_forgotten_on_request(owner: Client, salon: Company) -> None:
    confirm(owner, salon, "forget_former")
    salon.refresh_from_db()
    assert salon.webhook_secrets == ["hook-secret-0815"]


def test_a_stranger_renews_and_forgets_nothing(stranger: Client, salon: Company) -> None:
    for action in ("renew_address", "forget_former"):
        assert confirm(stranger, salon, action).status_code in (403, 404)
    before = salon.webhook_token
    salon.refresh_from_db()
    assert (salon.webhook_token, len(salon.webhook_secrets)) == (before, 2)


def test_an_owner_neither_makes_nor_deletes_nor_switches_off_companies(owner: Client, salon: Company) -> None:
    assert owner.get(reverse("admin:companies_company_add")).status_code == 403
    assert owner.post(page(salon, "delete"), {"post": "yes"}).status_code == 403
    owner.post(page(salon), {key: value for key, value in form(slug="mine").items() if key != "is_active"})
    salon.refresh_from_db()
    assert (salon.is_active, salon.slug) == (True, "salon-nord")


def test_an_operator_makes_a_company_and_its_owner(
    operator: Client, mailoutbox: list[Any], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    fields = {"name": "Praxis Ost", "slug": "praxis-ost", "business_type": "practice", "time_zone": "Europe/Berlin"}
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(reverse("admin:companies_company_add"), {**fields, "owner_email": "chef@example.com"})
    membership = Membership.objects.get(company__slug="praxis-ost")
    assert (membership.user.email, membership.role) == ("chef@example.com", "owner")
    assert [message.to for message in mailoutbox] == [["chef@example.com"]]


def test_only_the_last_five_former_secrets_are_kept(salon: Company) -> None:
    for number in range(8):
        credentials.set_webhook_secret(salon, f"secret-{number}")
    assert salon.webhook_secrets == [f"secret-{number}" for number in (7, 6, 5, 4, 3, 2)]


def test_going_back_to_a_former_secret_does_not_keep_it_twice(salon: Company) -> None:
    credentials.set_webhook_secret(salon, "former-secret-42")
    assert salon.webhook_secrets == ["former-secret-42", "hook-secret-0815"]


@pytest.mark.parametrize("lookup", ["webhook_secret__exact", "calcom_api_key__isnull", "webhook_token__startswith"])
def test_the_list_is_not_searched_by_secrets(operator: Client, salon: Company, lookup: str) -> None:
    response = operator.get(reverse("admin:companies_company_changelist"), {lookup: ""})
    assert response.status_code in (302, 400)


GUESSES = ["settings__icontains", "calcom_team_id__gt", "calcom_base_url__startswith", "memberships__user__email", "id"]


@pytest.mark.parametrize("lookup", GUESSES)
@pytest.mark.parametrize("name", ["company", "branch", "staff", "membership", "user"])
def test_no_list_is_searched_by_what_it_does_not_offer(operator: Client, name: str, lookup: str) -> None:
    for guess in (lookup, f"company__{lookup}"):
        response = operator.get(reverse(f"admin:companies_{name}_changelist"), {guess: "4711"})
        assert response.status_code in (302, 400)


def test_staff_do_not_guess_the_settings(log_in: LogIn, salon: Company) -> None:
    Company.objects.update(settings={"door_code": "4711"})
    client = log_in(MembershipFactory.create(company=salon, role="staff").user)
    address = reverse("admin:companies_company_changelist")
    assert client.get(address, {"settings__icontains": "4711"}).status_code in (302, 400)


@pytest.mark.parametrize("query", ["is_active__exact=1", "business_type__exact=hair_salon"])
def test_the_filters_on_offer_work(operator: Client, salon: Company, query: str) -> None:
    answer = operator.get(f"{reverse('admin:companies_company_changelist')}?{query}")
    assert [row.pk for row in answer.context["cl"].result_list] == [salon.pk]


def test_switching_a_company_off_is_explained(operator: Client, salon: Company) -> None:
    assert "Deliveries to its webhook address are refused and lost" in operator.get(page(salon)).text


@pytest.mark.parametrize(
    ("versions", "status"),
    [
        ('{"moon": "2024-08-13"}', 200),
        ('{"bookings": "newest"}', 200),
        ('{"bookings": 2}', 200),
        ('["2024-08-13"]', 200),
        ("[]", 302),
        ("", 302),
    ],
)
def test_versions_are_those_of_known_groups(owner: Client, salon: Company, versions: str, status: int) -> None:
    assert owner.post(page(salon), form(calcom_api_versions=versions)).status_code == status
    salon.refresh_from_db()
    assert salon.calcom_api_versions == {}
